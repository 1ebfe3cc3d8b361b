"""What ticketing hears: the response clock, parties, and orders."""

from collections.abc import Sequence
from typing import Any

from parley_chassis.mongo import Transactions
from parley_chassis.parking import Poison
from parley_chassis.records import Received, Tombstone
from parley_chassis.subscription import Subscription
from parley_contracts import sla
from parley_contracts import ticketing as wire
from parley_contracts.marketplace import OrderChanged, PartyChanged
from parley_contracts.topics import ORDERS, PARTIES, RESPONSES
from parley_conversation.consumers import ClockFacts, Erasures, on_party_changed

from ticketing.inbound import order_of
from ticketing.ports import TicketingTransaction
from ticketing.use_cases.orders import forget_order, forget_person, know_order, went_with_buyer

CLOCK = ClockFacts(source=wire.SOURCE, escalated=wire.TicketEscalated, handed_back=wire.TicketHandedBack)
ERASURES = Erasures(source=wire.SOURCE, closed=wire.TicketClosed, escalated=wire.TicketEscalated, forget=forget_person)


def subscription(transact: Transactions[Any]) -> Subscription[Any]:
    """The one subscription of this service."""
    heard: Subscription[Any] = Subscription(group="ticketing", topics=[RESPONSES, PARTIES, ORDERS], transact=transact, prefetch=prefetch)
    heard.on(sla.ResponseExpected, CLOCK.on_response_expected)
    heard.on(sla.ResponseOverdue, CLOCK.on_response_overdue)
    heard.on(sla.ResponseOverdueRetracted, CLOCK.on_response_overdue_retracted)
    heard.on(PartyChanged, on_party_changed)
    heard.on_tombstone(PARTIES, ERASURES.on_party_erased)
    heard.on(OrderChanged, on_order_changed)
    heard.on_tombstone(ORDERS, on_order_erased)
    return heard


async def prefetch(tx: TicketingTransaction, batch: Sequence[Received[Any]]) -> None:
    """Read what a batch is about: one query for orders and one for their buyers, beside the kernel's."""
    await CLOCK.prefetch(tx, batch)
    orders = [each.data for each in batch if isinstance(each.data, OrderChanged)]
    await tx.orders.load(sorted({order.id for order in orders}))
    await tx.parties.load(sorted({order.buyer_id for order in orders}))


async def on_order_changed(tx: TicketingTransaction, received: Received[OrderChanged]) -> None:
    """Keep an order."""
    said = received.data
    if said.id != received.envelope.subject:
        raise Poison(f"the data is about {said.id!r} and the record about another order; send each under its own key")
    order = order_of(said, received.envelope.time)
    if said.market not in tx.markets and not await went_with_buyer(tx, order):
        raise Poison(f"no market file has the id {said.market!r}; add one, then redrive this order")
    await know_order(tx, order)


async def on_order_erased(tx: TicketingTransaction, tombstone: Tombstone) -> None:
    """Forget an order."""
    await forget_order(tx, tombstone.subject, at=tombstone.time)
