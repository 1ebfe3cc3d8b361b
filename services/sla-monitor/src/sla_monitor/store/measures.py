"""What the clock's metrics tell of the whole database: how many clocks stand still, and how far the log was provably read."""

from parley_chassis import telemetry
from parley_chassis.mongo import Database
from parley_chassis.positions import POSITIONS, place_id
from parley_contracts.topics import PARTITIONS

from sla_monitor.store.indexes import CONVERSATIONS, FROZEN
from sla_monitor.store.transaction import CARRIERS

STANDING = telemetry.gauge("parley_frozen_clocks", "Conversations whose clock stands still because one of their records is parked")
READ_TO = telemetry.gauge(
    "parley_clock_read_to_timestamp_seconds",
    "The watermark of the topic's partition that is furthest behind; 0 while one has none",
    ["topic"],
)


class Measures:
    """Takes them; every replica sees the same."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self) -> None:
        """Small queries, whose cost does not depend on how many conversations there are."""
        STANDING.set(await self._database[CONVERSATIONS].count_documents(FROZEN))
        for topic in CARRIERS:
            places = {"_id": {"$in": [place_id(topic.name, number) for number in range(PARTITIONS)]}}
            rows = await self._database[POSITIONS].find(places, {"watermark": 1}).to_list(None)
            found = [row["watermark"] for row in rows if row["watermark"]]
            READ_TO.labels(topic.name).set(min(found).timestamp() if len(found) == PARTITIONS else 0)
