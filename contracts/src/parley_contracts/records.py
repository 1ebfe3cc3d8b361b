"""What stands in a partition, as a subscriber sees it: events, tombstones, watermarks, and what cannot be any of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from pydantic import ValidationError

from parley_contracts.envelope import Envelope, Malformed, read
from parley_contracts.topics import TICK, WATERMARK, Topic
from parley_contracts.watermark import TICK_KEY, Watermark

AHEAD = timedelta(seconds=60)
"""How far an event's time may stand ahead of the record's timestamp."""

MAX_KEY_BYTES = 512


@dataclass(frozen=True, slots=True)
class Record:
    """One record, whole: it can be parked and read again."""

    topic: Topic
    partition: int
    offset: int
    timestamp: datetime
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]

    @classmethod
    def of(cls, topic: Topic, raw: Any) -> Self:
        """From a ``ConsumerRecord`` of aiokafka."""
        return cls(topic, raw.partition, raw.offset, _instant(raw.timestamp), raw.key, raw.value, tuple(raw.headers))

    @classmethod
    def of_message(cls, topic: Topic, raw: Any) -> Self:
        """From a ``Message`` of confluent-kafka, librdkafka's client for Python."""
        headers, (_, timestamp) = tuple(raw.headers() or ()), raw.timestamp()
        return cls(topic, raw.partition(), raw.offset(), _instant(timestamp), raw.key(), raw.value(), headers)


@dataclass(frozen=True, slots=True)
class Event:
    """An event that could be read; its data is still bytes."""

    record: Record
    envelope: Envelope

    @property
    def subject(self) -> str:
        return self.envelope.subject

    @property
    def sequence(self) -> int | None:
        return self.envelope.sequence


@dataclass(frozen=True, slots=True)
class Erasure:
    """A tombstone at its place."""

    record: Record
    subject: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Mark:
    """A watermark."""

    record: Record
    at: datetime


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Of a known subject, but no event: poison. ``sequence`` is None where even that cannot be read."""

    record: Record
    subject: str
    sequence: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Cannot come from a relay: kept as refused, and nothing waits for it."""

    record: Record
    reason: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """A tick, or a watermark on a topic whose watermarks nobody needs."""

    record: Record


Item = Event | Erasure | Mark | Unreadable | Refusal | Nothing


def classify(record: Record) -> Item:
    """What a record is. Never fails, whatever the record holds."""
    if not record.key:
        return _without_key(record)
    if record.key == TICK_KEY and _header(record.headers, "ce_type") == TICK.encode():
        return Nothing(record)
    subject = _subject(record.key)
    if subject is None:
        return Refusal(record, f"the key is not UTF-8 text of at most {MAX_KEY_BYTES} bytes")
    if record.value is None and record.topic.compacted:
        return _tombstone(record, subject)
    try:
        envelope = read(record.headers, record.value)
    except Malformed as error:
        return Unreadable(record, subject, None, str(error))
    if envelope.subject != subject:
        return Refusal(record, "the key is not the event's subject")
    if envelope.time > record.timestamp + AHEAD:
        return Refusal(record, f"the event's time is more than {AHEAD.seconds} s ahead of the record's timestamp")
    if not record.topic.compacted and envelope.sequence is None:
        return Unreadable(record, subject, None, "ce_sequence is missing")
    if record.value is None:
        return Unreadable(record, subject, envelope.sequence, "the value is null, and this topic has no tombstones")
    return Event(record, envelope)


def _without_key(record: Record) -> Item:
    kind = _header(record.headers, "ce_type")
    if kind != WATERMARK.encode():
        return Refusal(record, "the key is missing")
    if not record.topic.watermarks:
        return Nothing(record)
    try:
        at = Watermark.model_validate_json(record.value or b"").at.astimezone(UTC)
    except (ValidationError, OverflowError):
        return Refusal(record, "the watermark's data is not a time")
    if at > record.timestamp + AHEAD:
        return Refusal(record, f"the watermark is more than {AHEAD.seconds} s ahead of the record's timestamp")
    return Mark(record, at)


def _tombstone(record: Record, subject: str) -> Item:
    named = _header(record.headers, "ce_subject")
    if named is not None and named != record.key:
        return Refusal(record, "the key is not the tombstone's subject")
    try:
        time = read(record.headers, None).time
    except Malformed:
        time = record.timestamp
    if time > record.timestamp + AHEAD:
        return Refusal(record, f"the tombstone's time is more than {AHEAD.seconds} s ahead of the record's timestamp")
    return Erasure(record, subject, time)


def _subject(key: bytes) -> str | None:
    try:
        return key.decode() if len(key) <= MAX_KEY_BYTES else None
    except UnicodeDecodeError:
        return None


def _header(headers: Iterable[tuple[str, bytes | None]], name: str) -> bytes | None:
    return next((value for key, value in headers if key == name), None)


def _instant(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
