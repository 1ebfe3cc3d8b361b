"""Tombstones are written again an hour later: an old producer may have been slow, and compaction keeps what came last."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

from parley_chassis.mongo.driver import Database
from parley_chassis.outbox import OUTBOX, TOMBSTONES
from parley_chassis.positions import POSITIONS, subject_id

AT_ONCE = 500

Row = dict[str, Any]


async def write_again(database: Database, now: datetime, send: Callable[[list[Row]], Awaitable[None]]) -> int:
    """Send what is due by ``now``, and forget it when it is acknowledged; returns how many.

    A subject of which something newer is known keeps it: behind that the old tombstone would erase it for whoever reads later.
    """
    sent = 0
    while rows := await database[TOMBSTONES].find({"due": {"$lte": now}}).sort("due", 1).limit(AT_ONCE).to_list(None):
        newer = await _newer(database, rows)
        still = [{**row, "at": now} for row in rows if row["_id"] not in newer]
        await send(still)
        # What was told meanwhile may stand before its tombstone now: the last word of a subject must be the newest.
        if overtaken := await _told(database, still):
            await send([{**row, "at": now} for row in overtaken])
        await database[TOMBSTONES].delete_many({"_id": {"$in": [row["_id"] for row in rows]}})
        sent += len(still)
    return sent


async def _told(database: Database, rows: Sequence[Row]) -> list[Row]:
    """What this service told of these subjects; an erasure leaves no older row of it."""
    told = database[OUTBOX].find({"key": {"$in": [row["key"] for row in rows]}, "value": {"$ne": None}}).sort("at", 1)
    subjects = {(row["topic"], row["key"]) for row in rows}
    return [each for each in await told.to_list(None) if (each["topic"], each["key"]) in subjects]


async def _newer(database: Database, rows: Sequence[Row]) -> set[str]:
    """Those whose subject was told of since, by this service or by the marketplace itself."""
    alive = {(each["topic"], each["key"]) for each in await _told(database, rows)}
    ids = [subject_id(row["topic"], row["key"]) for row in rows]
    read = {
        each["_id"]: each["time"] for each in await database[POSITIONS].find({"_id": {"$in": ids}, "time": {"$exists": True}}).to_list(None)
    }
    return {
        row["_id"]
        for row, id in zip(rows, ids, strict=True)
        if (row["topic"], row["key"]) in alive or (id in read and read[id] > datetime.fromisoformat(row["headers"]["ce_time"].decode()))
    }
