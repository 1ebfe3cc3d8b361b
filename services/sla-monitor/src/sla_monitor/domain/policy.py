"""Policies: how long a side has, and the append-only book that says which version is valid when."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sla_monitor.domain.calendar import AroundTheClock, Calendar
from sla_monitor.domain.words import Side

BEGINNING = datetime.min.replace(tzinfo=UTC)
"""Valid from the beginning of time."""

_ZERO = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One version of a promise. Warning levels that are not shorter than their target are ignored.

    One that ``ends`` gives its place back to the more general policy.
    """

    id: str = "standard"
    version: int = 1
    target: timedelta = timedelta(hours=48)
    warn_at: tuple[timedelta, ...] = (timedelta(hours=36), timedelta(hours=44))
    support_target: timedelta = timedelta(hours=24)
    support_warn_at: tuple[timedelta, ...] = (timedelta(hours=18),)
    calendar: Calendar = field(default_factory=AroundTheClock)
    escalates: bool = True
    ends: bool = False

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
    by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """Where a declared outage took effect in one partition: at this watermark, and from it on."""

    outage_id: str
    topic: str
    partition: int
    watermark: datetime


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose waits a policy judges: a market's, or those of one category or one seller in it. Empty means every."""

    market: str
    category: str = ""
    seller_id: str = ""

    def with_more_general(self) -> tuple["Scope", ...]:
        """Itself and what covers it, the most specific first: a seller counts for more than a category."""
        market, category, seller_id = self.market, self.category, self.seller_id
        return self, Scope(market, seller_id=seller_id), Scope(market, category), Scope(market)

    def __str__(self) -> str:
        named = (("market", self.market), ("category", self.category), ("seller", self.seller_id))
        return ", ".join(f"{name} {value}" for name, value in named if value)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the book: a policy, the instant from which it is valid, and for whom."""

    market: str
    valid_from: datetime
    policy: Policy
    category: str = ""
    seller_id: str = ""

    @property
    def scope(self) -> Scope:
        return Scope(self.market, self.category, self.seller_id)


class NoPolicy(LookupError):
    """The market has no response policy."""


@dataclass(frozen=True, slots=True)
class PolicyBook:
    """All policies that were ever valid, and the outages that were declared. Nothing is ever changed in it.

    ``outages`` are those in force for whoever reads. Which ones that are depends on the place in the log, because people
    declare them while it is read: ``in_force`` tells, the same at every reading.
    """

    entries: tuple[Entry, ...] = ()
    outages: tuple[OutageWindow, ...] = ()
    declared: tuple[OutageWindow, ...] = ()
    effects: tuple[Effect, ...] = ()

    def policy(self, market: str, at: datetime, *, category: str = "", seller_id: str = "") -> Policy:
        """The most specific policy that is valid at this instant."""
        scopes = Scope(market, category, seller_id).with_more_general()
        valid: dict[Scope, Entry] = {}
        for entry in self.entries:
            if entry.market == market and entry.valid_from <= at and (scope := entry.scope) in scopes:
                known = valid.get(scope, entry)
                # Of two lines that begin at one instant the one that was added later holds.
                valid[scope] = entry if entry.valid_from >= known.valid_from else known
        for scope in scopes:
            if scope in valid and not valid[scope].policy.ends:
                return valid[scope].policy
        raise NoPolicy(market)

    def outage(self, due: datetime) -> OutageWindow | None:
        """The outage in which this due time lies; of several the one that ended last."""
        hit = [outage for outage in self.outages if outage.start <= due <= outage.end]
        return max(hit, key=lambda outage: outage.end, default=None)

    def in_force(self, topic: str, partition: int, watermark: datetime | None) -> "PolicyBook":
        """The book as it holds in a partition, for what stands behind its watermark."""
        if not self.declared:
            return self
        begun = {each.outage_id for each in self._here(topic, partition) if watermark and each.watermark <= watermark}
        return replace(self, outages=tuple(outage for outage in self.declared if outage.id in begun))

    def pending(self, topic: str, partition: int) -> tuple[OutageWindow, ...]:
        """What was declared and has not taken effect in a partition."""
        begun = {each.outage_id for each in self._here(topic, partition)}
        return tuple(outage for outage in self.declared if outage.id not in begun)

    def taking_effect(self, topic: str, partition: int, watermark: datetime) -> tuple[OutageWindow, ...]:
        """What takes effect in a partition at exactly this watermark."""
        now = {each.outage_id for each in self._here(topic, partition) if each.watermark == watermark}
        return tuple(outage for outage in self.declared if outage.id in now)

    def with_effects(self, effects: Iterable[Effect]) -> "PolicyBook":
        return replace(self, effects=(*self.effects, *effects))

    def _here(self, topic: str, partition: int) -> Iterator[Effect]:
        return (each for each in self.effects if (each.topic, each.partition) == (topic, partition))

    def with_entry(self, entry: Entry) -> "PolicyBook":
        return replace(self, entries=(*self.entries, entry))

    def with_outage(self, outage: OutageWindow) -> "PolicyBook":
        return replace(self, outages=(*self.outages, outage))
