"""What is paused, on MongoDB: a row for each scope, none in quiet times."""

from collections.abc import Sequence

from parley_chassis.mongo import Unit

from notifier.domain.pauses import Pause

PAUSES = "pauses"


class MongoPauses:
    def __init__(self, unit: Unit) -> None:
        self._documents = unit.documents(PAUSES)

    async def every(self) -> Sequence[Pause]:
        rows = await self._documents.find({}, sort=[("_id", 1)])
        return [Pause(scope=row["_id"], since=row["since"], by=row["by"], reason=row["reason"]) for row in rows]

    def put(self, pause: Pause) -> None:
        self._documents.put({"_id": pause.scope, "since": pause.since, "by": pause.by, "reason": pause.reason})

    def remove(self, scope: str) -> None:
        self._documents.remove(scope)
