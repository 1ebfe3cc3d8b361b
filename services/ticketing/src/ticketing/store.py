"""The ports of ticketing on MongoDB."""

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from parley_chassis.mongo import Index, Unit
from parley_chassis.parking import PARKED
from parley_contracts import topics
from parley_contracts.envelope import Envelope
from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.words import Category, State
from parley_conversation.store import INDEXES as CONVERSATION_INDEXES
from parley_conversation.store import MongoTransaction, Writers
from parley_conversation.store.conversations import CONVERSATIONS, conversation_of
from parley_conversation.store.transaction import Publish

from ticketing.domain.market import TicketMarket
from ticketing.domain.marketplace import About, Word
from ticketing.domain.orders import Address, Order, OrderLine, OrderState, Refund, RefundState

ORDERS = "orders"

INDEXES = (
    *CONVERSATION_INDEXES,
    Index(CONVERSATIONS, [("about.order_id", 1), ("seller_id", 1)], where={"about.order_id": {"$exists": True}}),
    Index(ORDERS, [("buyer_id", 1)], where={"buyer_id": {"$exists": True}}),
    # How long an erasure is remembered, so that an older record cannot undo it.
    Index(ORDERS, [("erased_at", 1)], expire_after=timedelta(days=30)),
)

Tell = Callable[[Word, datetime, str], Envelope]
"""Makes the event of the marketplace's word; the last argument is its cause."""

_ORDER = "about.order_id"
_TOPICS = {About.PARTY: topics.PARTIES, About.ORDER: topics.ORDERS}


class MongoTickets(MongoTransaction):
    """One transaction of this service."""

    markets: Mapping[str, TicketMarket]

    def __init__(self, unit: Unit, *, markets: Mapping[str, TicketMarket], writers: Writers, publish: Publish, tell: Tell) -> None:
        super().__init__(unit, markets=markets, writers=writers, publish=publish, topic=topics.TICKETS)
        self.orders = MongoOrders(unit)
        self.tickets = _Tickets(unit)
        self.inlet = _Inlet(unit, tell)

    async def prefetch(self, ids: Sequence[str]) -> None:
        """Orders, too, with their tickets and shops."""
        await super().prefetch(ids)
        await self.orders.load(ids)
        orders = [order for order in [await self.orders.get(id) for id in ids] if order is not None]
        await self.tickets.load([order.id for order in orders])
        await self.parties.load(sorted({shop for order in orders for shop in order.sellers}))

    async def in_contact_window(self, conversation: Conversation, at: datetime) -> bool:
        """The order is open or recent; an order that was erased is neither."""
        order = await self.orders.get(conversation.about.order_id or "")
        return order is not None and self.markets[conversation.market].may_contact(order, at)


class _Tickets:
    def __init__(self, unit: Unit) -> None:
        self._documents = unit.documents(CONVERSATIONS)

    async def load(self, order_ids: Iterable[str]) -> None:
        await self._documents.load_by(_ORDER, order_ids)

    async def open_about(self, order_id: str, seller_id: str, category: Category) -> Conversation | None:
        over = (State.CLOSED, State.FINAL)
        asked = (each for each in await self.of_order(order_id, {seller_id}) if each.buyer_wrote_at is not None)
        return next((each for each in asked if each.category is category and each.state not in over), None)

    async def of_order(self, order_id: str, seller_ids: Collection[str]) -> tuple[Conversation, ...]:
        rows = [row for row in await self._documents.by(_ORDER, order_id) if row["seller_id"] in seller_ids]
        return tuple(conversation_of(row) for row in sorted(rows, key=lambda row: (row["opened_at"], row["_id"])))


class _Inlet:
    def __init__(self, unit: Unit, tell: Tell) -> None:
        self._unit = unit
        self._tell = tell

    def tell(self, word: Word, at: datetime, cause: str) -> None:
        self._unit.outbox.add(self._tell(word, at, cause), _TOPICS[word.about], written=self._unit.now)


class MongoOrders:
    """Orders as the marketplace told them; an erased one leaves its id and the time."""

    def __init__(self, unit: Unit) -> None:
        self._outbox = unit.outbox
        self._documents = unit.documents(ORDERS)
        self._parked = unit.documents(PARKED)

    async def get(self, id: str) -> Order | None:
        row = await self._documents.get(id)
        return None if row is None or "erased_at" in row else _order_of(row)

    async def load(self, ids: Iterable[str]) -> None:
        await self._documents.load(ids)

    async def time_of(self, id: str) -> datetime | None:
        row = await self._documents.get(id)
        return row["time"] if row else None

    async def of_buyer(self, buyer_id: str, *, until: datetime | None = None, limit: int) -> tuple[Order, ...]:
        filter: dict[str, Any] = {"buyer_id": buyer_id} if until is None else {"buyer_id": buyer_id, "time": {"$lte": until}}
        return tuple(_order_of(row) for row in await self._documents.find(filter, limit=limit))

    async def drop_parked(self, buyer_id: str) -> tuple[str, ...]:
        named = _naming(buyer_id)
        rows = [row for row in await self._parked.find({"topic": topics.ORDERS.name}) if named.search(row["value"] or b"")]
        for row in rows:
            self._parked.remove(row["_id"])
        return tuple(dict.fromkeys(row["subject"] for row in rows))

    def put(self, order: Order) -> None:
        self._documents.put({**_document_of(order), "claims": 0})

    def erase(self, id: str, at: datetime) -> None:
        self._documents.put({"_id": id, "time": at, "erased_at": at})
        self._outbox.withdraw(topics.ORDERS, id)

    async def claim(self, id: str) -> None:
        row = await self._documents.get(id)
        if row is not None:
            self._documents.put({**row, "claims": row["claims"] + 1})


def _naming(buyer_id: str) -> re.Pattern[bytes]:
    """Finds this buyer in a record that nobody could read: it may be any JSON, or none."""
    written = {json.dumps(buyer_id, ensure_ascii=ascii_alone).encode() for ascii_alone in (True, False)}
    return re.compile(rb'"buyer_id"\s*:\s*(?:' + b"|".join(map(re.escape, written)) + b")")


def _document_of(order: Order) -> dict[str, Any]:
    row = asdict(order)
    row["_id"] = row.pop("id")
    row["state"] = order.state.value
    for line in row["lines"]:
        if line["refund"]:
            line["refund"]["state"] = line["refund"]["state"].value
    return row


def _order_of(row: Mapping[str, Any]) -> Order:
    known = {name: value for name, value in row.items() if name not in ("_id", "claims")}
    address = row["delivery_address"]
    return Order(
        **{
            **known,
            "id": row["_id"],
            "state": OrderState(row["state"]),
            "lines": tuple(_line_of(line) for line in row["lines"]),
            "delivery_address": Address(**{**address, "lines": tuple(address["lines"])}) if address else None,
        }
    )


def _line_of(row: Mapping[str, Any]) -> OrderLine:
    refund = row["refund"]
    return OrderLine(**{**row, "refund": Refund(**{**refund, "state": RefundState(refund["state"])}) if refund else None})
