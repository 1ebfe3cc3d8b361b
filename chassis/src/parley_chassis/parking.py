"""Records that could not be applied: kept whole where a person sees them, until that person decides."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from parley_contracts.records import Record
from parley_contracts.topics import TOPICS, Tier, Topic

from parley_chassis import telemetry
from parley_chassis.mongo.driver import Database
from parley_chassis.mongo.indexes import Index
from parley_chassis.mongo.keyset import Order, beyond

PARKED = "parked"
REFUSED = "refused"

SETTLED_KEPT = timedelta(days=30)
"""How long it can be read what became of a record that could not be applied; one that waits for a person never goes."""

INDEXES = (
    Index(PARKED, [("topic", 1), ("subject", 1)]),
    Index(REFUSED, [("at", -1)], expire_after=SETTLED_KEPT),
)

OLDEST_FIRST: Order = [("at", 1), ("_id", 1)]
NEWEST_FIRST: Order = [("at", -1), ("_id", -1)]
OF_ONE_SUBJECT: Order = [("sequence", 1), ("offset", 1), ("_id", 1)]
"""Null sorts first, so this is the order of ``in_order``."""

WAITING = telemetry.gauge("parley_parked_records", "Records that could not be applied and wait for a person", ["group"])

_PUBLIC = frozenset(topic.name for topic in TOPICS if topic.tier is Tier.PUBLIC)


class Poison(Exception):
    """Raised by a handler: this record can never be applied. It is parked, its subject is frozen, the partition goes on."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Parked:
    """A parked record, as a person reads it. The first one of a subject is the one that a decision is about."""

    id: str
    topic: str
    partition: int
    offset: int
    subject: str
    sequence: int | None
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that cannot come from a relay. Nothing waits for it, and there is nothing to decide."""

    id: str
    topic: str
    partition: int
    offset: int
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Content:
    """What stands in a record, as far as it may be shown: of a restricted topic without its value, which may be personal."""

    headers: dict[str, str | None]
    value: str | None
    restricted: bool


def parked_id(record: Record, subject: str, sequence: int | None) -> str:
    """One row for each (topic, subject, sequence), or for each place in the log where the sequence cannot be read."""
    if sequence is None:
        return f"{record.topic.name}/@{record.partition}/{record.offset}"
    return f"{record.topic.name}/{subject}/{sequence}"


def kept(record: Record) -> dict[str, Any]:
    """A record as it lies in the database: whole, so that it can be read again."""
    return {
        "topic": record.topic.name,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.timestamp,
        "key": record.key,
        "value": record.value,
        "headers": [[name, value] for name, value in record.headers],
    }


def record_of(row: dict[str, Any], topic: Topic) -> Record:
    """The record that a row keeps."""
    headers = tuple((name, value) for name, value in row["headers"])
    return Record(topic, row["partition"], row["offset"], row["timestamp"], row["key"], row["value"], headers)


def in_order(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The parked rows of a subject: first those whose sequence nobody knows (they hold up the others), then by sequence."""
    return sorted(rows, key=lambda row: (row["sequence"] is not None, row["sequence"] or row["offset"]))


async def parked(
    database: Database, *, topic: str | None = None, subject: str | None = None, after: Sequence[Any] | None = None, limit: int = 100
) -> list[Parked]:
    """What waits for a person, oldest first; of one subject in the order in which decisions meet it."""
    filter = {name: value for name, value in (("topic", topic), ("subject", subject)) if value is not None}
    order = OLDEST_FIRST if subject is None else OF_ONE_SUBJECT
    rows = await database[PARKED].find(filter | beyond(order, after)).sort(order).limit(limit).to_list(None)
    return [Parked(row["_id"], **{name: row[name] for name in Parked.__slots__[1:]}) for row in rows]


async def count(database: Database) -> int:
    """How many records wait for a person."""
    return await database[PARKED].count_documents({})


async def measure(database: Database, group: str) -> None:
    """Say it as a metric."""
    WAITING.labels(group).set(await count(database))


async def refused(database: Database, *, after: Sequence[Any] | None = None, limit: int = 100) -> list[Refused]:
    """What was refused, newest first."""
    rows = await database[REFUSED].find(beyond(NEWEST_FIRST, after)).sort(NEWEST_FIRST).limit(limit).to_list(None)
    return [Refused(row["_id"], **{name: row[name] for name in Refused.__slots__[1:]}) for row in rows]


async def content(database: Database, id: str) -> Content | None:
    """What stands in a parked record; None where it is not parked any more."""
    row = await database[PARKED].find_one({"_id": id})
    if row is None:
        return None
    restricted = row["topic"] not in _PUBLIC
    headers = {name: value and value.decode(errors="replace") for name, value in row["headers"]}
    value = None if restricted or row["value"] is None else row["value"].decode(errors="replace")
    return Content(headers, value, restricted)
