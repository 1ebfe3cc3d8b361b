"""A drill at a terminal: it says what it does, and ends what it started when it is told to end."""

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from parley_local.problem import CannotRun

from parley_drill import report
from parley_drill.verdict import Verdict

T = TypeVar("T")


async def until_told(work: Coroutine[Any, Any, T]) -> T:
    """Run it; told to end, it ends what it started and gives back what it mounted."""
    task = asyncio.ensure_future(work)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    return await task


def say(line: str) -> None:
    """What is done now; the report alone goes to standard output."""
    sys.stderr.write(line + "\n")


def add_evidence(parser: argparse.ArgumentParser, folder: Path) -> None:
    """Where what happened goes, and that it is only to be judged again."""
    parser.add_argument(
        "--folder", type=lambda text: Path(text).absolute(), default=folder, help="where the evidence goes; an older one is removed"
    )
    parser.add_argument("--again", action="store_true", help="judge the evidence of an earlier drill")


def told(verdict: Verdict, folder: Path) -> int:
    """Write and print the report; the exit code of the drill."""
    report.write(verdict, folder)
    sys.stdout.write(report.text(verdict) + f"\nThe evidence and the report are in {folder}\n")
    return 0 if verdict.holds else 1


def end(main: Callable[[list[str]], int]) -> None:
    """Run a command line and leave with its exit code, or with the reason for which it cannot be run."""
    # Every connection that its own reader loses is part of the plan.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        raise SystemExit(main(sys.argv[1:]))
    except CannotRun as error:
        raise SystemExit(str(error)) from None
    except asyncio.CancelledError:
        raise SystemExit("Told to end: what it started has ended, and there is no verdict. Run it again.") from None
