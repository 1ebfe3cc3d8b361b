"""Records that could not be applied: kept whole where a person sees them, until that person decides."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from parley_contracts.topics import Topic

from parley_chassis.mongo.driver import Database
from parley_chassis.mongo.indexes import Index
from parley_chassis.records import Record

PARKED = "parked"
REFUSED = "refused"
DECISIONS = "decisions"

INDEXES = (
    Index(PARKED, [("topic", 1), ("subject", 1)]),
    Index(REFUSED, [("at", 1)]),
    Index(DECISIONS, [("asked_at", 1)], where={"done_at": None}),
)


class Poison(Exception):
    """Raised by a handler: this record can never be applied. It is parked, its subject is frozen, the partition goes on."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Verb(StrEnum):
    """What a person decides about the parked records of a subject."""

    REDRIVE = "redrive"
    DISCARD = "discard"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class Parked:
    """A parked record, as a person reads it. The first one of a subject is the one that a decision is about."""

    topic: str
    partition: int
    offset: int
    subject: str
    sequence: int | None
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person asked for, and once it was carried out, where in the log and with which result."""

    id: str
    verb: Verb
    topic: str
    subject: str
    by: str
    asked_at: datetime
    done_at: datetime | None = None
    partition: int | None = None
    offset: int | None = None
    result: str | None = None


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


async def parked(database: Database, *, topic: str | None = None, subject: str | None = None, limit: int = 100) -> list[Parked]:
    """What waits for a person, oldest first; of one subject in the order in which decisions meet it."""
    filter = {name: value for name, value in (("topic", topic), ("subject", subject)) if value is not None}
    rows: Sequence[dict[str, Any]] = await database[PARKED].find(filter).sort("at", 1).limit(limit).to_list(None)
    if subject is not None:
        rows = in_order(rows)
    return [Parked(**{name: row[name] for name in Parked.__slots__}) for row in rows]


async def redrive(database: Database, *, id: str, topic: str, subject: str, by: str) -> None:
    """Ask that the subject's first parked record is applied again."""
    await _ask(database, Verb.REDRIVE, id, topic, subject, by)


async def discard(database: Database, *, id: str, topic: str, subject: str, by: str) -> None:
    """Ask that the subject's first parked record counts as read."""
    await _ask(database, Verb.DISCARD, id, topic, subject, by)


async def release(database: Database, *, id: str, topic: str, subject: str, by: str) -> None:
    """Ask that the gap before the subject's first parked record is given up."""
    await _ask(database, Verb.RELEASE, id, topic, subject, by)


async def decisions(database: Database, *, limit: int = 100) -> list[Decision]:
    """What was asked, newest first, with its result."""
    rows = await database[DECISIONS].find().sort("asked_at", -1).limit(limit).to_list(None)
    return [decision_of(row) for row in rows]


def decision_of(row: dict[str, Any]) -> Decision:
    """The decision that a row keeps."""
    named: dict[str, Any] = {name: row.get(name) for name in Decision.__slots__ if name not in ("id", "verb")}
    return Decision(id=row["_id"], verb=Verb(row["verb"]), **named)


async def _ask(database: Database, verb: Verb, id: str, topic: str, subject: str, by: str) -> None:
    """Store the decision; the worker that reads the topic carries it out between two batches. The same id asks once."""
    asked = {"verb": verb.value, "topic": topic, "subject": subject, "by": by, "asked_at": datetime.now(UTC), "done_at": None}
    await database[DECISIONS].update_one({"_id": id}, {"$setOnInsert": asked}, upsert=True)
