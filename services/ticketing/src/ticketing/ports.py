"""What the use cases of ticketing need from the world, beside the kernel's ports."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Protocol

from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.words import Category
from parley_conversation.ports import Transaction

from ticketing.domain.market import TicketMarket
from ticketing.domain.marketplace import Word
from ticketing.domain.orders import Order


class Orders(Protocol):
    async def get(self, id: str) -> Order | None:
        """None if unknown or erased."""

    async def load(self, ids: Iterable[str]) -> None:
        """Read several at once; what follows finds them at hand."""

    async def time_of(self, id: str) -> datetime | None:
        """The time of what is known, of an erasure too."""

    async def of_buyer(self, buyer_id: str, *, until: datetime | None = None, limit: int) -> tuple[Order, ...]:
        """At most so many of a buyer's; those that were so at that time at the latest."""

    async def drop_parked(self, buyer_id: str) -> tuple[str, ...]:
        """Forget the records of a buyer's orders that could not be applied and wait for a person; returns which orders those are."""

    def put(self, order: Order) -> None: ...

    def erase(self, id: str, at: datetime) -> None:
        """Forget everything but that, and when, it was erased; what still waits to be published of it, too."""

    async def claim(self, id: str) -> None:
        """Write the order's row, so that two transactions that open tickets for it cannot both commit."""


class Tickets(Protocol):
    async def open_about(self, order_id: str, seller_id: str, category: Category) -> Conversation | None:
        """The open ticket of this order with this seller in this category. A thread to which the buyer has not written is none."""

    async def of_order(self, order_id: str, seller_ids: Collection[str]) -> tuple[Conversation, ...]:
        """All about an order with these shops, its threads too, the oldest first."""


class Inlet(Protocol):
    def tell(self, word: Word, at: datetime, cause: str) -> None:
        """Publish the marketplace's word, or what follows from it, on its topic."""


class TicketingTransaction(Transaction, Protocol):
    """The kernel's transaction, with orders, what is open about them, and the way to the inbound topics."""

    @property
    def markets(self) -> Mapping[str, TicketMarket]: ...

    @property
    def orders(self) -> Orders: ...

    @property
    def tickets(self) -> Tickets: ...

    @property
    def inlet(self) -> Inlet: ...
