"""Doubles and builders for tests of ticketing."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.words import Category, State
from parley_conversation.testing.builders import NOW
from parley_conversation.testing.doubles import InMemoryTransaction, Tables

from ticketing.domain.market import TicketMarket
from ticketing.domain.marketplace import Word
from ticketing.domain.orders import Address, Order, OrderLine, OrderState

A_MARKET = TicketMarket(contact_window=timedelta(days=30), question_window=timedelta(days=120), language="de")


class _Orders:
    def __init__(self, rows: dict[Any, Any], parked: dict[Any, Any]) -> None:
        self._rows: dict[str, Order | datetime] = rows
        self._parked: dict[str, str] = parked

    async def get(self, id: str) -> Order | None:
        row = self._rows.get(id)
        return row if isinstance(row, Order) else None

    async def load(self, ids: Iterable[str]) -> None:
        """Everything is at hand."""

    async def time_of(self, id: str) -> datetime | None:
        row = self._rows.get(id)
        return row.time if isinstance(row, Order) else row

    async def of_buyer(self, buyer_id: str, *, until: datetime | None = None, limit: int) -> tuple[Order, ...]:
        theirs = (row for row in self._rows.values() if isinstance(row, Order) and row.buyer_id == buyer_id)
        return tuple(each for each in theirs if until is None or each.time <= until)[:limit]

    async def drop_parked(self, buyer_id: str) -> tuple[str, ...]:
        found = tuple(id for id, whose in self._parked.items() if whose == buyer_id)
        for id in found:
            del self._parked[id]
        return found

    def put(self, order: Order) -> None:
        self._rows[order.id] = order

    def erase(self, id: str, at: datetime) -> None:
        self._rows[id] = at

    async def claim(self, id: str) -> None:
        """One transaction runs at a time here."""


class _Tickets:
    def __init__(self, rows: dict[Any, Any]) -> None:
        self._rows: dict[str, Conversation] = rows

    async def open_about(self, order_id: str, seller_id: str, category: Category) -> Conversation | None:
        about = (order_id, seller_id, category)
        closed = (State.CLOSED, State.FINAL)
        same = (it for it in self._rows.values() if (it.about.order_id, it.seller_id, it.category) == about and it.listed)
        return next((it for it in same if it.state not in closed), None)

    async def of_order(self, order_id: str, seller_ids: Collection[str]) -> tuple[Conversation, ...]:
        found = (it for it in self._rows.values() if it.about.order_id == order_id and it.seller_id in seller_ids)
        return tuple(sorted(found, key=lambda it: (it.opened_at, it.id)))


class _Inlet:
    def __init__(self, rows: dict[Any, Any]) -> None:
        self._rows: dict[str, tuple[Word, datetime, str]] = rows

    def tell(self, word: Word, at: datetime, cause: str) -> None:
        self._rows[word.event_id] = (word, at, cause)


class InMemoryTicketing(InMemoryTransaction):
    """One transaction of ticketing, on tables in memory."""

    markets: Mapping[str, TicketMarket]

    def __init__(self, tables: Tables, now: datetime, markets: Mapping[str, TicketMarket]) -> None:
        super().__init__(tables, now, markets)
        self.orders = _Orders(self.table("orders"), self.table("parked"))
        self.tickets = _Tickets(self.table("conversations"))
        self.inlet = _Inlet(self.table("told"))

    async def in_contact_window(self, conversation: Conversation, at: datetime) -> bool:
        order = await self.orders.get(conversation.about.order_id or "")
        return order is not None and self.markets[conversation.market].may_contact(order, at)


def a_line(id: str, seller_id: str = "seller-1", **changes: Any) -> OrderLine:
    return replace(OrderLine(id=id, seller_id=seller_id, product_id=f"p-{id}", title="Teapot", quantity=2, price_minor=1999), **changes)


def an_order(**changes: Any) -> Order:
    """An open order of buyer-1 with two lines of seller-1 and one of seller-2."""
    return replace(
        Order(
            id="order-1",
            number="4711",
            buyer_id="buyer-1",
            state=OrderState.OPEN,
            currency="EUR",
            market="de",
            placed_at=NOW - timedelta(days=3),
            lines=(a_line("line-1"), a_line("line-2"), a_line("line-3", "seller-2")),
            time=NOW - timedelta(days=3),
            transaction_id="tx-1",
            delivery_country="DE",
            delivery_address=Address(name="Bea Buyer", lines=("Weg 1",), postal_code="10115", city="Berlin", country="DE"),
        ),
        **changes,
    )
