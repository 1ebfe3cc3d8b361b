"""A drill at a terminal: it says what it does, and ends what it started when it is told to end."""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

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
