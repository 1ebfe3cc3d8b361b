"""Facts as events of the response clock: the only place where a fact meets the wire."""

import math
from datetime import datetime
from typing import Any, assert_never

from parley_contracts import sla
from parley_contracts.envelope import Envelope, named_id
from parley_contracts.words import Side

from sla_monitor.domain import words
from sla_monitor.domain.conversation import Conversation
from sla_monitor.domain.facts import DueSoon, Expected, Fact, Overdue, Retracted, Settled
from sla_monitor.domain.performance import DAYS, Change, Performance

_NAMES: dict[type[Fact], str] = {
    Expected: "expected",
    DueSoon: "due_soon",
    Overdue: "overdue",
    Retracted: "overdue_retracted",
    Settled: "settled",
}
"""Part of each event's identity: never changed."""

_SIDES = {side: Side(side.value) for side in words.Side}
_OUTCOMES = {outcome: sla.Outcome(outcome.value) for outcome in words.Outcome}


def published(conversation: Conversation, fact: Fact, *, sequence: int, at: datetime) -> Envelope:
    """The event that tells of a fact. Its id follows from the cycle alone: read again, the log gives the same events."""
    return Envelope.of(
        _data(conversation, fact),
        id=fact_id(fact),
        source=sla.SOURCE,
        subject=conversation.id,
        time=at,
        sequence=sequence,
        correlationid=conversation.about.first_event_id or fact.cycle.opened_by,
        causationid=fact.cycle.opened_by,
    )


def fact_id(fact: Fact) -> str:
    """UUIDv5(cycle id, fact, level)."""
    level = f"/{_seconds(fact)}" if isinstance(fact, DueSoon) else ""
    return named_id(fact.cycle.id, f"{_NAMES[type(fact)]}{level}")


def health_changed(change: Change, *, at: datetime) -> Envelope:
    """The event that tells of a seller's health. Its id is that of the seller and the day: however often a day is assessed, it is one."""
    after, way = change.after, change.way_back
    assert after.day is not None
    id = named_id(after.seller_id, after.day.isoformat())
    data = sla.SellerHealthChanged(
        seller_id=after.seller_id,
        market=after.market,
        day=after.day,
        days=DAYS,
        before=_standing(change.before),
        after=_standing(after),
        way_back=way and sla.WayBack(to=sla.Health(way.to.value), late_rate=way.late_rate, csat=way.csat),
    )
    # Nobody caused it: a day passed.
    return Envelope.of(
        data,
        id=id,
        source=sla.SOURCE,
        subject=after.seller_id,
        time=at,
        sequence=None,
        correlationid=id,
        causationid=f"day:{after.day.isoformat()}",
    )


def _standing(performance: Performance) -> sla.SellerStanding:
    figures, limits = performance.figures, performance.limits
    return sla.SellerStanding(
        health=sla.Health(performance.health.value),
        waits=figures.waits,
        late=figures.late,
        late_rate=limits.late_rate(figures),
        ratings=figures.ratings,
        satisfied=figures.satisfied,
        csat=limits.csat(figures),
    )


def _seconds(fact: DueSoon) -> int:
    return math.ceil(fact.level.elapsed.total_seconds())


def _data(conversation: Conversation, fact: Fact) -> sla.CycleEvent:
    same = _repeated(conversation, fact)
    match fact:
        case Expected(cycle):
            return sla.ResponseExpected(**same, warn_at=tuple(level.at for level in cycle.levels))
        case DueSoon():
            return sla.ResponseDueSoon(**same, level_seconds=_seconds(fact))
        case Overdue(cycle):
            assert cycle.overdue is not None
            return sla.ResponseOverdue(**same, as_of=cycle.overdue.as_of, escalates=cycle.hands_over, proof=cycle.overdue.at)
        case Retracted(_, reason):
            return sla.ResponseOverdueRetracted(**same, reason=sla.RetractionReason(reason.value))
        case Settled(_, outcome, at, by, late_by):
            late = late_by.total_seconds() if late_by else None
            return sla.ResponseSettled(**same, outcome=_OUTCOMES[outcome], settled_at=at, settled_by=by, late_by_seconds=late)
        case _:
            assert_never(fact)


def _repeated(conversation: Conversation, fact: Fact) -> dict[str, Any]:
    """What every event of a wait says about it."""
    about, cycle = conversation.about, fact.cycle
    return {
        "cycle_id": cycle.id,
        "opened_by": cycle.opened_by,
        "conversation_source": about.source,
        "number": about.number,
        "market": about.market,
        "seller_id": about.seller_id,
        "buyer_id": about.buyer_id,
        "owed_by": _SIDES[cycle.owed_by],
        "start": cycle.start,
        "due": cycle.due,
        "policy": cycle.policy,
        "policy_version": cycle.policy_version,
    }
