"""Whether anything is due: one small query outside any transaction."""

from collections.abc import Mapping
from datetime import datetime

from parley_chassis.mongo import Database

from sla_monitor.store.indexes import CONVERSATIONS


class Due:
    """Asks the index of next instants. Its cost does not depend on how many cycles are open."""

    def __init__(self, database: Database) -> None:
        self._rows = database[CONVERSATIONS]

    async def nothing(self, marks: Mapping[tuple[str, int], datetime]) -> bool:
        """Whether time changes no conversation of these partitions before its watermark."""
        places = [{"topic": topic, "partition": partition, "next": {"$lt": at}} for (topic, partition), at in marks.items()]
        return await self._rows.find_one({"$or": places}, {"_id": 1}) is None
