"""Refunding lines of a ticket's order."""

from parley_conversation.domain.cells import Command
from parley_conversation.domain.facts import RefundRecorded
from parley_conversation.domain.rules import decide
from parley_conversation.use_cases.commands import begin, end
from parley_conversation.use_cases.entering import Asked, Seat

from ticketing.domain.refusals import AlreadyRefunded, LinesUnknown, OrderNotFound
from ticketing.ports import TicketingTransaction


async def refund(tx: TicketingTransaction, ticket_id: str, asked: Asked, *, line_ids: tuple[str, ...]) -> Seat:
    """Ask the payment service to give the money for these lines of the ticket back; the ticket is closed with it."""
    seat, how = await begin(tx, ticket_id, asked, Command.REFUND)
    ticket = seat.conversation
    # Before the lines are looked at: a conflict comes before what is wrong with the request.
    decide(Command.REFUND, ticket, how)
    order = await tx.orders.get(ticket.about.order_id or "")
    if order is None:
        raise OrderNotFound
    lines = tuple(line for line in order.lines_of(ticket.seller_id) if line.id in line_ids and line.id in ticket.about.line_ids)
    if {line.id for line in lines} != set(line_ids):
        raise LinesUnknown
    if not all(line.refundable for line in lines):
        raise AlreadyRefunded
    tx.orders.put(order.refund_asked(lines, how.at))
    amount = sum(line.total_minor for line in lines)
    recorded = RefundRecorded(line_ids=tuple(line.id for line in lines), currency=order.currency, amount_minor=amount)
    return end(tx, asked, seat, ticket.refund(recorded, how))
