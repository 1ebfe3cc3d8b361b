"""`python -m parley_bench`: measure, print the table, write it as JSON."""

import argparse
import asyncio
import json
import os
import platform
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
import uvloop
from parley_chassis.garbage import collect_seldom
from parley_chassis.testing import servers
from parley_local.layout import ROOT

from parley_bench import clock, idle, mails, opening, relay, report, sweep
from parley_bench.measuring import Different, measure, processes
from parley_bench.scene import Servers
from parley_bench.ways import Benchmark


@dataclass(frozen=True)
class Size:
    """How many items are timed: of the fast ways, and of the textbook's."""

    many: int
    few: int


ROUNDS = 5
SIZES = {"small": Size(600, 60), "full": Size(6_000, 200)}
BENCHMARKS: Mapping[str, Callable[..., Benchmark]] = {
    "B1": opening.benchmark,
    "B2": relay.benchmark,
    "B4": clock.benchmark,
    "B5": sweep.benchmark,
    "B8": mails.benchmark,
    "B11": idle.benchmark,
}


def main(arguments: list[str]) -> int:
    """Measure what is wanted; 0 also where a goal is missed: that is a figure, no fault."""
    options = parser().parse_args(arguments)
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    # As every process of a service begins; the textbook's ways and the ceilings profit from it, too.
    collect_seldom()
    try:
        with servers.kafka() as kafka, servers.mongodb() as mongodb, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            found = runner.run(_measured(options, Servers(kafka, mongodb)))
    except Different as error:
        raise SystemExit(f"{error}\nMend the ways so that they do the same work, then measure again.") from None
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(found, indent=2) + "\n")
    sys.stdout.write("\n".join(report.table(each) for each in found["benchmarks"]) + f"\nWritten to {options.json}\n")
    if options.size == "full" and options.rounds >= ROUNDS:
        report.write(options.page, found)
        sys.stdout.write(f"Written into {options.page}\n")
    return 0


async def _measured(options: argparse.Namespace, at: Servers) -> dict[str, Any]:
    size, found = SIZES[options.size], []
    begun, load = datetime.now(UTC), [os.getloadavg()[0]]
    for name in options.only or BENCHMARKS:
        benchmark = BENCHMARKS[name](at, many=size.many, few=size.few)
        rounds = await measure(benchmark, rounds=options.rounds, cpu=processes, say=_say)
        found.append(report.as_json(benchmark, rounds))
        load.append(os.getloadavg()[0])
    conditions = {
        "at": begun.isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "load": [round(each, 1) for each in load],
        "python": platform.python_version(),
        "rounds": options.rounds,
        "size": options.size,
    }
    return {"conditions": conditions, "benchmarks": found}


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="make bench ARGS=…", description=__doc__)
    made.add_argument("only", nargs="*", type=_name, metavar="NAME", help=f"of {', '.join(BENCHMARKS)} (default: all)")
    made.add_argument("--rounds", type=_count, default=ROUNDS, metavar="N", help="rounds of all ways; fewer than five say little")
    made.add_argument("--size", choices=SIZES, default="full", help="small: to see that it works, not to believe its figures")
    made.add_argument("--json", type=Path, default=ROOT / ".local" / "bench.json", metavar="FILE", help="where the figures go")
    made.add_argument(
        "--page", type=Path, default=ROOT / "docs" / "performance.md", metavar="FILE", help="gets them too, unless small or few"
    )
    return made


def _name(text: str) -> str:
    if (name := text.strip().upper()) not in BENCHMARKS:
        raise argparse.ArgumentTypeError(f"there is no {text}; there are {', '.join(BENCHMARKS)}")
    return name


def _count(text: str) -> int:
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of rounds; give 1 or more")
    return int(text)


def _say(line: str) -> None:
    """What is done now; the tables alone go to standard output."""
    sys.stderr.write(line + "\n")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
