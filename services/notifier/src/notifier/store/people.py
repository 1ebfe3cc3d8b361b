"""The address book on MongoDB: the only place of this service that knows how somebody is reached."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from parley_chassis.mongo import Index, Unit

from notifier.domain.recipients import Party
from notifier.store.rows import gone_row, party_of, party_row

PEOPLE = "people"
GONE_KEPT = NOBODY_KEPT = timedelta(days=30)

INDEXES = (
    Index(PEOPLE, [("seller_id", 1)], where={"seller_id": {"$exists": True}}),
    Index(PEOPLE, [("until", 1)], expire_after=timedelta()),
)


class MongoAddressBook:
    def __init__(self, unit: Unit) -> None:
        self._documents = unit.documents(PEOPLE)
        self._now = unit.now
        self._members: dict[str, list[str]] = {}

    async def foresee(self, ids: Iterable[str], seller_ids: Sequence[str]) -> None:
        """Read these people, and the members of these shops, with one query each."""
        await self._documents.load(ids)
        if seller_ids:
            rows = await self._documents.find({"seller_id": {"$in": list(seller_ids)}})
            self._members |= {id: [row["_id"] for row in rows if row["seller_id"] == id] for id in seller_ids}

    async def get(self, id: str) -> Party | None:
        row = await self._documents.get(id)
        return party_of(row) if row and "name" in row else None

    async def load(self, ids: Iterable[str]) -> None:
        await self._documents.load(ids)

    async def members(self, seller_id: str) -> list[Party]:
        if seller_id not in self._members:
            await self.foresee((), [seller_id])
        return [member for id in self._members[seller_id] if (member := await self.get(id))]

    async def as_of(self, id: str) -> datetime | None:
        row = await self._documents.get(id)
        return row.get("as_of") if row else None

    async def is_gone(self, id: str) -> bool:
        row = await self._documents.get(id)
        return row is not None and row.get("gone", False)

    async def touch(self, id: str) -> None:
        """Write the row anew, whoever it is: of two transactions that do, one sees what the other did."""
        row = await self._documents.get(id) or {"_id": id, "until": self._now + NOBODY_KEPT}
        self._documents.put(row | {"touched": self._now})

    def put(self, party: Party) -> None:
        self._documents.put(party_row(party))
        self._members.clear()

    def erase(self, id: str, as_of: datetime) -> None:
        self._documents.put(gone_row(id, as_of, as_of + GONE_KEPT))
        self._members.clear()
