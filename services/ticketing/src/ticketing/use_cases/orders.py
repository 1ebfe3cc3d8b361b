"""What a ticket shows of its order, and keeping orders as the marketplace tells them."""

from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.people import Actor, Person
from parley_conversation.domain.refusals import RoleNotAllowed
from parley_conversation.domain.words import Role
from parley_conversation.use_cases import showing
from parley_conversation.use_cases.entering import enter, note_reading
from parley_conversation.use_cases.parties import AT_ONCE, NameEvent, cause_of, forget_party
from parley_conversation.use_cases.reading import View

from ticketing.domain.marketplace import About, Word
from ticketing.domain.orders import Order, OrderLine
from ticketing.domain.refusals import OrderNotFound
from ticketing.ports import TicketingTransaction

ORDERS_AT_ONCE = 200
"""Orders that one transaction erases with their buyer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """An order as one reader of a ticket may see it."""

    order: Order
    lines: tuple[OrderLine, ...]
    shows_address: bool


async def facts_for(tx: TicketingTransaction, ticket: Conversation, reader: Actor, *, by_link: bool = False) -> OrderFacts | None:
    """The order's facts: a seller's own lines only. The delivery address is for seller and support, signed in."""
    order = await tx.orders.get(ticket.about.order_id) if ticket.about.order_id else None
    if order is None:
        return None
    lines = order.lines_of(ticket.seller_id) if reader.role is Role.SELLER else order.lines
    return OrderFacts(order=order, lines=lines, shows_address=reader.role.side is not None and not by_link)


async def order_on_page(tx: TicketingTransaction, view: View) -> showing.OrderFacts | None:
    """The same for the page of the ticket: the lines that it is about."""
    facts = await facts_for(tx, view.conversation, view.reader, by_link=view.by_link)
    if facts is None:
        return None
    order = facts.order
    return showing.OrderFacts(
        number=order.number,
        currency=order.currency,
        placed_at=order.placed_at,
        lines=tuple(
            showing.OrderLine(
                id=line.id,
                title=line.title,
                quantity=line.quantity,
                price_minor=line.price_minor,
                variant=line.variant,
                url=line.product_url,
                refund=refund_of(line),
                refundable=line.refundable,
            )
            for line in facts.lines
            if line.id in view.conversation.about.line_ids
        ),
        delivery_address=order.delivery_address.on_paper() if facts.shows_address and order.delivery_address else (),
        transaction_id=order.transaction_id,
        page=None if view.by_link else f"/orders/{quote(order.id, safe='')}",
    )


def refund_of(line: OrderLine) -> showing.Refund | None:
    """A line's refund as pages show it."""
    refund = line.refund
    return showing.Refund(refund.state.value, refund.amount_minor, refund.at) if refund else None


async def order_of(tx: TicketingTransaction, ticket_id: str, person: Person) -> OrderFacts:
    """The order of a ticket, for those who are signed in."""
    if person.link is not None:
        raise RoleNotAllowed
    seat = await enter(tx, ticket_id, person)
    note_reading(tx, seat)
    facts = await facts_for(tx, seat.conversation, seat.actor)
    if facts is None:
        raise OrderNotFound
    return facts


async def know_order(tx: TicketingTransaction, order: Order) -> None:
    """Keep an order as it is now; that of somebody who was erased says where it went no more, or goes with them."""
    if await went_with_buyer(tx, order):
        _erase_with_buyer(tx, order.id, order.time, cause_of(order.buyer_id))
    elif not await _is_older(tx, order.id, order.time):
        known = await tx.orders.get(order.id)
        if await tx.parties.is_erased(order.buyer_id):
            order = replace(order, delivery_address=None)
        await tx.parties.claim(order.buyer_id)
        tx.orders.put(order.after(known) if known else order)


async def went_with_buyer(tx: TicketingTransaction, order: Order) -> bool:
    """Whether it was told before its buyer was erased, and is read only now: of two topics either may be ahead."""
    erased = await tx.parties.time_of(order.buyer_id) if await tx.parties.is_erased(order.buyer_id) else None
    return erased is not None and order.time <= erased and not await _is_older(tx, order.id, order.time)


async def forget_person(tx: TicketingTransaction, party_id: str, *, at: datetime, cause: str, event_id: NameEvent) -> bool:
    """Erase a person or a shop: their tickets, and the orders that went to them, on their topic too. True if there may be more."""
    tickets = await forget_party(tx, party_id, at=at, cause=cause, event_id=event_id)
    came_back = not await tx.parties.is_erased(party_id)
    orders = await tx.orders.of_buyer(party_id, until=at if came_back else None, limit=ORDERS_AT_ONCE)
    gone = {order.id: order.time for order in orders}
    if not came_back:
        gone = dict.fromkeys(await tx.orders.drop_parked(party_id), at) | gone
    for order_id, time in gone.items():
        _erase_with_buyer(tx, order_id, max(at, time), cause)
    await tx.history.erase(list(gone))
    return len(tickets) >= AT_ONCE or len(orders) >= ORDERS_AT_ONCE


def _erase_with_buyer(tx: TicketingTransaction, order_id: str, at: datetime, cause: str) -> None:
    """An order says where somebody lives: whoever told of it, its topic must not keep it either."""
    tx.orders.erase(order_id, at)
    # One order can be erased more than once, after its buyer came back.
    event_id = str(uuid5(NAMESPACE_URL, f"{cause}/{order_id}/{tx.now.isoformat()}"))
    tx.inlet.tell(Word(event_id=event_id, about=About.ORDER, id=order_id, at=at), at, cause)


async def forget_order(tx: TicketingTransaction, order_id: str, *, at: datetime) -> None:
    """Erase what is known of an order, and who read it."""
    if not await _is_older(tx, order_id, at):
        tx.orders.erase(order_id, at)
        await tx.history.erase([order_id])


async def _is_older(tx: TicketingTransaction, order_id: str, time: datetime) -> bool:
    known = await tx.orders.time_of(order_id)
    return known is not None and time < known
