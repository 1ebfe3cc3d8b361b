"""Dead addresses on MongoDB, under their hash: nobody can read one, support sees it masked."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from parley_chassis.mongo import Index, Order, Unit, beyond

from notifier.domain.dead_addresses import DeadAddress, hashed
from notifier.store.rows import Row

DEAD_ADDRESSES = "dead_addresses"

NEWEST_FIRST: Order = [("since", -1), ("_id", -1)]

INDEXES = (
    Index(DEAD_ADDRESSES, [("market", 1), *NEWEST_FIRST]),
    Index(DEAD_ADDRESSES, NEWEST_FIRST),
    Index(DEAD_ADDRESSES, [("recipient_id", 1)]),
    Index(DEAD_ADDRESSES, [("until", 1)], expire_after=timedelta()),
)


class MongoDeadAddresses:
    def __init__(self, unit: Unit) -> None:
        self._documents = unit.documents(DEAD_ADDRESSES)

    async def load(self, addresses: Iterable[str]) -> None:
        await self._documents.load(hashed(address) for address in addresses)

    async def get(self, id: str) -> DeadAddress | None:
        row = await self._documents.get(id)
        return _address_of(row) if row else None

    async def look(
        self, at: datetime, markets: frozenset[str] | None, *, recipient_id: str | None, after: tuple[datetime, str] | None, limit: int
    ) -> Sequence[DeadAddress]:
        where: Row = {"dead": True, "until": {"$gt": at}}
        if markets is not None:
            where["market"] = {"$in": sorted(markets)}
        if recipient_id:
            where["recipient_id"] = recipient_id
        rows = await self._documents.find(where | beyond(NEWEST_FIRST, after), sort=NEWEST_FIRST, limit=limit)
        return [_address_of(row) for row in rows]

    def put(self, address: DeadAddress) -> None:
        named = ("masked", "market", "recipient_id", "reason", "dead", "since", "until")
        row = {name: getattr(address, name) for name in named}
        self._documents.put({"_id": address.id, "refused": list(address.refused), **row})

    def remove(self, id: str) -> None:
        self._documents.remove(id)

    async def forget(self, recipient_id: str) -> None:
        for row in await self._documents.find({"recipient_id": recipient_id}):
            self._documents.remove(row["_id"])


def _address_of(row: Row) -> DeadAddress:
    return DeadAddress(
        id=row["_id"],
        masked=row["masked"],
        market=row["market"],
        recipient_id=row["recipient_id"],
        reason=row["reason"],
        refused=tuple(row["refused"]),
        dead=row["dead"],
        until=row["until"],
    )
