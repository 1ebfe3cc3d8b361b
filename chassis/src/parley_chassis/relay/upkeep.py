"""What the relay does beside publishing: removes what was published long ago, and keeps compacted topics moving."""

from datetime import datetime, timedelta
from uuid import uuid4

from parley_contracts.topics import Tier, Topic
from parley_contracts.watermark import TICK_KEY, tick_record

from parley_chassis.mongo.driver import Database, database_now
from parley_chassis.outbox import HEARTBEAT, KEPT, OUTBOX
from parley_chassis.relay.sending import Sender

CHUNK = 1_000
TICK_EVERY = timedelta(hours=1)


async def remove_old(database: Database, published_until: datetime) -> int:
    """Delete rows older than seven days and below what is known to be published; returns how many."""
    before = min(await database_now(database) - KEPT, published_until)
    outbox, removed = database[OUTBOX], 0
    while True:
        old = await outbox.find({"_id": {"$ne": HEARTBEAT}, "at": {"$lt": before}}, {"_id": 1}).sort("at", 1).limit(CHUNK).to_list(None)
        if not old:
            return removed
        await outbox.delete_many({"_id": {"$in": [row["_id"] for row in old]}})
        removed += len(old)


async def tick(sender: Sender, topics: list[Topic], source: str, now: datetime) -> dict[tuple[str, int], int]:
    """A record in each partition of each restricted topic: a segment rolls only on append, an erased address would stay otherwise.

    Returns their offsets by topic and partition.
    """
    ticks = {}
    for topic in topics:
        headers, value = tick_record(id=str(uuid4()), source=source, time=now)
        sent = await sender.everywhere(topic, TICK_KEY, headers, value)
        ticks.update({(topic.name, partition): each.offset for partition, each in enumerate(sent)})
    return ticks


def ticking(topics: tuple[Topic, ...]) -> list[Topic]:
    """The topics that need ticks."""
    return [topic for topic in topics if topic.tier is Tier.RESTRICTED]
