"""What people decided about things that went wrong: one asks and says why, a worker carries it out, the history keeps both."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pymongo import ReturnDocument

from parley_chassis.mongo.driver import Database
from parley_chassis.mongo.indexes import Index
from parley_chassis.mongo.keyset import Order, beyond
from parley_chassis.parking import SETTLED_KEPT

DECISIONS = "decisions"

NEWEST_FIRST: Order = [("asked_at", -1), ("_id", -1)]

INDEXES = (
    Index(DECISIONS, [("asked_at", 1)], where={"done_at": None}),
    Index(DECISIONS, [("done_at", 1)], expire_after=SETTLED_KEPT),
)


class Verb(StrEnum):
    """What can be decided. The first three are about the parked records of a subject, the others about what the relay does."""

    REDRIVE = "redrive"
    """Apply the subject's first parked record again; those behind it follow."""
    DISCARD = "discard"
    """Count the subject's first parked record as read."""
    RELEASE = "release"
    """Give up the gap before the subject's first parked record."""
    REPUBLISH = "republish"
    """Send the events of a subject to Kafka again; readers drop what they know."""
    ACCEPT_WATERMARK = "accept_watermark"
    """The clocks of a held watermark are right: go on, until they agree again."""


OF_PARKED = frozenset({Verb.REDRIVE, Verb.DISCARD, Verb.RELEASE})
_NEEDS: dict[Verb, frozenset[str]] = {
    **dict.fromkeys(OF_PARKED, frozenset({"topic", "subject"})),
    Verb.REPUBLISH: frozenset({"subject"}),
    Verb.ACCEPT_WATERMARK: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Decision:
    """Who asked for what, when and why; and once it was carried out, when, where in the log, and with which result."""

    id: str
    verb: Verb
    by: str
    reason: str
    asked_at: datetime
    topic: str | None = None
    subject: str | None = None
    record: str | None = None
    done_at: datetime | None = None
    partition: int | None = None
    offset: int | None = None
    result: str | None = None


def check_about(verb: Verb, **given: str | None) -> None:
    """Raise ValueError unless exactly the topic and subject are given that the verb is about."""
    if {name for name, value in given.items() if value} != _NEEDS[verb]:
        raise ValueError(f"{verb} is about {' and '.join(sorted(_NEEDS[verb])) or 'neither topic nor subject'}: name exactly that")


async def decide(
    database: Database,
    verb: Verb,
    *,
    id: str,
    by: str,
    reason: str,
    topic: str | None = None,
    subject: str | None = None,
    record: str | None = None,
) -> Decision:
    """Ask for it; the worker that it concerns carries it out within seconds. The same id asks once, and returns what it asked.

    ``record`` is the id of the parked record that the person has seen: if another one is the first by then, nothing is done.
    """
    check_about(verb, topic=topic, subject=subject)
    if not (id and by and reason.strip()):
        raise ValueError(f"{verb} needs an id, who asks, and a reason: both are kept in the history")
    about = {name: value for name, value in (("topic", topic), ("subject", subject)) if value}
    asked = {"verb": verb.value, "by": by, "reason": reason.strip(), **about, "record": record, "done_at": None}
    first = {"$mergeObjects": ["$$ROOT", {"$literal": asked}, {"asked_at": "$$NOW"}]}
    row = await database[DECISIONS].find_one_and_update(
        {"_id": id},
        [{"$replaceWith": {"$cond": [{"$eq": [{"$type": "$asked_at"}, "missing"]}, first, "$$ROOT"]}}],
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    assert row is not None
    return decision_of(row)


async def history(
    database: Database, *, subject: str | None = None, after: Sequence[Any] | None = None, limit: int = 100
) -> list[Decision]:
    """What was decided, newest first, with its result."""
    wanted = ({} if subject is None else {"subject": subject}) | beyond(NEWEST_FIRST, after)
    rows = await database[DECISIONS].find(wanted).sort(NEWEST_FIRST).limit(limit).to_list(None)
    return [decision_of(row) for row in rows]


async def decision(database: Database, id: str) -> Decision | None:
    """One decision; its ``done_at`` says whether it was carried out."""
    row = await database[DECISIONS].find_one({"_id": id})
    return None if row is None else decision_of(row)


async def waiting(database: Database, verbs: Collection[Verb]) -> list[Decision]:
    """What was asked for and not carried out yet, oldest first."""
    rows = await database[DECISIONS].find({"done_at": None, "verb": {"$in": list(verbs)}}).sort("asked_at", 1).to_list(None)
    return [decision_of(row) for row in rows]


async def finish(database: Database, id: str, result: str) -> None:
    """Note that it was carried out, outside any transaction."""
    done = {"done_at": {"$ifNull": ["$done_at", "$$NOW"]}, "result": {"$ifNull": ["$result", {"$literal": result}]}}
    await database[DECISIONS].update_one({"_id": id}, [{"$set": done}])


def decision_of(row: dict[str, Any]) -> Decision:
    """The decision that a row keeps."""
    named: dict[str, Any] = {name: row.get(name) for name in Decision.__slots__ if name not in ("id", "verb")}
    return Decision(id=row["_id"], verb=Verb(row["verb"]), **named)
