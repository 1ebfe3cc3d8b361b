"""What an event of the contract means to the clock."""

from typing import Any

from parley_chassis.records import Received
from parley_contracts import words
from parley_contracts.conversation import (
    Closed,
    ConversationEvent,
    Escalated,
    HandedBack,
    Message,
    MessageRemoved,
    Rated,
    Reopened,
    ResponseWaived,
    WithMessage,
)
from parley_contracts.ticketing import OrderNoteAdded, RefundRecorded

from sla_monitor.domain import events
from sla_monitor.domain.words import HandOver, Role, Side

_SIDES = {words.Side.SELLER: Side.SELLER, words.Side.SUPPORT: Side.SUPPORT}
_ROLES = {role: Role(role.value) for role in words.Role}


def meaning(received: Received[ConversationEvent]) -> events.Event:
    """The event in the clock's words; one that touches no clock still moves the sequence."""
    common, data = _common(received), received.data
    match data:
        case OrderNoteAdded(message=message, to_customer=to_customer):
            return _posted(common, message, counts=to_customer)
        case WithMessage(message=message):
            return _posted(common, message)
        case RefundRecorded():
            return events.Posted(**common, by=_role(data.actor_role), message_id=received.envelope.id)
        case Closed(reason=words.CloseReason.ERASED):
            return events.Erased(**common)
        case Closed():
            return events.Closed(**common, by=_role(data.actor_role), final=data.state is words.State.FINAL)
        case Reopened(message=message):
            return events.Reopened(**common, by=_role(data.actor_role), message_id=message.id if message else received.envelope.id)
        case Escalated(reason=reason):
            return events.HandedOver(**common, reason=HandOver(reason.value))
        case HandedBack():
            return events.HandedBack(**common)
        case ResponseWaived(side=side) if side in _SIDES:
            return events.Waived(**common, side=_SIDES[side])
        case MessageRemoved(message_id=message_id, reason=reason):
            return events.Removed(**common, message_id=message_id, spam=reason is words.RemovalReason.SPAM)
        case Rated(rating=stars, side=side):
            return events.Rated(**common, stars=stars, side=_SIDES.get(side) if side else None)
        case _:
            return events.Event(**common)


def _posted(common: dict[str, Any], message: Message, *, counts: bool = True) -> events.Event:
    return events.Posted(
        **common,
        by=_role(message.author_role),
        message_id=message.id,
        public=counts and message.visibility is words.Visibility.PUBLIC,
        person=message.author_kind is words.AuthorKind.PERSON,
    )


def _common(received: Received[ConversationEvent]) -> dict[str, Any]:
    """What every event says. The chassis hands over only events with a sequence."""
    envelope, data = received.envelope, received.data
    return {
        "id": envelope.id,
        "sequence": envelope.sequence,
        "at": envelope.time,
        "about": events.About(
            source=envelope.source,
            first_event_id=envelope.correlationid,
            number=data.number,
            market=data.market,
            category=data.category.value,
            seller_id=data.seller_id,
            buyer_id=data.buyer_id,
        ),
        "handler": _SIDES.get(data.handler),
        "starts_clock": not data.imported or data.start_clock,
    }


def _role(role: words.Role) -> Role:
    return _ROLES[role]
