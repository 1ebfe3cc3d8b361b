"""Loops that run as long as the process does: when one ends, the process does, and says why."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import structlog

log = structlog.get_logger(__name__)

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Loop:
    """Something that runs until it is cancelled."""

    name: str
    run: Callable[[], Awaitable[object]]


class LoopEnded(Exception):
    """A loop that must run as long as the process has ended."""

    def __init__(self, name: str, reason: BaseException | None) -> None:
        super().__init__(f"the loop {name} ended: {reason!r}" if reason else f"the loop {name} ended by itself")
        self.name = name
        self.reason = reason


def every(seconds: float, job: Callable[[], Awaitable[object]], *, name: str, transient: tuple[type[Exception], ...] = ()) -> Loop:
    """A loop that does the job, waits, and does it again. A ``transient`` failure is logged and tried again at the next turn."""

    async def run() -> None:
        while True:
            try:
                await job()
            except transient as error:
                log.warning("A regular job failed and is tried again", job=name, reason=repr(error), seconds=seconds)
            await asyncio.sleep(seconds)

    return Loop(name, run)


async def supervise(loops: Sequence[Loop]) -> None:
    """Run the loops until cancelled; raises LoopEnded, once the others have stopped, as soon as one of them ends."""
    try:
        async with asyncio.TaskGroup() as group:
            for loop in loops:
                group.create_task(_for_ever(loop), name=loop.name)
    except* LoopEnded as ended:
        raise next(each for each in ended.exceptions if isinstance(each, LoopEnded)) from None


async def until(
    what: str, attempt: Callable[[], Awaitable[R]], *, failures: tuple[type[Exception], ...], pause: float = 1.0, longest: float = 10.0
) -> R:
    """Try until it succeeds: a start waits for what it needs, and says what that is, instead of dying."""
    while True:
        try:
            return await attempt()
        except failures as error:
            log.warning("Waiting for something that this process needs", needs=what, reason=repr(error), again_in_seconds=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, longest)


async def _for_ever(loop: Loop) -> None:
    try:
        await loop.run()
    except Exception as error:
        raise LoopEnded(loop.name, error) from error
    raise LoopEnded(loop.name, None)
