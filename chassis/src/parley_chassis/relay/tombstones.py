"""Tombstones are written again an hour later: an old producer may have been slow, and compaction keeps what came last."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from parley_contracts.partitions import partition_of

from parley_chassis.mongo.driver import Database
from parley_chassis.outbox import OUTBOX, TOMBSTONES
from parley_chassis.parking import PARKED
from parley_chassis.positions import POSITIONS, place_id, subject_id

AT_ONCE = 500
LOOKS, PAUSE = 50, 0.2
"""Within so many looks with so many seconds between them a consumer that does not lag has read what was just written."""
LATER = timedelta(minutes=1)
"""When what stood in a partition that is read late is looked at again."""

Row = dict[str, Any]
Place = tuple[str, int]


async def any_due(database: Database, now: datetime) -> bool:
    """Whether any is to be written again by now."""
    return await database[TOMBSTONES].find_one({"due": {"$lte": now}}, {"_id": 1}) is not None


async def unread(database: Database, ticks: Mapping[Place, int]) -> set[Place]:
    """The partitions whose tick, of these offsets, was not read in time: what the marketplace wrote before it is not known here.

    Of topics that this service follows; of the others it is the only writer.
    """
    left = await _left(database, ticks)
    for _ in range(LOOKS):
        if not left:
            break
        await asyncio.sleep(PAUSE)
        left = await _left(database, ticks)
    return left


async def _left(database: Database, ticks: Mapping[Place, int]) -> set[Place]:
    places = {place_id(*place): place for place in ticks}
    rows = await database[POSITIONS].find({"_id": {"$in": list(places)}}).to_list(None)
    read = {places[row["_id"]]: row["offset"] for row in rows}
    followed = {topic for topic, _ in read}
    # An acknowledgement of something sent twice names no offset.
    return {place for place, offset in ticks.items() if place[0] in followed and not 0 <= offset <= read.get(place, -1)}


async def write_again(
    database: Database, now: datetime, send: Callable[[list[Row]], Awaitable[None]], *, unread: Collection[Place] = ()
) -> int:
    """Send what is due by ``now``, and forget it when it is acknowledged; returns how many.

    A subject of which something newer is known keeps it: behind that the old tombstone would erase it for whoever reads later.
    What belongs into an ``unread`` partition, in which something newer may stand, waits.
    """
    sent = 0
    while rows := await database[TOMBSTONES].find({"due": {"$lte": now}}).sort("due", 1).limit(AT_ONCE).to_list(None):
        held = [row["_id"] for row in rows if (row["topic"], partition_of(row["key"].encode())) in unread]
        await database[TOMBSTONES].update_many({"_id": {"$in": held}}, {"$set": {"due": now + LATER}})
        rows = [row for row in rows if row["_id"] not in held]
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
    """Those whose subject was told of since, by this service or by the marketplace itself, be it in words that wait for a person."""
    alive = {(each["topic"], each["key"]) for each in await _told(database, rows)}
    subjects = [{"topic": row["topic"], "subject": row["key"]} for row in rows]
    parked = await database[PARKED].find({"$or": subjects}, {"topic": 1, "subject": 1}).to_list(None) if subjects else []
    alive |= {(each["topic"], each["subject"]) for each in parked}
    ids = [subject_id(row["topic"], row["key"]) for row in rows]
    read = {
        each["_id"]: each["time"] for each in await database[POSITIONS].find({"_id": {"$in": ids}, "time": {"$exists": True}}).to_list(None)
    }
    return {
        row["_id"]
        for row, id in zip(rows, ids, strict=True)
        if (row["topic"], row["key"]) in alive or (id in read and read[id] > datetime.fromisoformat(row["headers"]["ce_time"].decode()))
    }
