"""What is measured: several ways of doing one piece of work, and the goals between them."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Literal

OURS = "Parley"


@dataclass(frozen=True, slots=True)
class Stage:
    """All is ready: ``work`` does it and is timed, ``left`` tells what it left behind."""

    work: Callable[[], Awaitable[object]]
    left: Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Way:
    """One way of doing the work. ``items`` is how much of it is timed: a slow way gets less."""

    name: str
    items: int
    staged: Callable[[int], AbstractAsyncContextManager[Stage]]
    comparable: bool = True
    """A ceiling does less than the work and leaves something else behind."""


@dataclass(frozen=True, slots=True)
class Goal:
    """At least so many times the rate of the other way; or at least so many times less CPU for each item."""

    against: str
    at_least: float
    of: Literal["rate", "cpu"] = "rate"


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One line of the design's table; ``alike`` items are done by every way before anything is timed."""

    name: str
    title: str
    ways: Sequence[Way]
    goals: Sequence[Goal]
    alike: int
