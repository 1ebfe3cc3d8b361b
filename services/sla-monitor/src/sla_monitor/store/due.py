"""Whether anything is due: one small query outside any transaction."""

from collections.abc import Mapping
from datetime import datetime

from parley_chassis.mongo import Database
from parley_contracts.topics import PARTITIONS

from sla_monitor.store.indexes import CONVERSATIONS, POLICIES
from sla_monitor.store.policies import HEAD
from sla_monitor.store.transaction import CARRIERS


class Due:
    """Asks the index of next instants. Its cost does not depend on how many cycles are open.

    As long as a declared outage waits for a partition nothing is quiet: ``look``, done now and then, finds out. Whoever
    ``rereads`` a log meets each outage again at its place, so that nothing is quiet where there ever was one.
    """

    def __init__(self, database: Database, *, rereads: bool = False) -> None:
        self._rows = database[CONVERSATIONS]
        self._book = database[POLICIES]
        self._rereads = rereads
        self._excusing = False

    async def look(self) -> None:
        """See whether a declared outage has yet to take effect somewhere."""
        head = await self._book.find_one({"_id": HEAD}) or {}
        declared, begun = head.get("declared", 0), head.get("begun", 0)
        self._excusing = bool(declared) if self._rereads else begun < declared * len(CARRIERS) * PARTITIONS

    async def nothing(self, marks: Mapping[tuple[str, int], datetime]) -> bool:
        """Whether time changes no conversation of these partitions before its watermark."""
        if self._excusing:
            return False
        places = [{"topic": topic, "partition": partition, "next": {"$lt": at}} for (topic, partition), at in marks.items()]
        return await self._rows.find_one({"$or": places}, {"_id": 1}) is None
