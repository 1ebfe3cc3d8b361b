"""The cycles as people look them up: one row each, as it stands after its latest fact."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from parley_chassis.mongo import Unit, beyond
from parley_chassis.mongo.driver import aggregate

from sla_monitor.domain.responses import UNSETTLED, Count, Place, Response, Sight, Standing, Wanted
from sla_monitor.domain.words import Side
from sla_monitor.store.documents import Document, belated, document_of_response, response_of
from sla_monitor.store.indexes import CYCLES


class MongoResponses:
    """The rows inside one transaction."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._rows = unit.documents(CYCLES)

    async def get(self, id: str) -> Response | None:
        row = await self._rows.get(id)
        return response_of(row) if row else None

    async def page(self, sight: Sight, wanted: Wanted, after: Place | None, limit: int) -> list[Response]:
        direction = -1 if wanted.standings == (Standing.SETTLED,) else 1
        order = [("at", direction), ("_id", direction)]
        rows = await self._rows.find({"$and": [_filter(sight, wanted), beyond(order, after)]}, sort=order, limit=limit)
        return [response_of(row) for row in rows]

    async def due_within(self, due_from: datetime, due_to: datetime) -> dict[Standing, int]:
        among = {"standing": {"$in": [standing.value for standing in UNSETTLED]}, "at": {"$gte": due_from, "$lte": due_to}}
        pipeline: list[Mapping[str, Any]] = [{"$match": among}, {"$group": {"_id": "$standing", "count": {"$sum": 1}}}]
        rows = await aggregate(self._unit.database, CYCLES, pipeline, session=self._unit.session)
        return {Standing(row["_id"]): row["count"] for row in rows}

    async def counts(self, sight: Sight, wanted: Wanted) -> list[Count]:
        group = {"standing": "$standing", "market": "$market", "owed_by": "$cycle.owed_by", "category": "$category"}
        pipeline: list[Mapping[str, Any]] = [{"$match": _filter(sight, wanted)}, {"$group": {"_id": group, "count": {"$sum": 1}}}]
        rows = await aggregate(self._unit.database, CYCLES, pipeline, session=self._unit.session)
        return [
            Count(Standing(kind["standing"]), kind["market"], Side(kind["owed_by"]), kind["category"], row["count"])
            for row in rows
            for kind in [row["_id"]]
        ]

    def put(self, response: Response, *, told_at: datetime) -> None:
        self._rows.put(document_of_response(response) | belated(min(response.orders_by, response.cycle.due), told_at))


def _filter(sight: Sight, wanted: Wanted) -> Document:
    """What is wanted, within what may be seen."""
    named = {
        "market": wanted.market,
        "seller_id": wanted.seller_id,
        "conversation_id": wanted.conversation_id,
        "cycle.owed_by": wanted.owed_by.value if wanted.owed_by else None,
        "category": wanted.category,
    }
    found: Document = {"standing": {"$in": [standing.value for standing in wanted.standings]}}
    found |= {name: value for name, value in named.items() if value is not None}
    if not sight.everything:
        seen = [{name: {"$in": sorted(ids)}} for name, ids in (("market", sight.markets), ("seller_id", sight.sellers)) if ids]
        found["$or"] = seen or [{"_id": {"$in": []}}]
    return found
