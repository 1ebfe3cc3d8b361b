"""How sellers do: one document each, the ratings, and what is counted of their cycles."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Protocol

from parley_chassis import telemetry
from parley_chassis.mongo import Unit
from parley_chassis.mongo.driver import aggregate
from parley_contracts import topics
from parley_contracts.envelope import Envelope

from sla_monitor.domain.performance import AssessedDay, Change, Figures, Health, Limits, Performance, Rating, Wait, Window
from sla_monitor.domain.words import Outcome, Side
from sla_monitor.store.documents import Document, belated
from sla_monitor.store.indexes import CYCLES, RATINGS, SELLERS

HEAD = "#assessed"
"""The document that says how far all sellers were assessed. No party has such an id: it is in the index of none."""

CHANGES = telemetry.counter("parley_seller_health_changes_total", "Sellers whose health changed, by what it is now", ["market", "state"])

_WANTED = {
    "conversation_id": 1,
    "market": 1,
    "ordinal": "$cycle.ordinal",
    "due": "$cycle.due",
    "overdue": {"$ne": ["$cycle.overdue", None]},
    "settled": {"at": 1, "outcome": 1},
}


class Announce(Protocol):
    """Makes the event of a change."""

    def __call__(self, change: Change, *, at: datetime) -> Envelope: ...


class MongoSellers:
    """The sellers inside one transaction."""

    def __init__(self, unit: Unit, announce: Announce | None) -> None:
        self._unit = unit
        self._rows = unit.documents(SELLERS)
        self._ratings = unit.documents(RATINGS)
        self._announce = announce

    async def get(self, seller_id: str) -> Performance | None:
        row = await self._rows.get(seller_id) if seller_id != HEAD else None
        return performance_of(row) if row else None

    async def waits(self, seller_id: str, window: Window) -> list[Wait]:
        own = {"seller_id": seller_id, "cycle.owed_by": Side.SELLER.value}
        counted: list[Document] = [{**own, "standing": "settled", "at": {"$gte": window.begin}}, {**own, "standing": "overdue"}]
        rows = await self._read([{"$match": {"$or": counted}}, {"$project": _WANTED}])
        resumed = await self._resumed([row for row in rows if _outcome(row) is Outcome.CLOSED_WITHOUT_REPLY])
        return [
            Wait(
                market=row["market"],
                due=row["due"],
                overdue=row["overdue"],
                ended=row["settled"]["at"] if "settled" in row else None,
                outcome=_outcome(row),
                resumed=resumed.get((row["conversation_id"], row["ordinal"] + 1)),
            )
            for row in rows
        ]

    async def _resumed(self, rows: list[Document]) -> dict[tuple[str, int], datetime]:
        """When each cycle of these conversations began."""
        if not rows:
            return {}
        within = {"conversation_id": {"$in": sorted({row["conversation_id"] for row in rows})}}
        wanted = {"conversation_id": 1, "ordinal": "$cycle.ordinal", "start": "$cycle.start"}
        found = await self._read([{"$match": within}, {"$project": wanted}])
        return {(row["conversation_id"], row["ordinal"]): row["start"] for row in found}

    async def _read(self, pipeline: list[Mapping[str, Any]]) -> list[Document]:
        return await aggregate(self._unit.database, CYCLES, pipeline, session=self._unit.session)

    async def ratings(self, seller_id: str, window: Window) -> list[Rating]:
        rows = await self._ratings.find({"seller_id": seller_id, "at": {"$gte": window.begin, "$lt": window.end}})
        return [rating_of(row) for row in rows]

    async def assessed(self) -> AssessedDay | None:
        row = await self._rows.get(HEAD)
        # A row without it is of a version that did not note it: from the end of its day on nothing is missed.
        return AssessedDay(row["day"].date(), row.get("began", row["day"] + timedelta(days=1))) if row else None

    def rate(self, rating: Rating) -> None:
        self._ratings.put(document_of_rating(rating) | belated(rating.at, self._unit.now))

    def put(self, performance: Performance) -> None:
        self._rows.put(document_of_performance(performance))

    def tell(self, change: Change) -> None:
        self._unit.once_committed.append(CHANGES.labels(change.after.market, change.after.health.value).inc)
        if self._announce:
            self._unit.outbox.add(self._announce(change, at=self._unit.now), topics.SELLERS)

    def finish(self, assessed: AssessedDay) -> None:
        self._rows.put({"_id": HEAD, "day": _midnight(assessed.day), "began": assessed.began})


def document_of_performance(performance: Performance) -> Document:
    return {
        "_id": performance.seller_id,
        "market": performance.market,
        "day": _midnight(performance.day),
        "health": performance.health.value,
        "figures": asdict(performance.figures),
        "limits": asdict(performance.limits),
        "since": _midnight(performance.since),
    }


def performance_of(row: Mapping[str, Any]) -> Performance:
    return Performance(
        seller_id=row["_id"],
        market=row["market"],
        day=row["day"] and row["day"].date(),
        health=Health(row["health"]),
        figures=Figures(**row["figures"]),
        limits=Limits(**row["limits"]),
        since=row["since"] and row["since"].date(),
    )


def document_of_rating(rating: Rating) -> Document:
    row = asdict(rating)
    return row | {"_id": row.pop("event_id"), "side": rating.side.value if rating.side else None}


def rating_of(row: Mapping[str, Any]) -> Rating:
    given = {name: value for name, value in row.items() if name not in ("_id", "side", "belated")}
    return Rating(event_id=row["_id"], side=Side(row["side"]) if row["side"] else None, **given)


def _outcome(row: Mapping[str, Any]) -> Outcome | None:
    return Outcome(row["settled"]["outcome"]) if "settled" in row else None


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), UTC)
