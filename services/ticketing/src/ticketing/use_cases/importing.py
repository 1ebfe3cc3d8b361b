"""Bringing in tickets of an old system."""

from dataclasses import dataclass

from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.messages import Message
from parley_conversation.domain.refusals import Erased
from parley_conversation.domain.rules import Act
from parley_conversation.domain.standing import About
from parley_conversation.domain.turn import Told
from parley_conversation.domain.words import Kind
from parley_conversation.use_cases.importing import Old, bring_in

from ticketing.domain.problems import CATEGORY, ProblemType
from ticketing.domain.refusals import LinesUnknown, NotTheirOrder, OrderUnknown, TicketAlreadyOpen
from ticketing.ports import TicketingTransaction
from ticketing.use_cases.opening import is_routed


@dataclass(frozen=True, slots=True, kw_only=True)
class OldTicket:
    """A ticket as an old system kept it, about lines of an order that is known here."""

    old: Old
    order_id: str
    seller_id: str
    line_ids: tuple[str, ...]
    problem_type: ProblemType


async def bring_in_ticket(tx: TicketingTransaction, ticket: OldTicket) -> Conversation:
    """Bring the ticket in, or find it as it is by now."""
    old = ticket.old
    if known := await tx.conversations.get(old.id):
        return known
    if await tx.parties.is_erased(old.buyer.id):
        raise Erased
    order = await tx.orders.get(ticket.order_id)
    if order is None:
        raise OrderUnknown
    if order.buyer_id != old.buyer.id:
        raise NotTheirOrder
    if not {line.id for line in order.lines_of(ticket.seller_id)} >= set(ticket.line_ids):
        raise LinesUnknown
    category = CATEGORY[ticket.problem_type]
    await tx.orders.claim(order.id)  # an erasure of its buyer at the same moment must see the ticket
    if old.closed_by is None and (already := await tx.tickets.open_about(order.id, ticket.seller_id, category)):
        raise TicketAlreadyOpen(already)
    buyer = await tx.parties.get(order.buyer_id)
    routed = not old.seller_took_part and await is_routed(tx, order, category, ticket.seller_id, buyer)

    def opened(message: Message, act: Act, after: int) -> Told:
        return Conversation.open(
            old.id,
            message,
            act,
            kind=Kind.TICKET,
            category=category,
            problem_type=ticket.problem_type,
            market=order.market,
            seller_id=ticket.seller_id,
            about=About(order_id=order.id, order_number=order.number, line_ids=ticket.line_ids),
            language=tx.markets[order.market].language_of(buyer),
            routed_to_support=routed,
            after=after,
        )

    return await bring_in(tx, old, opened)
