"""Facts as the events of this service: the only place where a fact meets the wire."""

from typing import assert_never

from parley_contracts import inquiries as wire
from parley_contracts import words
from parley_contracts.conversation import ConversationEvent, LinkRequested, ReplyPosted, ResponseWaived
from parley_contracts.envelope import Envelope, derived_id
from parley_conversation.domain import facts
from parley_conversation.domain.conversation import Conversation
from parley_conversation.publishing import enveloped, if_any, repeated, without_text

from inquiries.domain.guests import Guest


def published(conversation: Conversation, fact: facts.Fact, cause: str) -> Envelope:
    """The event that tells of a fact."""
    return enveloped(_data(conversation, fact), conversation, fact, source=wire.SOURCE, cause=cause)


def _data(conversation: Conversation, fact: facts.Fact) -> ConversationEvent:
    same = repeated(conversation, fact)
    match fact.what:
        case facts.Opened(message):
            return wire.InquiryAdded(**same, message=without_text(message))
        case facts.Replied(message, closing):
            return ReplyPosted(**same, message=without_text(message), closing=closing)
        case facts.Closed(reason):
            return wire.InquiryClosed(**same, reason=words.CloseReason(reason.value))
        case facts.Reopened(message):
            return wire.InquiryReopened(**same, message=if_any(message))
        case facts.Escalated(reason, message, cycle_id):
            return wire.InquiryEscalated(**same, reason=words.EscalationReason(reason.value), message=if_any(message), cycle_id=cycle_id)
        case facts.Acknowledged():
            return wire.InquiryAcknowledged(**same)
        case facts.HandedBack(reason, message):
            return wire.InquiryHandedBack(**same, reason=words.HandBackReason(reason.value), message=if_any(message))
        case facts.Waived(side, because):
            return ResponseWaived(**same, side=words.Side(side.value), reason=because)
        case facts.LinkRequested(party_id, role):
            return LinkRequested(**same, party_id=party_id, role=words.Role(role.value))
        case _:
            assert_never(fact.what)


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
