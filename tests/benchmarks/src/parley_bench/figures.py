"""Samples and what follows from them: rates, CPU for each item, and how far the rounds lie apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Sample:
    """One way in one round: seconds by the wall, and of CPU for each process."""

    items: int
    wall: float
    cpu: Mapping[str, float]

    @property
    def rate(self) -> float:
        return self.items / self.wall

    @property
    def cpu_us(self) -> float:
        """Microseconds of all processes for each item."""
        return sum(self.cpu.values()) / self.items * 1e6


Rounds = Sequence[Mapping[str, Sample]]
"""For each round, a sample of each way."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The median, and how far the rounds lie apart."""

    middle: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        return cls(median(values), min(values), max(values))
