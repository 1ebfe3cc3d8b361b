"""What must hold at the end of a history of tickets, judged from the logs and the databases alone."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from parley_chassis.mongo.answers import COMMANDS
from parley_chassis.outbox import HEARTBEAT
from parley_chassis.parking import PARKED, REFUSED
from parley_chassis.positions import POSITIONS, subject_id
from parley_chassis.records import Received
from parley_contracts import inquiries, ticketing
from parley_contracts.envelope import Envelope
from parley_contracts.partitions import partition_of
from parley_contracts.records import Event, Mark, Record, classify
from parley_contracts.sla import ResponseOverdueRetracted
from parley_contracts.topics import PARTITIONS, RESPONSES, TICKETS, Topic
from parley_conversation.store.conversations import CONVERSATIONS as TICKET_ROWS
from parley_conversation.store.transaction import REACTIONS
from pydantic_core import from_json
from sla_monitor.consumers.meanings import meaning
from sla_monitor.domain.conversation import Conversation
from sla_monitor.domain.events import Event as ClockEvent
from sla_monitor.domain.facts import DueSoon, Fact, Overdue, Retracted, Settled
from sla_monitor.domain.fold import fold
from sla_monitor.domain.passing import advance
from sla_monitor.domain.policy import BEGINNING, Entry, Policy, PolicyBook
from sla_monitor.publishing import fact_id
from sla_monitor.store.documents import conversation_of
from sla_monitor.store.indexes import CONVERSATIONS

from parley_simulation.database import Server
from parley_simulation.kafka import Broker
from parley_simulation.workload import Workload
from parley_simulation.world import World

_BOOK = PolicyBook((Entry("de", BEGINNING, Policy()),))
_TYPES: dict[str, type[Any]] = {event.type: event for event in (*ticketing.EVENTS, *inquiries.EVENTS)}


@dataclass(frozen=True)
class Published:
    """One event at its first place in the log."""

    topic: Topic
    partition: int
    offset: int
    envelope: Envelope


def records(broker: Broker, topic: Topic, partition: int) -> Iterator[Event | Mark]:
    for raw in broker.logs.get((topic.name, partition), ()):
        item = classify(Record.of(topic, raw))
        assert isinstance(item, Event | Mark), f"a relay wrote what no relay writes: {item}"
        yield item


def first(broker: Broker, topic: Topic, *, in_order: bool = True) -> dict[str, list[Published]]:
    """The events of each subject by their first places; in order unless that is not to be asked, without a gap, in the right partition."""
    found: dict[str, list[Published]] = {}
    seen: set[str] = set()
    for partition in range(PARTITIONS):
        for item in records(broker, topic, partition):
            if isinstance(item, Event) and item.envelope.id not in seen:
                seen.add(item.envelope.id)
                assert partition == partition_of(item.envelope.key), "an event is in a partition that is not its key's"
                found.setdefault(item.subject, []).append(Published(topic, partition, item.record.offset, item.envelope))
    for subject, events in found.items():
        if not in_order:
            events.sort(key=lambda event: event.envelope.sequence or 0)
        sequences = [event.envelope.sequence for event in events]
        assert sequences == list(range(1, len(events) + 1)), f"{topic.name} has {subject} in the order {sequences}"
    return found


def check_publishing(server: Server, broker: Broker, topic: Topic) -> dict[str, list[Published]]:
    """What was committed is published, and nothing else is."""
    published = first(broker, topic)
    committed = {row["_id"] for _, row in server.log if row["_id"] != HEARTBEAT}
    seen = {event.envelope.id for events in published.values() for event in events}
    assert not committed - seen, f"{len(committed - seen)} events were committed and never published"
    assert not seen - committed, f"{len(seen - committed)} events were published and never committed"
    return published


def check_watermarks(broker: Broker, topic: Topic) -> None:
    """After a watermark no event comes with a time at or before it, but repeats."""
    for partition in range(PARTITIONS):
        highest: datetime | None = None
        seen: set[str] = set()
        for item in records(broker, topic, partition):
            if isinstance(item, Mark):
                highest = max(highest, item.at) if highest else item.at
            elif item.envelope.id not in seen:
                seen.add(item.envelope.id)
                assert highest is None or item.envelope.time > highest, "an event came behind a watermark that had excluded it"


def check_reading(server: Server, published: dict[str, list[Published]], topic: Topic) -> None:
    """Each event was applied, and nothing was parked or refused."""
    for collection in (PARKED, REFUSED):
        assert not server.find(collection, {}), f"there are {collection} records"
    for subject, events in published.items():
        row = server.get(POSITIONS, subject_id(topic.name, subject)) or {"sequence": 0}
        assert row["sequence"] == len(events), f"{subject} was applied up to {row['sequence']} of {len(events)}"


def check_commands(server: Server, workload: Workload, published: dict[str, list[Published]]) -> None:
    """What was acknowledged is there, once; what was refused is not."""
    for subject, events in published.items():
        row = server.get(TICKET_ROWS, subject) or {"sequence": 0}
        assert row["sequence"] == len(events), "a ticket and its events were not changed together"
    causes = Counter((each.envelope.causationid, each.envelope.type) for events in published.values() for each in events)
    assert max(causes.values(), default=1) == 1, "a command acted twice"
    for id in workload.refused - workload.twice:
        assert not any(cause == f"command:{id}" for cause, _ in causes), "a refused command acted"
    answered = {row["key"] for row in _keys(server, workload)}
    assert workload.acknowledged <= answered, "an acknowledged command is gone"


def _keys(server: Server, workload: Workload) -> Iterator[dict[str, Any]]:
    keys = {workload.key(id).id: id for id in workload.acknowledged}
    for row in server.find(COMMANDS, {}):
        if "answer" in row and row["_id"] in keys:
            yield {"key": keys[row["_id"]]}


def check_clock(world: World, published: dict[str, list[Published]], *, ways: Sequence[bool] = (True, False)) -> None:
    """The monitor's facts and state are those of the log, whether its watermarks are heeded or only the last one is."""
    server = world.server("sla-monitor")
    told = [row for _, row in server.log]
    ids = [row["_id"] for row in told]
    assert len(ids) == len(set(ids)), "a fact was told twice"
    said = {row["_id"]: _said_on_wire(row) for row in told if "due_soon" not in row["type"]}
    for heeding in ways:
        folded = {subject: _fold(world, subject, events, heeding=heeding) for subject, events in published.items()}
        facts = {fact_id(fact): _said(fact) for _, found in folded.values() for fact in found if not isinstance(fact, DueSoon)}
        how = "with its watermarks" if heeding else "read at once"
        assert said == facts, f"the log {how} says otherwise: {_difference(said, facts)}"
        for subject, (conversation, _) in folded.items():
            row = server.get(CONVERSATIONS, subject)
            assert row is not None, f"the monitor does not know {subject}"
            assert _plain(conversation_of(row)) == _plain(conversation), f"the state of {subject} is not that of its log {how}"


def _fold(world: World, subject: str, events: list[Published], *, heeding: bool) -> tuple[Conversation, list[Fact]]:
    conversation, facts, watermark = Conversation(id=subject), list[Fact](), None
    places = {event.offset: event for event in events}
    waiting: dict[int, Published] = {}
    for item in records(world.broker, TICKETS, events[0].partition):
        if isinstance(item, Mark):
            watermark = max(watermark, item.at) if watermark else item.at
            if heeding:
                conversation, found = advance(conversation, watermark, _BOOK)
                facts += found
        elif event := places.get(item.record.offset):
            waiting[event.envelope.sequence or 0] = event
            while event := waiting.pop(conversation.sequence + 1, None):
                conversation, found = fold(conversation, _meaning(event), watermark=watermark if heeding else None, book=_BOOK)
                facts += found
    if watermark is not None:
        conversation, found = advance(conversation, watermark, _BOOK)
        facts += found
    return conversation, facts


def _meaning(event: Published) -> ClockEvent:
    data = _TYPES[event.envelope.type].model_validate_json(event.envelope.value or b"")
    return meaning(Received(event.topic, event.partition, event.offset, event.envelope, data, None))


def _said(fact: Fact) -> Any:
    match fact:
        case Settled(_, outcome, _, by, late_by):
            return outcome.value, by, late_by.total_seconds() if late_by else None
        case Overdue() | Retracted():
            return type(fact).__name__
    return "expected"


def _said_on_wire(row: dict[str, Any]) -> Any:
    data = from_json(row["value"])
    match row["type"].split(".")[2]:
        case "settled":
            return data["outcome"], data["settled_by"], data.get("late_by_seconds")
        case "overdue":
            return "Overdue"
        case "overdue_retracted":
            return "Retracted"
    return "expected"


def _difference(said: dict[str, Any], facts: dict[str, Any]) -> str:
    false = {id: what for id, what in said.items() if facts.get(id) != what}
    missed = {id: what for id, what in facts.items() if said.get(id) != what}
    return f"told {false}, not told {missed}"


def _plain(conversation: Conversation) -> Conversation:
    """Without what depends on how it was read: warnings that were passed over, and what proved an overdue fact."""
    same = [replace(cycle, levels=(), warned=(), overdue=None) for cycle in (*conversation.open, *conversation.ended)]
    count = len(conversation.open)
    return replace(conversation, open=tuple(same[:count]), ended=tuple(same[count:]))


def check_escalations(world: World, tickets: dict[str, list[Published]], facts: dict[str, list[Published]]) -> None:
    """Each overdue fact handed its ticket over once, or left a note why it did not."""
    handed: Counter[str] = Counter()
    for events in tickets.values():
        for event in events:
            if event.envelope.type == ticketing.TicketEscalated.type and (
                cycle := from_json(event.envelope.value or b"{}").get("cycle_id")
            ):
                handed[cycle] += 1
    noted = {row["_id"] for row in world.server("ticketing").find(REACTIONS, {})}
    for events in facts.values():
        for event in events:
            if event.envelope.type == "parley.response.overdue.v1":
                done = handed[from_json(event.envelope.value or b"{}")["cycle_id"]] + (event.envelope.id in noted)
                assert done == 1, f"an overdue fact was reacted to {done} times"


def check_all(world: World, workload: Workload) -> None:
    tickets = check_publishing(world.server("ticketing"), world.broker, TICKETS)
    facts = check_publishing(world.server("sla-monitor"), world.broker, RESPONSES)
    check_watermarks(world.broker, TICKETS)
    check_commands(world.server("ticketing"), workload, tickets)
    check_reading(world.server("sla-monitor"), tickets, TICKETS)
    check_reading(world.server("ticketing"), facts, RESPONSES)
    check_clock(world, tickets)
    retracted = [event for events in facts.values() for event in events if event.envelope.type == ResponseOverdueRetracted.type]
    assert not retracted, "an overdue fact was taken back"
    check_escalations(world, tickets, facts)
