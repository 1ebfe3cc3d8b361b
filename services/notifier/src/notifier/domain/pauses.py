"""Mail that a person holds back for a while: all of it, or that of one market."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

ALL = "all"
"""The scope of a pause of every market's mail; any other scope is a market's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """From ``since`` on nothing of this scope is begun."""

    scope: str
    since: datetime
    by: str
    reason: str


def running(markets: Iterable[str], paused: Collection[str]) -> list[str]:
    """The markets that no pause holds, in their order."""
    return [] if ALL in paused else [each for each in sorted(markets) if each not in paused]
