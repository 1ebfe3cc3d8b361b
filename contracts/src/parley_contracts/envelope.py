"""CloudEvents 1.0 over Kafka, binary mode: attributes in ``ce_`` headers, the data as JSON in the value."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha1
from typing import Annotated, ClassVar, Self
from uuid import UUID, uuid5

from pydantic import AwareDatetime, BaseModel, ConfigDict, PlainSerializer, ValidationError
from pydantic_core import from_json, to_json

CONTENT_TYPE = "application/json"
STRUCTURED_CONTENT_TYPE = "application/cloudevents+json"
SCHEMA_BASE = "urn:parley:schema:"
MAX_VALUE_BYTES = 64 * 1024
MAX_HEADER_BYTES = 4 * 1024

_NAMESPACE = UUID("5c0e4d4e-9b3a-5d0f-8f5e-7a0a5a1c7e11")
_MAX_SEQUENCE = 2**53
_TRACE_BYTES = 160
"""Room for ``traceparent`` and ``ce_traceparent``, which are added after the event was made."""

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
    """The record is not a CloudEvent that this contract can read."""


def faults(error: ValidationError) -> list[str]:
    """What is wrong with data, by field; without the data itself, which may be personal."""
    found = error.errors(include_input=False, include_url=False)
    return [f"{'.'.join(map(str, fault['loc'])) or 'data'}: {fault['msg']}" for fault in found]


def named_id(namespace: str, name: str) -> str:
    """UUIDv5 of a name within another id; an id that is no UUID (a marketplace's own) becomes a namespace first."""
    # What uuid5 does, without the two objects that it makes on the way: each event has an id.
    digest = sha1(_space(namespace) + name.encode(), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(digest[16], 16) & 3]
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"


@lru_cache(maxsize=4096)
def _space(namespace: str) -> bytes:
    try:
        return UUID(namespace).bytes
    except ValueError:
        return uuid5(_NAMESPACE, namespace).bytes


def derived_id(cause: str, source: str, type: str, n: int | str = 1) -> str:
    """The id of an event that follows from another: the same cause always gives the same id."""
    return named_id(cause, f"{source}/{type}/{n}")


def timestamp(at: datetime) -> str:
    """RFC 3339 in UTC with ``Z`` and milliseconds; raises ValueError for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError("a time of an event needs a zone; use datetime.now(UTC) or the database's time")
    return at.astimezone(UTC).isoformat("T", "milliseconds").removesuffix("+00:00") + "Z"


Instant = Annotated[AwareDatetime, PlainSerializer(timestamp, return_type=str, when_used="json")]
"""A time inside an event's data: read with any offset, written as the envelope writes its own."""


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
        """Wrap an event's data; raises ValueError where it breaks a limit or misses its subject or cause."""
        value = data.model_dump_json(exclude_none=True).encode()
        if len(value) > MAX_VALUE_BYTES:
            raise ValueError(f"{data.type}: a value may have {MAX_VALUE_BYTES} bytes and this one has {len(value)}; shorten it")
        if not subject:
            raise ValueError(f"{data.type}: subject is empty; it names what the event is about and is the record's key")
        if not causationid or causationid == id:
            raise ValueError(f"{data.type}: causationid must name the event or command that caused this one, not itself")
        event = cls(
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
        size = sum(len(name) + len(header) for name, header in event.headers()) + _TRACE_BYTES
        if size > MAX_HEADER_BYTES:
            raise ValueError(f"{data.type}: headers may have {MAX_HEADER_BYTES} bytes and these have {size}; shorten the ids")
        return event

    def traced(self, traceparent: str | None, first: str | None = None) -> Self:
        """The same event on the trace of this hop."""
        return replace(self, traceparent=traceparent, first_traceparent=first or self.first_traceparent or traceparent)

    @property
    def key(self) -> bytes:
        """The record's key, which also decides its partition."""
        return self.subject.encode()

    def headers(self) -> Headers:
        """The Kafka headers of binary mode."""
        attributes = (
            ("ce_specversion", "1.0"),
            ("ce_id", self.id),
            ("ce_source", self.source),
            ("ce_type", self.type),
            ("ce_subject", self.subject),
            ("ce_time", timestamp(self.time)),
            ("ce_sequence", None if self.sequence is None else str(self.sequence)),
            ("ce_dataschema", self.dataschema),
            ("ce_correlationid", self.correlationid),
            ("ce_causationid", self.causationid),
            ("ce_traceparent", self.first_traceparent),
            ("traceparent", self.traceparent),
            ("content-type", CONTENT_TYPE),
        )
        return tuple([(name, value.encode()) for name, value in attributes if value is not None])


_ATTRIBUTES = (
    "specversion",
    "id",
    "source",
    "type",
    "subject",
    "time",
    "sequence",
    "dataschema",
    "correlationid",
    "causationid",
    "traceparent",
)
_READ = frozenset(f"ce_{name}" for name in _ATTRIBUTES) | {"traceparent", "content-type"}


def read(headers: Iterable[tuple[str, bytes | None]], value: bytes | None) -> Envelope:
    """The envelope of a record; raises Malformed, and nothing else, with what is wrong.

    Binary mode never decodes the data. Structured mode, which a marketplace may write, is unwrapped. Headers that the
    contract does not know may hold anything.
    """
    try:
        found = {name: raw.decode() for name, raw in headers if raw is not None and name in _READ}
    except UnicodeDecodeError as error:
        raise Malformed(f"a header is not UTF-8: {error.reason}") from None
    if value is not None and found.get("content-type", "").startswith("application/cloudevents"):
        found, value = _unwrapped(found, value)
    if found.get("ce_specversion") != "1.0":
        raise Malformed("ce_specversion is not 1.0: this is not a CloudEvent in binary mode")
    for name in ("ce_id", "ce_source", "ce_type", "ce_time"):
        if not found.get(name):
            raise Malformed(f"{name} is missing")
    sequence = found.get("ce_sequence")
    return Envelope(
        id=found["ce_id"],
        source=found["ce_source"],
        type=found["ce_type"],
        subject=found.get("ce_subject", ""),
        time=_time(found["ce_time"]),
        sequence=_sequence(sequence) if sequence is not None else None,
        dataschema=found.get("ce_dataschema", ""),
        correlationid=found.get("ce_correlationid", found["ce_id"]),
        causationid=found.get("ce_causationid", ""),
        value=value,
        traceparent=found.get("traceparent"),
        first_traceparent=found.get("ce_traceparent"),
    )


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
        in_utc = time.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Malformed("ce_time is not an RFC 3339 time") from None
    if time.tzinfo is None:
        raise Malformed("ce_time has no zone")
    return in_utc


def _sequence(text: str) -> int:
    # The length comes first: int() refuses texts of thousands of digits with an error of its own.
    if len(text) <= len(str(_MAX_SEQUENCE)) and text.isascii() and text.isdigit() and 0 < int(text) < _MAX_SEQUENCE:
        return int(text)
    raise Malformed("ce_sequence is not a decimal number from 1 on")


def _unwrapped(found: dict[str, str], value: bytes) -> tuple[dict[str, str], bytes]:
    """Attributes and data of structured mode, as binary mode has them."""
    if found["content-type"].split(";")[0].strip() != STRUCTURED_CONTENT_TYPE:
        raise Malformed(f"content-type is neither {CONTENT_TYPE} nor {STRUCTURED_CONTENT_TYPE}")
    try:
        event = from_json(value, allow_inf_nan=False)
    except ValueError as error:
        raise Malformed(f"the structured event is not JSON: {error}") from None
    if not isinstance(event, dict) or event.get("data") is None:
        raise Malformed("the structured event has no JSON data; only a record with a null value erases")
    attributes = {f"ce_{name}": event[name] for name in _ATTRIBUTES if event.get(name) is not None}
    if not all(isinstance(attribute, str | int) for attribute in attributes.values()):
        raise Malformed("an attribute of the structured event is neither text nor a number")
    trace = {"traceparent": found["traceparent"]} if "traceparent" in found else {}
    return {name: str(attribute) for name, attribute in attributes.items()} | trace, to_json(event["data"])
