"""`python -m parley_chassis.testing.smtp --port 2525 --record mails.jsonl --script rules.jsonl`: the sink as a process of its own."""

import argparse
import asyncio
import random
import signal
import sys
from pathlib import Path

from parley_chassis.testing.smtp.record import Record
from parley_chassis.testing.smtp.rules import Rules, Script
from parley_chassis.testing.smtp.sink import SmtpSink, running_smtp_sink

_ABOUT = """An SMTP server for drills. It appends one JSON line to --record for each mail that it takes over, before it says so
(kind accepted: message_id, recipient, time, answered), and one for each misbehaviour (kind fault).
--script names a file of JSON lines, a rule each; replace the file to change how the server behaves:
  {"stage": "GREETING", "reply": "421 4.3.2 too busy", "share": 0.1}
  {"stage": "RCPT", "to": "@slow.example", "reply": "451 4.7.1 too many"}
  {"stage": "DOT", "drop": true, "accept": true, "times": 3}
Stages: GREETING MAIL RCPT DATA TEXT DOT. Fields: to, times, share, reply, delay, drop, accept."""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m parley_chassis.testing.smtp", description=_ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: a free one; the line `listening on …` names it")
    parser.add_argument("--record", type=Path, required=True, help="the file that grows by what was taken over")
    parser.add_argument("--script", type=Path, help="the file of rules; without one it accepts everything")
    parser.add_argument("--seed", type=int, default=0, help="of the chances that rules with a share have")
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> None:
    chance = random.Random(arguments.seed)
    rules = Script(chance, path=arguments.script) if arguments.script else Rules(chance)
    record = Record(arguments.record)
    sink = SmtpSink(arguments.port, arguments.host, rules=rules, keep=record.accepted, misbehaved=record.fault)
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with running_smtp_sink(sink):
        sys.stdout.write(f"listening on {sink.host}:{sink.port}\n")
        sys.stdout.flush()
        await stopped.wait()
    record.close()


if __name__ == "__main__":
    asyncio.run(_serve(_arguments()))
