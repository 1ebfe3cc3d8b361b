"""A log of conversations as their services write it: events with sequences, watermarks, and what should not be there."""

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from parley_contracts.conversation import ConversationEvent, Message, MessageRemoved, ReplyPosted
from parley_contracts.envelope import Envelope
from parley_contracts.partitions import partition_of
from parley_contracts.ticketing import TicketClosed, TicketCreated, TicketEscalated, TicketHandedBack, TicketReopened
from parley_contracts.topics import INQUIRIES, PARTITIONS, TICKETS, Topic
from parley_contracts.watermark import watermark_record
from parley_contracts.words import (
    Category,
    CloseReason,
    EscalationReason,
    HandBackReason,
    Kind,
    RemovalReason,
    Role,
    Side,
    State,
    Visibility,
)

from sla_monitor.testing.memory import T

_SOURCES = {TICKETS.name: "/ticketing", INQUIRIES.name: "/inquiries"}


@dataclass(frozen=True, slots=True)
class Written:
    """One record as a consumer gets it."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


def about_ticket(**more: Any) -> dict[str, Any]:
    """What every event of a ticket repeats."""
    given: dict[str, Any] = {
        "number": "T-7F3K-92QD",
        "kind": Kind.TICKET,
        "category": Category.POST_PURCHASE,
        "problem_type": "defective_item",
        "market": "de",
        "buyer_id": "buyer-1",
        "seller_id": "seller-1",
        "language": "de",
        "state": State.AWAITING_SELLER,
        "handler": Side.SELLER,
        "actor_id": "buyer-1",
        "actor_role": Role.BUYER,
    }
    return given | more


@dataclass
class Log:
    """Writes records in order: offsets for each partition, sequences for each conversation."""

    prefix: str = ""
    offsets: Counter[tuple[str, int]] = field(default_factory=Counter)
    sequences: Counter[str] = field(default_factory=Counter)
    first_ids: dict[str, str] = field(default_factory=dict)

    def created(self, subject: str, *, at: timedelta = timedelta(), **more: Any) -> Written:
        """A buyer opens a ticket."""
        return self.event(subject, TicketCreated(**about_ticket(**more), message=self.message(subject, Role.BUYER)), at=at)

    def replied(self, subject: str, by: Role = Role.SELLER, *, at: timedelta, **more: Any) -> Written:
        """Somebody writes publicly."""
        about = about_ticket(state=State.AWAITING_BUYER, actor_id=f"{by.value}-1", actor_role=by, **more)
        return self.event(subject, ReplyPosted(**about, message=self.message(subject, by)), at=at)

    def something(self, chance: random.Random, subject: str, *, at: timedelta) -> Written:
        """Anything but a message that is no reopening: drawn from ``chance``."""
        by = chance.choice((Role.BUYER, Role.SELLER))
        about = about_ticket(actor_role=by)
        removed = f"{subject}-message-{chance.randint(1, self.sequences[subject])}"
        handed_over = about | {"handler": Side.SUPPORT}
        drawn = chance.choice(
            (
                TicketClosed(**about, reason=CloseReason.BY_BUYER),
                TicketReopened(**about, message=self.message(subject, by)),
                TicketEscalated(**handed_over, reason=chance.choice((EscalationReason.APPEAL, EscalationReason.OVERDUE))),
                TicketHandedBack(**about, reason=HandBackReason.SUPPORT),
                MessageRemoved(
                    **about,
                    message_id=removed,
                    author_id="x",
                    author_role=by,
                    visibility=Visibility.PUBLIC,
                    reason=chance.choice((RemovalReason.SPAM, RemovalReason.MODERATION)),
                ),
            )
        )
        return self.event(subject, drawn, at=at)

    def message(self, subject: str, by: Role) -> Message:
        return Message(id=f"{subject}-message-{self.sequences[subject] + 1}", author_id=f"{by.value}-1", author_role=by, length=10)

    def event(self, subject: str, data: ConversationEvent, *, at: timedelta = timedelta(), topic: Topic = TICKETS) -> Written:
        """The next event of a conversation."""
        self.sequences[subject] += 1
        id = str(uuid5(NAMESPACE_OID, f"{subject}/{self.sequences[subject]}"))
        first = self.first_ids.setdefault(subject, id)
        envelope = Envelope.of(
            data,
            id=id,
            source=_SOURCES[topic.name],
            subject=subject,
            time=T + at,
            sequence=self.sequences[subject],
            correlationid=first,
            causationid=f"command:{id}",
        )
        return self.record(topic, partition_of(envelope.key), envelope.key, envelope.value, envelope.headers())

    def watermark(self, at: timedelta, partition: int, topic: Topic = TICKETS) -> Written:
        """Everything up to this time stands before it."""
        headers, value = watermark_record(id=f"heartbeat {at}", source=_SOURCES[topic.name], at=T + at, time=T + at)
        return self.record(topic, partition, None, value, headers)

    def watermarks(self, at: timedelta, topics: Iterable[Topic] = (TICKETS, INQUIRIES)) -> list[Written]:
        """One in each partition, as a relay writes them."""
        return [self.watermark(at, partition, topic) for topic in topics for partition in range(PARTITIONS)]

    def record(
        self, topic: Topic, partition: int, key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes | None]] = ()
    ) -> Written:
        """Anything at all, at the next offset of the partition."""
        offset = self.offsets[topic.name, partition]
        self.offsets[topic.name, partition] += 1
        at = _milliseconds(T + timedelta(days=3650))
        return Written(self.prefix + topic.name, partition, offset, at, key, value, tuple(headers))

    def again(self, written: Written) -> Written:
        """The same record once more, further on in its partition."""
        topic = written.topic.removeprefix(self.prefix)
        offset = self.offsets[topic, written.partition]
        self.offsets[topic, written.partition] += 1
        return replace(written, offset=offset)


def _milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)
