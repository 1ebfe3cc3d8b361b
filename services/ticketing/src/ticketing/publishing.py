"""Facts as the events of this service: the only place where a fact meets the wire."""

from typing import assert_never

from parley_contracts import ticketing as wire
from parley_contracts import words
from parley_contracts.conversation import ConversationEvent, LinkRequested, ReplyPosted, ResponseWaived
from parley_contracts.envelope import Envelope
from parley_conversation.domain import facts
from parley_conversation.domain.conversation import Conversation
from parley_conversation.publishing import enveloped, if_any, repeated, without_text


def published(conversation: Conversation, fact: facts.Fact, cause: str) -> Envelope:
    """The event that tells of a fact."""
    return enveloped(_data(conversation, fact), conversation, fact, source=wire.SOURCE, cause=cause)


def _data(conversation: Conversation, fact: facts.Fact) -> ConversationEvent:
    same = repeated(conversation, fact)
    match fact.what:
        case facts.Opened(message):
            return wire.TicketCreated(**same, message=without_text(message), line_ids=conversation.about.line_ids)
        case facts.Replied(message, closing):
            return ReplyPosted(**same, message=without_text(message), closing=closing)
        case facts.Closed(reason):
            return wire.TicketClosed(**same, reason=words.CloseReason(reason.value))
        case facts.Reopened(message):
            return wire.TicketReopened(**same, message=if_any(message))
        case facts.Escalated(reason, message, cycle_id):
            return wire.TicketEscalated(**same, reason=words.EscalationReason(reason.value), message=if_any(message), cycle_id=cycle_id)
        case facts.Acknowledged():
            return wire.TicketAcknowledged(**same)
        case facts.HandedBack(reason, message):
            return wire.TicketHandedBack(**same, reason=words.HandBackReason(reason.value), message=if_any(message))
        case facts.Waived(side, because):
            return ResponseWaived(**same, side=words.Side(side.value), reason=because)
        case facts.LinkRequested(party_id, role):
            return LinkRequested(**same, party_id=party_id, role=words.Role(role.value))
        case _:
            assert_never(fact.what)
