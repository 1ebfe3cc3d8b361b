"""What is measured: several ways of doing one piece of work, and the goals between them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass

from parley_bench.figures import Sample

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
    counted: Sequence[str] = ("client", "kafka", "mongodb")
    """The processes whose CPU it takes, by their names in ``measuring``."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What is wanted of every round: a value of its samples that is at least, or at most, so much."""

    says: str
    value: Callable[[Mapping[str, Sample]], float]
    bound: float
    at_most: bool = False

    def met(self, value: float) -> bool:
        return value <= self.bound if self.at_most else value >= self.bound


def faster(times: float, than: str, *, of: str = OURS) -> Goal:
    """At least so many times the rate of another way, taken within one round."""
    whose = "" if of == OURS else f"{of}: "
    return Goal(f"{whose}>= {times:g} x the rate of {than}", lambda found: found[of].rate / found[than].rate, times)


def cheaper(times: float, than: str) -> Goal:
    """At least so many times less CPU for each item."""
    return Goal(f">= {times:g} x less CPU than {than}", lambda found: found[than].cpu_us / found[OURS].cpu_us, times)


def dearer(times: float, than: str) -> Goal:
    """At most so many times the CPU of a way that does less."""
    return Goal(f"<= {times:g} x the CPU of {than}", lambda found: found[OURS].cpu_us / found[than].cpu_us, times, at_most=True)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One line of the design's table; ``alike`` items are done by every way before anything is timed, ``around`` lasts for all rounds."""

    name: str
    title: str
    ways: Sequence[Way]
    goals: Sequence[Goal]
    alike: int
    around: Callable[[], AbstractAsyncContextManager[object]] = nullcontext
