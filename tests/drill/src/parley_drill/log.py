"""The topics as they stand: read while they grow, kept as files, and read again by the checker."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from parley_contracts import inquiries, notifier, sla, ticketing, topics
from parley_contracts.envelope import Envelope, EventData, Malformed, read
from parley_contracts.topics import DELIVERIES, GUESTS, INQUIRIES, PARTITIONS, RESPONSES, TICKETS, WATERMARK, Topic
from pydantic import ValidationError

from parley_drill.witness import Noted

TOPICS: dict[str, Topic] = {topic.name: topic for topic in (TICKETS, INQUIRIES, RESPONSES, DELIVERIES, GUESTS)}
EVERY: dict[str, Topic] = {topic.name: topic for topic in topics.TOPICS}
"""Of the others nothing is promised but that they hold nothing of whoever was erased."""

_EVENTS: tuple[type[Any], ...] = (
    *ticketing.EVENTS,
    *inquiries.EVENTS,
    *inquiries.GUEST_EVENTS,
    *sla.EVENTS,
    *notifier.EVENTS,
    Noted,
)
_TYPES: dict[str, type[EventData]] = {each.type: each for each in _EVENTS}


@dataclass(frozen=True)
class Record:
    """One record at its place."""

    topic: str
    partition: int
    offset: int
    timestamp: float
    """When the broker appended it, in seconds."""
    key: str | None
    headers: tuple[tuple[str, bytes | None], ...]
    value: bytes | None

    @cached_property
    def envelope(self) -> Envelope | None:
        """None where it is no event."""
        try:
            return read(self.headers, self.value)
        except Malformed:
            return None

    @cached_property
    def data(self) -> Any:
        """What the event says, by its contract; None where it breaks it."""
        known = _TYPES.get(self.envelope.type) if self.envelope else None
        if known is None or self.value is None:
            return None
        try:
            return known.model_validate_json(self.value)
        except ValidationError:
            return None

    @property
    def type(self) -> str:
        return self.envelope.type if self.envelope else ""

    @property
    def is_event(self) -> bool:
        """Whether it says something about a subject."""
        return self.key is not None and self.key != "tick"

    @property
    def own(self) -> bool:
        """Whether the drill wrote it, about a subject of its own."""
        return self.type == Noted.type or (self.is_event and self.envelope is None)

    @cached_property
    def watermark(self) -> datetime | None:
        if self.type != WATERMARK or self.value is None:
            return None
        return datetime.fromisoformat(json.loads(self.value)["at"]).astimezone(UTC)

    def line(self) -> dict[str, Any]:
        """For the file; ``of`` reads it."""
        return {
            **{name: getattr(self, name) for name in ("topic", "partition", "offset", "timestamp", "key")},
            "headers": [[name, _text(value)] for name, value in self.headers],
            "value": _text(self.value),
        }

    @classmethod
    def of(cls, line: dict[str, Any]) -> "Record":
        headers = tuple((name, _bytes(value)) for name, value in line["headers"])
        return cls(**{**line, "headers": headers, "value": _bytes(line["value"])})


def _text(value: bytes | None) -> str | None:
    return value.decode("latin-1") if value is not None else None


def _bytes(text: str | None) -> bytes | None:
    return text.encode("latin-1") if text is not None else None


class Reader:
    """Reads every partition of every topic from its beginning, in a loop of its own caller."""

    def __init__(self, servers: str) -> None:
        self._consumer = AIOKafkaConsumer(bootstrap_servers=servers, enable_auto_commit=False, auto_offset_reset="earliest")
        self.records: list[Record] = []
        self.others: list[Record] = []
        self._places = [TopicPartition(topic, number) for topic in EVERY for number in range(PARTITIONS)]

    async def __aenter__(self) -> "Reader":
        await self._consumer.start()
        self._consumer.assign(self._places)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def catch_up(self) -> int:
        """Read to the present ends; returns how many new events that were."""
        ends = await self._consumer.end_offsets(self._places)
        new = 0
        while [place for place in self._places if await self._consumer.position(place) < ends[place]]:
            for place, batch in (await self._consumer.getmany(timeout_ms=500, max_records=5_000)).items():
                read = [_record(each) for each in batch]
                (self.records if place.topic in TOPICS else self.others).extend(read)
                new += sum(1 for each in read if each.is_event)
        return new


def _record(raw: Any) -> Record:
    key = raw.key.decode("utf-8", "replace") if raw.key else None
    return Record(raw.topic, raw.partition, raw.offset, raw.timestamp / 1000, key, tuple(raw.headers), raw.value)


def in_order(records: Sequence[Record]) -> Iterator[Record]:
    """By topic, partition and offset."""
    return iter(sorted(records, key=lambda each: (each.topic, each.partition, each.offset)))


def first_occurrences(records: Sequence[Record]) -> Iterator[Record]:
    """The events in order, without those that were published before."""
    seen: set[tuple[str, str]] = set()
    for record in in_order(records):
        if record.is_event and record.envelope and (record.topic, record.envelope.id) not in seen:
            seen.add((record.topic, record.envelope.id))
            yield record
