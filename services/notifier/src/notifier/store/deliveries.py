"""The outgoing post on MongoDB: the clock is an index that holds only what is still to be done."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import chain, zip_longest

from parley_chassis.mongo import Index, Order, Unit, beyond

from notifier.domain.delivery import Delivery
from notifier.domain.recipients import RecipientKind
from notifier.domain.words import State
from notifier.ports import Backlog, Looking
from notifier.store.rows import Row, delivery_of, delivery_row

DELIVERIES = "deliveries"
KEPT = timedelta(days=90)

_UNFINISHED = {"due": {"$exists": True}}
_UNTOUCHED = {"state": str(State.PENDING), "epoch": 0, "folds": 0}

NEWEST_FIRST: Order = [("created", -1), ("_id", -1)]

INDEXES = (
    Index(DELIVERIES, [("due", 1)], where=_UNFINISHED),
    Index(DELIVERIES, [("market", 1), ("due", 1)], where=_UNFINISHED),
    Index(DELIVERIES, [("recipient", 1), ("created", -1)]),
    Index(DELIVERIES, [("fold_key", 1)], where=_UNTOUCHED),
    Index(DELIVERIES, [("created", 1)], where={"untried": True}),
    Index(DELIVERIES, [("event_id", 1)]),
    Index(DELIVERIES, [("conversation_id", 1), ("created", -1)]),
    Index(DELIVERIES, [("market", 1), *NEWEST_FIRST]),
    Index(DELIVERIES, NEWEST_FIRST),
    Index(DELIVERIES, [("ended", 1)], expire_after=KEPT),
)


class MongoDeliveries:
    """The rows of one transaction. What a batch will ask for is asked once, before its first event."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._documents = unit.documents(DELIVERIES)
        self._new_events: set[str] = set()
        self._nothing_held: set[str] = set()
        self._nobody_unknown: set[str] = set()
        self.has_work = False
        """Whether this transaction leaves something for the dispatcher."""

    async def foresee(self, event_ids: Sequence[str], conversation_ids: Sequence[str], recipient_keys: Sequence[str]) -> None:
        """Learn with one query each for which of these there is nothing here, so that nobody asks one by one."""
        if event_ids:
            known = await self._documents.find({"event_id": {"$in": list(event_ids)}})
            self._new_events |= set(event_ids) - {row["event_id"] for row in known}
        if conversation_ids:
            held = await self._documents.find({"conversation_id": {"$in": list(conversation_ids)}, "held": True})
            self._nothing_held |= set(conversation_ids) - {row["conversation_id"] for row in held}
        if recipient_keys:
            unknown = await self._documents.find({"recipient": {"$in": list(recipient_keys)}, **_UNFINISHED, "unknown": True})
            self._nobody_unknown |= set(recipient_keys) - {row["recipient"] for row in unknown}

    async def get(self, id: str) -> Delivery | None:
        row = await self._documents.get(id)
        return delivery_of(row) if row else None

    async def load(self, ids: Iterable[str]) -> None:
        await self._documents.load(ids)

    async def add(self, deliveries: Sequence[Delivery]) -> None:
        """Keep those that are new; a row that exists stays as it is."""
        await self._documents.load(each.id for each in deliveries if each.event_id not in self._new_events)
        for each in deliveries:
            if each.event_id in self._new_events or await self._documents.get(each.id) is None:
                self.put(each)

    def put(self, delivery: Delivery) -> None:
        self._documents.put(delivery_row(delivery))
        self.has_work = self.has_work or delivery.due is not None
        if delivery.held:
            self._nothing_held.discard(delivery.conversation_id)
        if delivery.unknown:
            self._nobody_unknown.discard(delivery.recipient.key)

    def remove(self, id: str) -> None:
        self._documents.remove(id)

    async def due(self, at: datetime, markets: Sequence[str], limit: int) -> list[Delivery]:
        """What is due, the oldest first; where that is too much, an equal share for each market."""
        where: Row = {"due": {"$lte": at}}
        rows = await self._documents.find({**where, "market": {"$in": list(markets)}}, sort=[("due", 1)], limit=limit)
        if len(rows) >= limit and len(markets) > 1:
            shares = [await self._documents.find({**where, "market": each}, sort=[("due", 1)], limit=limit) for each in markets]
            rows = [row for row in chain.from_iterable(zip_longest(*shares)) if row][:limit]
        return [delivery_of(row) for row in rows]

    async def next_due(self, markets: Sequence[str]) -> datetime | None:
        rows = await self._documents.find({**_UNFINISHED, "market": {"$in": list(markets)}}, sort=[("due", 1)], limit=1)
        return rows[0]["due"] if rows else None

    async def backlog(self, at: datetime, markets: Sequence[str]) -> Backlog:
        """Counted in the database, for a person who asks: there may be very many."""
        due, later = [await self._count({"due": when, "market": {"$in": list(markets)}}) for when in ({"$lte": at}, {"$gt": at})]
        return Backlog(due, later)

    async def _count(self, where: Row) -> int:
        return int(await self._unit.database[DELIVERIES].count_documents(where, session=self._unit.session))

    async def untried_since(self, markets: Sequence[str]) -> datetime | None:
        rows = await self._documents.find({"untried": True, "market": {"$in": list(markets)}}, sort=[("created", 1)], limit=1)
        return delivery_of(rows[0]).begun if rows else None

    async def foldable(self, fold_keys: Sequence[str], limit: int) -> list[Delivery]:
        if not fold_keys:
            return []
        rows = await self._documents.find({"fold_key": {"$in": list(fold_keys)}, **_UNTOUCHED}, limit=limit)
        return [delivery_of(row) for row in rows]

    async def held(self, conversation_id: str) -> list[Delivery]:
        if conversation_id in self._nothing_held:
            return []
        return [delivery_of(row) for row in await self._documents.find({"conversation_id": conversation_id, "held": True})]

    async def unknown(self, recipient_keys: Sequence[str]) -> list[Delivery]:
        keys = [key for key in recipient_keys if key not in self._nobody_unknown]
        if not keys:
            return []
        rows = await self._documents.find({"recipient": {"$in": keys}, **_UNFINISHED, "unknown": True})
        return [delivery_of(row) for row in rows]

    async def unfinished(self, recipient_key: str) -> list[Delivery]:
        return [delivery_of(row) for row in await self._documents.find({"recipient": recipient_key, **_UNFINISHED})]

    async def look(self, looking: Looking) -> list[Delivery]:
        where: Row = {}
        if looking.markets is not None:
            where["market"] = {"$in": sorted(looking.markets)}
        if looking.conversation_id:
            where["conversation_id"] = looking.conversation_id
        if looking.recipient_id:
            where["recipient"] = {"$in": [f"{kind}:{looking.recipient_id}" for kind in RecipientKind]}
        if looking.states:
            where["state"] = {"$in": [str(state) for state in looking.states]}
        rows = await self._documents.find(where | beyond(NEWEST_FIRST, looking.after), sort=NEWEST_FIRST, limit=looking.limit)
        return [delivery_of(row) for row in rows]
