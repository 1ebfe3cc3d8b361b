"""What one drill is to do: its seeds, its length, how many servers there are, and how fast people write."""

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

TARGET = timedelta(seconds=6)
"""The response target of the drill's market, for sellers and for support."""


BY_NAME = ("worker-kill", "broker-outage", "clock-jump", "disk-full")
"""Faults that come only when they are named: an outage lasts a minute, clocks that can be set cost dear, small disks are memory."""


@dataclass(frozen=True)
class Plan:
    """One wave of faults for each seed, with a calm before, between and after them; one drain and one verdict at the end."""

    seeds: tuple[int, ...]
    seconds: float
    brokers: int = 1
    members: int = 1
    rate: float = 20.0
    """Commands a second, before repeats."""
    reads: float = 40.0
    """Looks into conversations a second: people read more than they write."""
    clients: int = 8
    at_once: int = 2
    """How many faults there are at a time."""
    rest: float = 2.5
    """Seconds from one fault to the next, on average."""
    outage: float = 60.0
    """Seconds that ``broker-outage`` lasts."""
    calm: float = 8.0
    """Seconds without a fault before, between and after the waves: the sample of "healthy"."""
    drain: float = 240.0
    """Seconds after which what has not settled is "not drained"."""
    plant: str = ""
    """A bug that is planted into the processes, which the checker must find."""
    faults: tuple[str, ...] = ()
    """The kinds of faults; none named: all that can be had here, but those of BY_NAME."""

    def wants(self, kind: str) -> bool:
        """Whether faults of this kind are asked for."""
        return kind in self.faults or (not self.faults and kind not in BY_NAME)

    def orders(self, seconds: float) -> int:
        """As many as are enough for so long: about one command of seven opens a ticket."""
        return int(seconds * self.rate * 0.25) + 50

    def told(self) -> dict[str, Any]:
        return asdict(self)
