"""CloudEvents 1.0 over Kafka, binary mode: attributes in ``ce_`` headers, the data as JSON in the value."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, ClassVar, Self
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict

CONTENT_TYPE = "application/json"
SCHEMA_BASE = "urn:parley:schema:"
MAX_VALUE_BYTES = 64 * 1024
MAX_HEADER_BYTES = 4 * 1024

_NAMESPACE = UUID("5c0e4d4e-9b3a-5d0f-8f5e-7a0a5a1c7e11")

Headers = tuple[tuple[str, bytes], ...]


class EventData(BaseModel):
    """Base of every event's data. Readers ignore fields that they do not know."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: ClassVar[str]

    @classmethod
    def schema_id(cls) -> str:
        """The ``$id`` of the committed JSON Schema, which is also the ``dataschema`` attribute."""
        return SCHEMA_BASE + cls.type


class Malformed(ValueError):
    """The record is not a CloudEvent in binary mode."""


def derived_id(cause: str, source: str, type: str, n: int | str = 1) -> str:
    """The id of an event that follows from another: the same cause always gives the same id."""
    return str(uuid5(_NAMESPACE, f"{cause}|{source}/{type}/{n}"))


def timestamp(at: datetime) -> str:
    """RFC 3339 in UTC with ``Z`` and milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One event with its attributes; ``value`` is the data's JSON, None is a tombstone.

    ``sequence`` is None on compacted topics, whose readers compare ``time`` instead.
    ``traceparent`` belongs to this hop, ``first_traceparent`` (``ce_traceparent``) to the first one.
    """

    id: str
    source: str
    type: str
    subject: str
    time: datetime
    sequence: int | None
    dataschema: str
    correlationid: str
    causationid: str
    value: bytes | None
    traceparent: str | None = None
    first_traceparent: str | None = None

    @classmethod
    def of(
        cls,
        data: EventData,
        *,
        id: str,
        source: str,
        subject: str,
        time: datetime,
        sequence: int | None,
        correlationid: str,
        causationid: str,
    ) -> Self:
        """Wrap an event's data; raises ValueError where the value would pass 64 KiB or the cause is missing."""
        value = data.model_dump_json(exclude_none=True).encode()
        if len(value) > MAX_VALUE_BYTES:
            raise ValueError(f"{data.type}: a value may have {MAX_VALUE_BYTES} bytes and this one has {len(value)}; shorten it")
        if not causationid or causationid == id:
            raise ValueError(f"{data.type}: causationid must name the event or command that caused this one, not itself")
        return cls(
            id=id,
            source=source,
            type=data.type,
            subject=subject,
            time=time,
            sequence=sequence,
            dataschema=data.schema_id(),
            correlationid=correlationid,
            causationid=causationid,
            value=value,
        )

    def traced(self, traceparent: str | None, first: str | None = None) -> Self:
        """The same event on the trace of this hop."""
        return replace(self, traceparent=traceparent, first_traceparent=first or self.first_traceparent or traceparent)

    @property
    def key(self) -> bytes:
        return self.subject.encode()

    def headers(self) -> Headers:
        """The Kafka headers of binary mode."""
        attributes: dict[str, Any] = {
            "ce_specversion": "1.0",
            "ce_id": self.id,
            "ce_source": self.source,
            "ce_type": self.type,
            "ce_subject": self.subject,
            "ce_time": timestamp(self.time),
            "ce_sequence": self.sequence,
            "ce_dataschema": self.dataschema,
            "ce_correlationid": self.correlationid,
            "ce_causationid": self.causationid,
            "ce_traceparent": self.first_traceparent,
            "traceparent": self.traceparent,
            "content-type": CONTENT_TYPE,
        }
        return tuple((name, str(value).encode()) for name, value in attributes.items() if value is not None)


def read(headers: Iterable[tuple[str, bytes | None]], value: bytes | None) -> Envelope:
    """The envelope of a record in binary mode; raises Malformed and names what is wrong. Never decodes the data."""
    try:
        found = {name: raw.decode() for name, raw in headers if raw is not None}
    except UnicodeDecodeError as error:
        raise Malformed(f"a header is not UTF-8: {error.reason}") from None
    if found.get("ce_specversion") != "1.0":
        raise Malformed("ce_specversion is not 1.0: this is not a CloudEvent in binary mode")
    for name in ("ce_id", "ce_source", "ce_type", "ce_time"):
        if not found.get(name):
            raise Malformed(f"{name} is missing")
    try:
        time = datetime.fromisoformat(found["ce_time"])
    except ValueError:
        raise Malformed("ce_time is not an RFC 3339 time") from None
    if time.tzinfo is None:
        raise Malformed("ce_time has no zone")
    sequence = found.get("ce_sequence")
    if sequence is not None and not (sequence.isascii() and sequence.isdigit() and 0 < int(sequence) < 2**53):
        raise Malformed("ce_sequence is not a decimal number from 1 on")
    return Envelope(
        id=found["ce_id"],
        source=found["ce_source"],
        type=found["ce_type"],
        subject=found.get("ce_subject", ""),
        time=time.astimezone(UTC),
        sequence=int(sequence) if sequence is not None else None,
        dataschema=found.get("ce_dataschema", ""),
        correlationid=found.get("ce_correlationid", found["ce_id"]),
        causationid=found.get("ce_causationid", ""),
        value=value,
        traceparent=found.get("traceparent"),
        first_traceparent=found.get("ce_traceparent"),
    )
