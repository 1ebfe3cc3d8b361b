"""The command line of the local stack: python -m parley_local COMMAND."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from parley_local import jars
from parley_local.problem import CannotRun
from parley_local.servers import serve


def main() -> int:
    arguments = _parser().parse_args()
    try:
        return int(arguments.run(arguments) or 0)
    except CannotRun as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m parley_local", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    servers = commands.add_parser("servers", help="a broker and a database on free ports, for tests; prints where they are as JSON")
    servers.add_argument("which", nargs="+", choices=["kafka", "mongodb"])
    servers.add_argument("--data", type=Path, help="keep the data here (default: a folder that goes with the servers)")
    servers.add_argument("--brokers", type=int, choices=[1, 3], default=1)
    servers.add_argument("--with-parent", action="store_true", help="end when standard input closes")
    servers.set_defaults(run=_servers)
    lock = commands.add_parser("lock", help="resolve Kafka's jars again and write jgo.lock.toml")
    lock.set_defaults(run=_lock)
    return parser


def _servers(arguments: argparse.Namespace) -> None:
    _until_ended(serve(arguments.which, data=arguments.data, brokers=arguments.brokers, with_parent=arguments.with_parent))


def _lock(_: argparse.Namespace) -> None:
    sys.stdout.write("jgo.lock.toml is written\n" if jars.lock() else "jgo.lock.toml is up to date\n")


def _until_ended(work: Coroutine[Any, Any, None]) -> None:
    """Run it; SIGTERM and Ctrl-C cancel it, which lets it end its children in order."""

    async def run() -> None:
        task = asyncio.ensure_future(work)
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()

    asyncio.run(run())


if __name__ == "__main__":
    sys.exit(main())
