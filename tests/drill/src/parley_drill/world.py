"""A small world in which every promise was kept, to be spoilt one thing at a time: what the checker is tested with."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from notifier.domain.identity import message_id
from parley_chassis.commands import CommandKey
from parley_chassis.outbox import row_of
from parley_contracts.conversation import ConversationEvent, Message, ReplyPosted
from parley_contracts.envelope import Envelope
from parley_contracts.partitions import partition_of
from parley_contracts.ticketing import TicketClosed, TicketCreated
from parley_contracts.topics import PARTITIONS, RESPONSES, TICKETS, Topic
from parley_contracts.watermark import watermark_record
from parley_contracts.words import Category, CloseReason, Kind, Role, Side, State
from sla_monitor.publishing import published

from parley_drill.checks import effects, mails
from parley_drill.checks.reference import found_in
from parley_drill.evidence import Evidence
from parley_drill.log import Record
from parley_drill.marketplace import DRILL, Market

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
SERVICES = {TICKETS.name: "ticketing", RESPONSES.name: "sla_monitor"}


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


class World:
    """Tickets are opened and answered, watermarks come; ``evidence`` is what a drill would find of that."""

    def __init__(self, market: Market = DRILL) -> None:
        self.market = market
        self.history: list[dict[str, Any]] = []
        self.outbox: list[dict[str, Any]] = []
        self.records: list[Record] = []
        self._sequences: dict[tuple[str, str], int] = {}
        self._buyers: dict[str, str] = {}

    def opened(self, ticket: str, seconds: float) -> None:
        """A buyer opens a ticket of the first shop."""
        self._buyers[ticket] = self.market.buyers[0].id
        self._command(ticket, "/v1/tickets", TicketCreated, Role.BUYER, seconds, State.AWAITING_SELLER)

    def answered(self, ticket: str, seconds: float) -> None:
        """The seller answers."""
        self._command(ticket, f"/v1/tickets/{ticket}/reply", ReplyPosted, Role.SELLER, seconds, State.AWAITING_BUYER)

    def erased(self, ticket: str, seconds: float) -> None:
        """The buyer's tombstone ends it for good."""
        self._event(ticket, TicketClosed, Role.SYSTEM, seconds, State.FINAL, cause="tombstone:", reason=CloseReason.ERASED)

    def watermark(self, seconds: float) -> None:
        """Everything up to then has been read, in every partition."""
        headers, value = watermark_record(id=str(uuid4()), source="/ticketing", at=at(seconds), time=at(seconds))
        for partition in range(PARTITIONS):
            self._append(TICKETS.name, partition, None, headers, value, seconds)

    def evidence(self) -> Evidence:
        """All of it, with what the consumers made of it."""
        self._clock()
        log = Evidence(records=self.records)
        positions = [
            {"database": consumer, "_id": f"{topic}/{subject}", "sequence": place.sequence, "parked": 0}
            for consumer in effects.READS
            for (topic, subject), place in effects.places(log, consumer).items()
        ]
        done = [
            {"event": record.envelope.id, "topic": record.topic, "at": record.envelope.time + timedelta(seconds=0.1)}
            for record in log.real
            if record.envelope and record.topic == TICKETS.name
        ]
        deliveries = [row for record in log.real for row in _deliveries(record)]
        overdue = [record.data.cycle_id for record in log.real if record.type == "parley.response.overdue.v1"]
        rows: dict[str, list[dict[str, Any]]] = {
            "outbox": self.outbox,
            "conversations": [
                {"database": "ticketing", "_id": subject, "sequence": last}
                for (topic, subject), last in self._sequences.items()
                if topic == TICKETS.name
            ],
            "positions": positions,
            "effects": done,
            "deliveries": deliveries,
            "reactions": [{"cycle_id": cycle} for cycle in overdue],
            "people": [{"_id": each.id, "address": each.email} for each in (*self.market.buyers, *self.market.members)],
            "parked": [],
        }
        taken = [
            {"message_id": row["message_id"], "to": f"{row['recipient'].partition(':')[2]}@{self.market.domain}", "answered": True}
            for row in deliveries
        ]
        whole = sum(1 for topic, _ in self._sequences if topic == TICKETS.name)
        replay = {"code": 0, "said": f"equal: {whole} conversations, digest 0\n", "complained": "", "published": [], "mailed": []}
        return Evidence(history=self.history, records=self.records, rows=rows, mails=taken, drained={"settled": True}, replay=replay)

    def _command(self, ticket: str, path: str, kind: type[ConversationEvent], role: Role, seconds: float, state: State) -> None:
        who = self._buyers[ticket] if role is Role.BUYER else self.market.members[0].id
        command = CommandKey(who, f"POST {path}", str(uuid4()), "").id
        message = Message(id=str(uuid4()), author_id=who, author_role=role, length=5)
        envelope = self._event(ticket, kind, role, seconds, state, cause=f"command:{command}", actor_id=who, message=message)
        self.history.append(
            {
                "kind": "command",
                "command": command,
                "path": path,
                "outcome": "ok",
                "status": 200,
                "problem": None,
                "digest": command[:8],
                "id": ticket,
                "version": envelope.sequence,
                "began": at(seconds).timestamp(),
                "at": at(seconds).timestamp(),
            }
        )

    def _event(
        self, ticket: str, kind: type[ConversationEvent], role: Role, seconds: float, state: State, *, cause: str, **more: Any
    ) -> Envelope:
        said = kind.model_validate(
            {
                "number": "T-1",
                "kind": Kind.TICKET,
                "category": Category.POST_PURCHASE,
                "problem_type": "defective_item",
                "market": self.market.id,
                "buyer_id": self._buyers[ticket],
                "seller_id": self.market.shops[0].id,
                "language": "en",
                "state": state,
                "handler": Side.SELLER,
                "actor_id": "system",
                "actor_role": role,
                **more,
            }
        )
        envelope = Envelope.of(
            said,
            id=str(uuid4()),
            source="/ticketing",
            subject=ticket,
            time=at(seconds),
            sequence=self._next(TICKETS.name, ticket),
            correlationid=ticket,
            causationid=cause,
        )
        self._publish(TICKETS, envelope)
        return envelope

    def _clock(self) -> None:
        """What the response clock says to all that."""
        for conversation, fact in found_in(Evidence(records=self.records)):
            sequence = self._next(RESPONSES.name, conversation.id)
            self._publish(RESPONSES, published(conversation, fact, sequence=sequence, at=at(100 + sequence)))

    def _next(self, topic: str, subject: str) -> int:
        self._sequences[topic, subject] = self._sequences.get((topic, subject), 0) + 1
        return self._sequences[topic, subject]

    def _publish(self, topic: Topic, envelope: Envelope) -> None:
        row = row_of(envelope, topic)
        headers = {name: value.decode() for name, value in row.pop("headers").items()}
        del row["value"]
        self.outbox.append({"database": SERVICES[topic.name], **row, "headers": headers})
        seconds = (envelope.time - BEGAN).total_seconds()
        self._append(topic.name, partition_of(envelope.key), envelope.subject, envelope.headers(), envelope.value, seconds)

    def _append(self, topic: str, partition: int, key: str | None, headers: Any, value: bytes | None, seconds: float) -> None:
        offset = sum(1 for record in self.records if (record.topic, record.partition) == (topic, partition))
        self.records.append(Record(topic, partition, offset, at(seconds).timestamp() + 0.05, key, tuple(headers), value))


def _deliveries(record: Record) -> list[dict[str, Any]]:
    """A row for each mail of the table, sent at the first attempt."""
    assert record.envelope is not None
    rows = []
    for audience, cell, names in mails.expected(record):
        for recipient in sorted(names[0]):
            id = str(uuid4())
            rows.append(
                {
                    "_id": id,
                    "event_id": record.envelope.id,
                    "notice": str(cell.notice),
                    "audience": str(audience),
                    "recipient": recipient,
                    "message_id": message_id(id, "drill"),
                    "state": "sent",
                    "ambiguous": 0,
                }
            )
    return rows
