"""Whose figures a day can have changed: asked of the cycles and ratings of a few days, never of all sellers."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from parley_chassis.mongo import Database
from parley_chassis.mongo.driver import aggregate, session

from sla_monitor.domain.performance import REOPENED_WITHIN, Window
from sla_monitor.domain.policy import BEGINNING
from sla_monitor.store.documents import Document
from sla_monitor.store.indexes import CLOSED_WITHOUT_REPLY, CYCLES, RATINGS

_DAY = timedelta(days=1)

UNDER_WAY = timedelta(minutes=1)
"""Longer than a transaction lasts: what it tells bears the time of its beginning, and is seen from its end on."""


class Touched:
    """Finds them. What it costs follows from what happened in those days."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, day: date, *, known: datetime | None) -> list[str]:
        """The sellers of whom something began or ceased to count, or became ``known`` since; None: all of whom anything counts."""
        window, first = Window(day), known is None
        begin, end = window.begin, window.end
        came: Document = {"$gte": begin if first else end - _DAY, "$lt": end}
        fell_due: Document = {"$gte": BEGINNING, "$lt": end} if first else came
        went: Document = {"$gte": begin - _DAY, "$lt": begin}
        belated: list[Document] = [{"belated": {"$gte": known - UNDER_WAY}}] if known else []
        cycles = [
            {"standing": "settled", "at": came},
            {"standing": "settled", "at": went},
            {"standing": "overdue", "at": fell_due},
            {"standing": "settled", "at": {"$gte": end}, "cycle.due": fell_due},
            *belated,
            {**CLOSED_WITHOUT_REPLY, "settled.at": {"$gte": end - _DAY - REOPENED_WITHIN, "$lt": end}},
        ]
        # One instant for all: a cycle that ends meanwhile must not be missed by both of two questions.
        async with session(self._database.client, snapshot=True) as opened:
            found: set[str] = set()
            for collection, among in ((CYCLES, cycles), (RATINGS, [{"at": came}, {"at": went}, *belated])):
                pipeline: list[Mapping[str, Any]] = [{"$match": {"$or": among}}, {"$group": {"_id": "$seller_id"}}]
                found.update(row["_id"] for row in await aggregate(self._database, collection, pipeline, session=opened))
        return sorted(found)
