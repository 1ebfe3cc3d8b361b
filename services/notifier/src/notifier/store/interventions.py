"""The history of what people did about mails, on MongoDB."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from parley_chassis.mongo import Index, Order, Unit, beyond

from notifier.domain.intervention import Intervention, Verb
from notifier.store.rows import Row

INTERVENTIONS = "interventions"
KEPT = timedelta(days=25 * 31)

NEWEST_FIRST: Order = [("at", -1), ("_id", -1)]

INDEXES = (
    Index(INTERVENTIONS, [("target", 1), *NEWEST_FIRST]),
    Index(INTERVENTIONS, [("market", 1), *NEWEST_FIRST]),
    Index(INTERVENTIONS, [("at", 1)], expire_after=KEPT),
)


class MongoInterventions:
    def __init__(self, unit: Unit) -> None:
        self._documents = unit.documents(INTERVENTIONS)

    async def get(self, id: str) -> Intervention | None:
        row = await self._documents.get(id)
        return _intervention_of(row) if row else None

    async def look(
        self, markets: frozenset[str] | None, *, target: str | None, after: tuple[datetime, str] | None, limit: int
    ) -> Sequence[Intervention]:
        where: Row = {}
        if markets is not None:
            where["market"] = {"$in": sorted(markets)}
        if target:
            where["target"] = target
        rows = await self._documents.find(where | beyond(NEWEST_FIRST, after), sort=NEWEST_FIRST, limit=limit)
        return [_intervention_of(row) for row in rows]

    def add(self, done: Intervention) -> None:
        named = ("at", "by", "market", "reason", "before", "target")
        self._documents.put({"_id": done.id, "verb": str(done.verb), **{name: getattr(done, name) for name in named}})


def _intervention_of(row: Row) -> Intervention:
    return Intervention(
        id=row["_id"],
        at=row["at"],
        by=row["by"],
        verb=Verb(row["verb"]),
        target=row["target"],
        market=row["market"],
        reason=row["reason"],
        before=row["before"],
    )
