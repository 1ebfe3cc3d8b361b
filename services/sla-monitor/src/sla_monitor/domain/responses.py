"""A cycle as people look it up: where it stands, how much time is left, and what proves it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from sla_monitor.domain.conversation import Conversation
from sla_monitor.domain.cycle import Cycle
from sla_monitor.domain.facts import DueSoon, Fact, Overdue, Retracted, Settled
from sla_monitor.domain.words import Outcome, Retraction, Side


class Standing(StrEnum):
    """Where a cycle stands."""

    OPEN = "open"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    SETTLED = "settled"


UNSETTLED = (Standing.OPEN, Standing.DUE_SOON, Standing.OVERDUE)


@dataclass(frozen=True, slots=True)
class Settlement:
    """How and by what a cycle ended; ``sequence`` is the conversation's last event that was applied by then."""

    outcome: Outcome
    at: datetime
    by: str
    late_by: timedelta | None
    sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One cycle with what it belongs to, as it stands after its latest fact."""

    cycle: Cycle
    conversation_id: str
    source: str
    number: str
    market: str
    category: str
    seller_id: str
    buyer_id: str
    standing: Standing
    settled: Settlement | None = None
    retracted: Retraction | None = None

    @property
    def orders_by(self) -> datetime:
        """What lists are ordered by: the end of what has one, else the due time."""
        return self.settled.at if self.settled else self.cycle.due

    def left(self, now: datetime) -> timedelta:
        """Time left; below zero it is over. Of a settled cycle as it was when it ended."""
        return self.cycle.due - (self.settled.at if self.settled else now)


def after(conversation: Conversation, fact: Fact, retracted: Retraction | None = None) -> Response:
    """How a cycle stands after a fact. ``retracted`` is what the fact before it, of the same cycle, took back."""
    about, cycle = conversation.about, fact.cycle
    settled = Settlement(fact.outcome, fact.at, fact.by, fact.late_by, conversation.sequence) if isinstance(fact, Settled) else None
    return Response(
        cycle=cycle,
        conversation_id=conversation.id,
        source=about.source,
        number=about.number,
        market=about.market,
        category=about.category,
        seller_id=about.seller_id,
        buyer_id=about.buyer_id,
        standing=_standing(fact),
        settled=settled,
        retracted=fact.reason if isinstance(fact, Retracted) else retracted,
    )


def _standing(fact: Fact) -> Standing:
    match fact:
        case Settled():
            return Standing.SETTLED
        case Overdue() | Retracted():
            return Standing.OVERDUE
        case DueSoon():
            return Standing.DUE_SOON
        case _:
            return Standing.OPEN


@dataclass(frozen=True, slots=True)
class Sight:
    """Whose cycles somebody may see: everybody's, or those of some markets and some sellers."""

    everything: bool = False
    markets: frozenset[str] = frozenset()
    sellers: frozenset[str] = frozenset()

    def covers(self, *, market: str, seller_id: str) -> bool:
        """Whether a cycle of this market and seller may be seen."""
        return self.everything or market in self.markets or seller_id in self.sellers


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody looks for."""

    standings: tuple[Standing, ...] = UNSETTLED
    market: str | None = None
    seller_id: str | None = None
    conversation_id: str | None = None
    owed_by: Side | None = None
    category: str | None = None


class Count(NamedTuple):
    """How many cycles of one kind there are."""

    standing: Standing
    market: str
    owed_by: Side
    category: str
    number: int


class Place(NamedTuple):
    """Where a page of a list ended: the next one goes on behind it."""

    at: datetime
    id: str
