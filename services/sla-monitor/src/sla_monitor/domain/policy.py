"""Policies: how long a side has, and the append-only book that says which version is valid when."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sla_monitor.domain.calendar import AroundTheClock, Calendar
from sla_monitor.domain.words import Side

BEGINNING = datetime.min.replace(tzinfo=UTC)
"""Valid from the beginning of time."""

_ZERO = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One version of a market's promise. Warning levels that are not shorter than their target are ignored."""

    id: str = "standard"
    version: int = 1
    target: timedelta = timedelta(hours=48)
    warn_at: tuple[timedelta, ...] = (timedelta(hours=36), timedelta(hours=44))
    support_target: timedelta = timedelta(hours=24)
    support_warn_at: tuple[timedelta, ...] = (timedelta(hours=18),)
    calendar: Calendar = field(default_factory=AroundTheClock)
    escalates: bool = True

    def __post_init__(self) -> None:
        if self.version < 1:
            raise ValueError("version: versions are counted from 1")
        if min(self.target, self.support_target) <= _ZERO:
            raise ValueError("target and support_target must be longer than nothing")
        if min((*self.warn_at, *self.support_warn_at), default=timedelta(1)) <= _ZERO:
            raise ValueError("warn_at and support_warn_at: a level must be longer than nothing")

    def due(self, side: Side, start: datetime) -> datetime:
        """The first instant at which the side's target has elapsed."""
        return self.calendar.after(start, self._target(side))

    def levels(self, side: Side, start: datetime) -> tuple[tuple[timedelta, datetime], ...]:
        """The side's warning levels with the instants at which they have elapsed, the earliest first."""
        levels = self.warn_at if side is Side.SELLER else self.support_warn_at
        return tuple((level, self.calendar.after(start, level)) for level in sorted(set(levels)) if level < self._target(side))

    def _target(self, side: Side) -> timedelta:
        return self.target if side is Side.SELLER else self.support_target


@dataclass(frozen=True, slots=True)
class OutageWindow:
    """A time in which the marketplace itself was down, declared by an operator. Both ends belong to it."""

    id: str
    start: datetime
    end: datetime
    declared_at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the book: a market's policy and the instant from which it is valid."""

    market: str
    valid_from: datetime
    policy: Policy


class NoPolicy(LookupError):
    """The market has no response policy."""


@dataclass(frozen=True, slots=True)
class PolicyBook:
    """All policies that were ever valid, and the outages that were declared. Nothing is ever changed in it."""

    entries: tuple[Entry, ...] = ()
    outages: tuple[OutageWindow, ...] = ()

    def policy(self, market: str, at: datetime) -> Policy:
        """The market's policy that is valid at this instant."""
        valid = [entry for entry in self.entries if entry.market == market and entry.valid_from <= at]
        if not valid:
            raise NoPolicy(market)
        # Of two lines that begin at one instant the one that was added later holds.
        return max(reversed(valid), key=lambda entry: entry.valid_from).policy

    def latest(self, market: str) -> Entry | None:
        """The line that was added last for a market."""
        return next((entry for entry in reversed(self.entries) if entry.market == market), None)

    def outage(self, due: datetime) -> OutageWindow | None:
        """The outage in which this due time lies; of several the one that ended last."""
        hit = [outage for outage in self.outages if outage.start <= due <= outage.end]
        return max(hit, key=lambda outage: outage.end, default=None)

    def with_entry(self, entry: Entry) -> "PolicyBook":
        return replace(self, entries=(*self.entries, entry))

    def with_outage(self, outage: OutageWindow) -> "PolicyBook":
        return replace(self, outages=(*self.outages, outage))
