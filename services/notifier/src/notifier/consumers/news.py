"""Events of the contract as the domain sees them."""

from collections.abc import Mapping
from typing import Any

from parley_chassis import tracing
from parley_chassis.parking import Poison
from parley_chassis.records import Received
from parley_contracts import inquiries, ticketing, words
from parley_contracts.conversation import (
    Acknowledged,
    Assigned,
    Closed,
    ConversationEvent,
    Escalated,
    HandedBack,
    LinkRequested,
    Message,
    MessageRemoved,
    PolicyFlagged,
    Rated,
    Reopened,
    ReplyPosted,
    ResponseWaived,
    WithMessage,
)
from parley_contracts.envelope import Envelope
from parley_contracts.inquiries import InquiryAdded
from parley_contracts.sla import (
    CycleEvent,
    ResponseDueSoon,
    ResponseExpected,
    ResponseOverdue,
    ResponseOverdueRetracted,
    SellerHealthChanged,
)
from parley_contracts.sla import Health as Word
from parley_contracts.ticketing import OrderNoteAdded, RefundRecorded, TicketCreated

from notifier.domain.conversation import Conversation
from notifier.domain.news import Health, News, Parties, Refund, Wait
from notifier.domain.rules import MarketRules
from notifier.domain.words import Audience, Author, Kind

_AUTHORS = {
    words.Role.BUYER: Author.BUYER,
    words.Role.GUEST: Author.BUYER,
    words.Role.SELLER: Author.SELLER,
    words.Role.SUPPORT: Author.SUPPORT,
}
_SOURCES = (ticketing.SOURCE, inquiries.SOURCE)
_SIDES = {words.Side.SELLER: Audience.SELLER, words.Side.SUPPORT: Audience.SUPPORT}


def _check(market: str, source: str, markets: Mapping[str, MarketRules]) -> None:
    """A mail needs its market's words and addresses, and a link that leads somewhere; raises Poison."""
    _check_market(market, markets)
    if source not in _SOURCES:
        raise Poison(f"{source!r} keeps no conversations: only {' and '.join(_SOURCES)} do; discard this event")


def conversation_news(received: Received[Any], markets: Mapping[str, MarketRules]) -> tuple[News, Conversation]:
    """What an event of a conversation says, and the conversation after it."""
    said, envelope = received.data, received.envelope
    _check(said.market, envelope.source, markets)
    kind, variant, concerns = _told_by(said)
    parties = Parties(
        buyer_id=said.buyer_id,
        guest=said.buyer_role is words.Role.GUEST,
        seller_id=said.seller_id,
        assignee_id=said.assignee_id,
        agent_id=said.agent_id,
    )
    handler = _SIDES.get(said.handler)
    news = News(
        event_id=envelope.id,
        kind=kind,
        variant=variant,
        author=_author(said),
        actor_id=said.actor_id,
        at=envelope.time,
        conversation_id=envelope.subject,
        correlation_id=envelope.correlationid,
        source=envelope.source,
        market=said.market,
        number=said.number,
        parties=parties,
        handler=handler,
        concerns=concerns,
        imported=said.imported,
        refund=Refund(amount_minor=said.amount_minor, currency=said.currency) if isinstance(said, RefundRecorded) else None,
        trace=tracing.here(),
    )
    return news, _conversation(said, envelope, parties, handler)


def clock_news(received: Received[Any], markets: Mapping[str, MarketRules]) -> News:
    """What the response clock says about a wait."""
    said, envelope = received.data, received.envelope
    _check(said.market, said.conversation_source, markets)
    owed_by = _SIDES.get(said.owed_by)
    if owed_by is None:
        raise Poison("the wait is owed by a side that this version does not know: update the notifier, then redrive this event")
    return News(
        event_id=envelope.id,
        kind=_clock_kind(said),
        variant=_clock_variant(said, owed_by),
        author=Author.SYSTEM,
        actor_id="system",
        at=envelope.time,
        conversation_id=envelope.subject,
        correlation_id=envelope.correlationid,
        source=said.conversation_source,
        market=said.market,
        number=said.number,
        parties=Parties(buyer_id=said.buyer_id, seller_id=said.seller_id),
        wait=Wait(cycle_id=said.cycle_id, owed_by=owed_by, start=said.start, due=said.due),
        trace=tracing.here(),
    )


def health_news(received: Received[SellerHealthChanged], markets: Mapping[str, MarketRules]) -> News:
    """What the response clock says about a seller, who takes the conversation's place."""
    said, envelope = received.data, received.envelope
    _check_market(said.market, markets)
    after, way = said.after, said.way_back
    improved = said.before.health is Word.AT_RISK or after.health is Word.NORMAL
    limits = {"late_below": way.late_rate, "csat_above": way.csat} if way and not improved else {}
    return News(
        event_id=envelope.id,
        kind=Kind.HEALTH_CHANGED,
        variant=str(after.health),
        author=Author.SYSTEM,
        actor_id="system",
        at=envelope.time,
        conversation_id=envelope.subject,
        correlation_id=envelope.correlationid,
        source=envelope.source,
        market=said.market,
        number="",
        parties=Parties(buyer_id="", seller_id=said.seller_id),
        health=Health(days=said.days, late_rate=after.late_rate, csat=after.csat, improved=improved, **limits),
        trace=tracing.here(),
    )


def _check_market(market: str, markets: Mapping[str, MarketRules]) -> None:
    if market not in markets:
        raise Poison(f"no market file has the id {market!r}: add one, then redrive this event")


def _told_by(said: ConversationEvent) -> tuple[Kind, str, str | None]:
    """Kind, variant, and the one person that it is about."""
    match said:
        case TicketCreated() | InquiryAdded():
            return Kind.OPENED, "", None
        case OrderNoteAdded():
            return Kind.NOTE_ADDED, "to_customer" if said.to_customer else "private", None
        case ReplyPosted():
            is_closing = said.closing and said.message.visibility is words.Visibility.PUBLIC
            return Kind.REPLIED, "closing" if is_closing else str(said.message.visibility), None
        case Closed():
            return Kind.CLOSED, str(said.reason), None
        case Reopened():
            return Kind.REOPENED, "", None
        case Escalated():
            return Kind.ESCALATED, str(said.reason), None
        case HandedBack():
            return Kind.HANDED_BACK, str(said.reason), None
        case Acknowledged():
            return Kind.ACKNOWLEDGED, "", None
        case ResponseWaived():
            return Kind.WAIVED, "", None
        case MessageRemoved():
            return Kind.MESSAGE_REMOVED, str(_AUTHORS.get(said.author_role, Author.SYSTEM)), said.author_id
        case RefundRecorded():
            return Kind.REFUNDED, "", None
        case PolicyFlagged():
            return Kind.FLAGGED, "", None
        case Rated():
            return Kind.RATED, "", None
        case Assigned():
            return Kind.ASSIGNED, str(said.side), said.party_id
        case LinkRequested():
            return Kind.LINK_REQUESTED, str(_AUTHORS.get(said.role, Author.SYSTEM)), said.party_id
    raise Poison(f"{said.type} has no row in the table of mails: update the notifier, then redrive this event")


def _author(said: ConversationEvent) -> Author:
    message: Message | None = said.message if isinstance(said, WithMessage) else None
    if message is None:
        return _AUTHORS.get(said.actor_role, Author.SYSTEM)
    if message.author_kind is not words.AuthorKind.PERSON:
        return Author.AUTOMATIC
    return _AUTHORS.get(message.author_role, Author.SYSTEM)


def _conversation(said: ConversationEvent, envelope: Envelope, parties: Parties, handler: Audience | None) -> Conversation:
    return Conversation(
        id=envelope.subject,
        source=envelope.source,
        kind=str(said.kind),
        number=said.number,
        market=said.market,
        parties=parties,
        handler=handler,
        state=str(said.state),
        order_number=said.order_number,
        language=said.language,
        at=envelope.time,
    )


def _clock_kind(said: CycleEvent) -> Kind:
    match said:
        case ResponseExpected():
            return Kind.EXPECTED
        case ResponseDueSoon():
            return Kind.DUE_SOON
        case ResponseOverdue():
            return Kind.OVERDUE
        case ResponseOverdueRetracted():
            return Kind.RETRACTED
    return Kind.SETTLED


def _clock_variant(said: CycleEvent, owed_by: Audience) -> str:
    if isinstance(said, ResponseOverdue) and owed_by is Audience.SELLER:
        return "seller_escalates" if said.escalates else "seller_stays"
    return str(owed_by)
