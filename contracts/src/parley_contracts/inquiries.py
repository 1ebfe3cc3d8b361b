"""Events of inquiries, on ``parley.inquiries.inquiries.v1``, and of guests, on the restricted ``parley.inquiries.guests.v1``."""

from typing import ClassVar

from pydantic import Field

from parley_contracts.conversation import (
    Acknowledged,
    Assigned,
    Closed,
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

SOURCE = "/inquiries"


class InquiryAdded(WithMessage):
    """Somebody asked about a product or a store."""

    type: ClassVar[str] = "parley.inquiry.added.v1"


class InquiryClosed(Closed):
    """An inquiry was closed; see ``reason``."""

    type: ClassVar[str] = "parley.inquiry.closed.v1"


class InquiryReopened(Reopened):
    """A closed inquiry goes on."""

    type: ClassVar[str] = "parley.inquiry.reopened.v1"


class InquiryEscalated(Escalated):
    """Support took an inquiry over, or was handed it."""

    type: ClassVar[str] = "parley.inquiry.escalated.v1"


class InquiryAcknowledged(Acknowledged):
    """An agent of support took an inquiry."""

    type: ClassVar[str] = "parley.inquiry.acknowledged.v1"


class InquiryHandedBack(HandedBack):
    """An inquiry went back to its seller."""

    type: ClassVar[str] = "parley.inquiry.handed_back.v1"


class InquiryRated(Rated):
    """An inquiry's buyer rated how it was answered."""

    type: ClassVar[str] = "parley.inquiry.rated.v1"


class InquiryAssigned(Assigned):
    """An inquiry was given to somebody of a side, or to nobody."""

    type: ClassVar[str] = "parley.inquiry.assigned.v1"


class GuestRegistered(EventData):
    """A guest left an address to be answered at. Restricted: the only topic that carries a guest's address."""

    type: ClassVar[str] = "parley.guest.registered.v1"

    id: str = Field(description="The guest's party id")
    inquiry_id: str
    name: str
    email: str
    language: str
    market: str


EVENTS: tuple[type[EventData], ...] = (
    InquiryAdded,
    ReplyPosted,
    InquiryClosed,
    InquiryReopened,
    InquiryEscalated,
    InquiryAcknowledged,
    InquiryHandedBack,
    InquiryRated,
    InquiryAssigned,
    ResponseWaived,
    MessageRemoved,
    PolicyFlagged,
    LinkRequested,
)

GUEST_EVENTS: tuple[type[EventData], ...] = (GuestRegistered,)
