"""Events of ticketing, on ``parley.ticketing.tickets.v1``."""

from typing import ClassVar

from pydantic import Field

from parley_contracts.conversation import (
    Acknowledged,
    Assigned,
    Closed,
    ConversationEvent,
    Escalated,
    HandedBack,
    LinkRequested,
    MessageRemoved,
    PolicyFlagged,
    Rated,
    Reopened,
    ReplyPosted,
    ResponseWaived,
    WithMessage,
)
from parley_contracts.envelope import EventData

SOURCE = "/ticketing"


class TicketCreated(WithMessage):
    """A buyer opened a ticket about lines of an order."""

    type: ClassVar[str] = "parley.ticket.created.v1"

    line_ids: tuple[str, ...] = Field(default=(), description="The order's lines that it is about")


class TicketClosed(Closed):
    """A ticket was closed; by a refund, a reply, its buyer or an erasure: see ``reason``."""

    type: ClassVar[str] = "parley.ticket.closed.v1"


class TicketReopened(Reopened):
    """A closed ticket goes on."""

    type: ClassVar[str] = "parley.ticket.reopened.v1"


class TicketEscalated(Escalated):
    """Support took a ticket over, or was handed it."""

    type: ClassVar[str] = "parley.ticket.escalated.v1"


class TicketAcknowledged(Acknowledged):
    """An agent of support took a ticket."""

    type: ClassVar[str] = "parley.ticket.acknowledged.v1"


class TicketHandedBack(HandedBack):
    """A ticket went back to its seller."""

    type: ClassVar[str] = "parley.ticket.handed_back.v1"


class TicketRated(Rated):
    """A ticket's buyer rated how it was answered."""

    type: ClassVar[str] = "parley.ticket.rated.v1"


class TicketAssigned(Assigned):
    """A ticket was given to somebody of a side, or to nobody."""

    type: ClassVar[str] = "parley.ticket.assigned.v1"


class OrderNoteAdded(WithMessage):
    """A note of the seller's on an order. A note to the customer counts as a public reply, a private one as nothing."""

    type: ClassVar[str] = "parley.order_note.added.v1"

    to_customer: bool
    topic: str | None = None


class RefundRecorded(ConversationEvent):
    """A refund was asked for; it counts as a public reply. The payment service pays and tells in ``OrderChanged``."""

    type: ClassVar[str] = "parley.refund.recorded.v1"

    line_ids: tuple[str, ...]
    currency: str
    amount_minor: int = Field(ge=0, description="In the currency's minor unit")


EVENTS: tuple[type[EventData], ...] = (
    TicketCreated,
    ReplyPosted,
    TicketClosed,
    TicketReopened,
    TicketEscalated,
    TicketAcknowledged,
    TicketHandedBack,
    TicketRated,
    TicketAssigned,
    ResponseWaived,
    MessageRemoved,
    PolicyFlagged,
    OrderNoteAdded,
    RefundRecorded,
    LinkRequested,
)
