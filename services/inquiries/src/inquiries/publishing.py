"""Facts as the events of this service: the only place where a fact meets the wire."""

from datetime import datetime

from parley_contracts import inquiries as wire
from parley_contracts.envelope import Envelope, derived_id
from parley_conversation.domain.conversation import Conversation
from parley_conversation.publishing import Wire

from inquiries.domain.guests import Guest

WIRE = Wire(
    source=wire.SOURCE,
    opened=wire.InquiryAdded,
    closed=wire.InquiryClosed,
    reopened=wire.InquiryReopened,
    escalated=wire.InquiryEscalated,
    acknowledged=wire.InquiryAcknowledged,
    handed_back=wire.InquiryHandedBack,
    rated=wire.InquiryRated,
    assigned=wire.InquiryAssigned,
)

published = WIRE.published


def guest_registered(guest: Guest, inquiry: Conversation) -> Envelope:
    """The guest's address, for the restricted topic; it follows from the inquiry's first event."""
    data = wire.GuestRegistered(
        id=guest.id, inquiry_id=inquiry.id, name=guest.name, email=guest.email, language=inquiry.language, market=inquiry.market
    )
    return Envelope.of(
        data,
        id=derived_id(inquiry.first_event_id, wire.SOURCE, data.type),
        source=wire.SOURCE,
        subject=guest.id,
        time=inquiry.opened_at,
        sequence=None,
        correlationid=inquiry.first_event_id,
        causationid=inquiry.first_event_id,
    )


def guest_forgotten(inquiry: Conversation, at: datetime, cause: str) -> Envelope:
    """The tombstone of the inquiry's guest on the restricted topic."""
    event = wire.GuestRegistered
    return Envelope(
        id=derived_id(inquiry.first_event_id, wire.SOURCE, event.type, "erased"),
        source=wire.SOURCE,
        type=event.type,
        subject=inquiry.buyer.id,
        time=max(at, inquiry.opened_at),
        sequence=None,
        dataschema=event.schema_id(),
        correlationid=inquiry.first_event_id,
        causationid=cause,
        value=None,
    )
