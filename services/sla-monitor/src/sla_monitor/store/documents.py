"""Cycles, conversations and rows as documents, and back."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sla_monitor.domain.conversation import Conversation, Remembered
from sla_monitor.domain.cycle import Cycle, Level, Proof, Warned
from sla_monitor.domain.events import About
from sla_monitor.domain.responses import Response, Settlement, Standing
from sla_monitor.domain.words import Outcome, Retraction, Side

Document = dict[str, Any]

_MS = timedelta(milliseconds=1)


def document_of_cycle(cycle: Cycle) -> Document:
    return {
        "id": cycle.id,
        "ordinal": cycle.ordinal,
        "owed_by": cycle.owed_by.value,
        "opened_by": cycle.opened_by,
        "opened_at": cycle.opened_at_sequence,
        "message_id": cycle.message_id,
        "start": cycle.start,
        "due": cycle.due,
        "levels": [[span_out(level.elapsed), level.at] for level in cycle.levels],
        "policy": cycle.policy,
        "policy_version": cycle.policy_version,
        "escalates": cycle.escalates,
        "after_overdue": cycle.after_overdue,
        "warned": [[span_out(warned.level.elapsed), warned.level.at, warned.watermark] for warned in cycle.warned],
        "overdue": [cycle.overdue.at, cycle.overdue.event_id, cycle.overdue.as_of] if cycle.overdue else None,
        "held_to": cycle.held_to,
    }


def cycle_of(row: Mapping[str, Any]) -> Cycle:
    return Cycle(
        id=row["id"],
        ordinal=row["ordinal"],
        owed_by=Side(row["owed_by"]),
        opened_by=row["opened_by"],
        opened_at_sequence=row["opened_at"],
        message_id=row["message_id"],
        start=row["start"],
        due=row["due"],
        levels=tuple(Level(span_in(elapsed), at) for elapsed, at in row["levels"]),
        policy=row["policy"],
        policy_version=row["policy_version"],
        escalates=row["escalates"],
        after_overdue=row["after_overdue"],
        warned=tuple(Warned(Level(span_in(elapsed), at), watermark) for elapsed, at, watermark in row["warned"]),
        overdue=Proof(*row["overdue"]) if row["overdue"] else None,
        held_to=row["held_to"],
    )


def document_of_conversation(conversation: Conversation) -> Document:
    document: Document = {
        "_id": conversation.id,
        "about": {name: getattr(conversation.about, name) for name in About.__slots__},
        "sequence": conversation.sequence,
        "handler": conversation.handler.value,
        "closed": conversation.closed,
        "final": conversation.final,
        "frozen": conversation.frozen,
        "answered_by": sorted(side.value for side in conversation.answered_by),
        "messages": [[message.message_id, message.waits_from] for message in conversation.messages],
        "cycles": conversation.cycles,
        "open": _documents(conversation.open),
        "ended": _documents(conversation.ended),
    }
    if instant := conversation.next_instant:
        document["next"] = instant
    if overdue := [cycle.due for cycle in conversation.open if cycle.overdue]:
        document["overdue"] = overdue
    return document


def conversation_of(row: Mapping[str, Any]) -> Conversation:
    return Conversation(
        id=row["_id"],
        about=About(**row["about"]),
        sequence=row["sequence"],
        handler=Side(row["handler"]),
        closed=row["closed"],
        final=row["final"],
        frozen=row["frozen"],
        answered_by=frozenset(map(Side, row["answered_by"])),
        messages=tuple(Remembered(message_id, waits_from) for message_id, waits_from in row["messages"]),
        cycles=row["cycles"],
        open=tuple(map(cycle_of, row["open"])),
        ended=tuple(map(cycle_of, row["ended"])),
    )


def document_of_response(response: Response) -> Document:
    """The row that lists are made of. ``at`` orders them."""
    settled = response.settled
    return {
        "_id": response.cycle.id,
        "conversation_id": response.conversation_id,
        "source": response.source,
        "number": response.number,
        "market": response.market,
        "category": response.category,
        "seller_id": response.seller_id,
        "buyer_id": response.buyer_id,
        "standing": response.standing.value,
        "at": response.orders_by,
        "cycle": document_of_cycle(response.cycle),
        "retracted": response.retracted.value if response.retracted else None,
    } | ({"settled": _settled_out(settled)} if settled else {})


def response_of(row: Mapping[str, Any]) -> Response:
    return Response(
        cycle=cycle_of(row["cycle"]),
        conversation_id=row["conversation_id"],
        source=row["source"],
        number=row["number"],
        market=row["market"],
        category=row["category"],
        seller_id=row["seller_id"],
        buyer_id=row["buyer_id"],
        standing=Standing(row["standing"]),
        settled=_settled_in(row["settled"]) if "settled" in row else None,
        retracted=Retraction(row["retracted"]) if row["retracted"] else None,
    )


def belated(at: datetime, told_at: datetime) -> Document:
    """When it became known what happened on a day before: that day may have been assessed without it."""
    return {"belated": told_at} if told_at.date() > at.date() else {}


def span_out(span: timedelta) -> int:
    """Durations are kept as milliseconds."""
    return span // _MS


def span_in(milliseconds: int) -> timedelta:
    return milliseconds * _MS


def _documents(cycles: Iterable[Cycle]) -> list[Document]:
    return [document_of_cycle(cycle) for cycle in cycles]


def _settled_out(settled: Settlement) -> Document:
    late = None if settled.late_by is None else span_out(settled.late_by)
    return {"outcome": settled.outcome.value, "at": settled.at, "by": settled.by, "late_by": late, "sequence": settled.sequence}


def _settled_in(row: Mapping[str, Any]) -> Settlement:
    at: datetime = row["at"]
    late_by = None if row["late_by"] is None else span_in(row["late_by"])
    return Settlement(Outcome(row["outcome"]), at, row["by"], late_by, row["sequence"])
