"""The rows that make a command act once: one for each key, with the answer that a repeated request gets."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pymongo import ReturnDocument, UpdateOne

from parley_chassis.commands import Answer, CommandKey, KeyReused
from parley_chassis.mongo.driver import Database, Session, database_now

COMMANDS = "commands"
KEPT = timedelta(days=7)
"""How long a request is answered again with its first answer."""


async def take(database: Database, key: CommandKey, session: Session) -> dict[str, Any]:
    """Make or find the key's row, which also locks it; ``seen`` is the database's time."""
    row: dict[str, Any] | None = await database[COMMANDS].find_one_and_update(
        {"_id": key.id}, _fresh(key), upsert=True, return_document=ReturnDocument.AFTER, session=session
    )
    assert row is not None
    return row


async def take_all(database: Database, keys: Sequence[CommandKey], session: Session) -> tuple[datetime, Mapping[str, dict[str, Any]]]:
    """The same for many with two statements; all have the time of the first. Without a key, the time alone."""
    if not keys:
        return await database_now(database, session=session), {}
    await database[COMMANDS].bulk_write([UpdateOne({"_id": key.id}, _fresh(key), upsert=True) for key in keys], session=session)
    rows = await database[COMMANDS].find({"_id": {"$in": [key.id for key in keys]}}, session=session).to_list(None)
    return rows[0]["seen"], {row["_id"]: row for row in rows}


async def keep(database: Database, answers: Mapping[str, Answer], session: Session) -> None:
    """Store the answers beside their keys, in the transaction of the commands' effects."""
    if answers:
        await database[COMMANDS].bulk_write([UpdateOne({"_id": id}, _stored(answer)) for id, answer in answers.items()], session=session)


def known_answer(row: Mapping[str, Any], key: CommandKey) -> Answer | None:
    """The first answer, if there was one; raises KeyReused where the key came with another body."""
    if row["fingerprint"] != key.fingerprint:
        raise KeyReused
    return Answer(**row["answer"], replayed=True) if "answer" in row else None


def _fresh(key: CommandKey) -> list[dict[str, Any]]:
    fields = {
        "principal": {"$literal": key.principal},
        "route": {"$literal": key.route},
        "fingerprint": {"$ifNull": ["$fingerprint", {"$literal": key.fingerprint}]},
        "at": {"$ifNull": ["$at", "$$NOW"]},
        "seen": "$$NOW",
    }
    return [{"$set": fields}]


def _stored(answer: Answer) -> dict[str, Any]:
    stored = {"status": answer.status, "body": answer.body, "etag": answer.etag, "location": answer.location}
    return {"$set": {"answer": stored}}
