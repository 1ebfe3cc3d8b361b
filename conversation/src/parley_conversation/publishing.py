"""Facts of conversations as events; a service names its own classes of them in its publishing.py."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, assert_never

from parley_contracts import conversation as wire
from parley_contracts import words
from parley_contracts.envelope import Envelope
from parley_contracts.ticketing import OrderNoteAdded, RefundRecorded

from parley_conversation.domain import facts
from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.facts import Fact
from parley_conversation.domain.messages import Message
from parley_conversation.domain.words import Visibility


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """The events that a service has of its own; the others are one type for all, and ``source`` tells whose."""

    source: str
    opened: type[wire.WithMessage]
    closed: type[wire.Closed]
    reopened: type[wire.Reopened]
    escalated: type[wire.Escalated]
    acknowledged: type[wire.Acknowledged]
    handed_back: type[wire.HandedBack]
    rated: type[wire.Rated]
    assigned: type[wire.Assigned]
    also_opened: Callable[[Conversation], dict[str, Any]] = lambda _: {}
    """What only this service's first event says."""

    def published(self, conversation: Conversation, fact: Fact, cause: str) -> Envelope:
        """The event that tells of a fact."""
        return enveloped(self._data(conversation, fact), conversation, fact, source=self.source, cause=cause)

    def _data(self, conversation: Conversation, fact: Fact) -> wire.ConversationEvent:
        same = repeated(conversation, fact)
        match fact.what:
            case facts.Opened(message):
                return self.opened(**same, message=without_text(message), **self.also_opened(conversation))
            case facts.Replied(message, closing):
                return wire.ReplyPosted(**same, message=without_text(message), closing=closing)
            case facts.Closed(reason):
                return self.closed(**same, reason=words.CloseReason(reason.value))
            case facts.Reopened(message):
                return self.reopened(**same, message=if_any(message))
            case facts.Escalated(reason, message, cycle_id):
                return self.escalated(**same, reason=words.EscalationReason(reason.value), message=if_any(message), cycle_id=cycle_id)
            case facts.Acknowledged():
                return self.acknowledged(**same)
            case facts.HandedBack(reason, message):
                return self.handed_back(**same, reason=words.HandBackReason(reason.value), message=if_any(message))
            case facts.Waived(side, because):
                return wire.ResponseWaived(**same, side=words.Side(side.value), reason=because)
            case facts.OrderNoteAdded(message):
                to_customer = message.visibility is Visibility.PUBLIC
                return OrderNoteAdded(**same, message=without_text(message), to_customer=to_customer, topic=message.topic)
            case facts.RefundRecorded(line_ids, currency, amount_minor):
                return RefundRecorded(**same, line_ids=line_ids, currency=currency, amount_minor=amount_minor)
            case facts.Rated(stars, rated):
                return self.rated(**same, rating=stars, side=words.Side(rated.value) if rated else None)
            case facts.Assigned(side, party_id):
                return self.assigned(**same, side=words.Side(side.value), party_id=party_id)
            case facts.MessageRemoved(message_id, author, visibility, why):
                return wire.MessageRemoved(
                    **same,
                    message_id=message_id,
                    author_id=author.id,
                    author_role=words.Role(author.role.value),
                    visibility=words.Visibility(visibility.value),
                    reason=words.RemovalReason(why.value),
                )
            case facts.PolicyFlagged(message_id, author, violations):
                return wire.PolicyFlagged(
                    **same,
                    message_id=message_id,
                    author_id=author.id,
                    author_role=words.Role(author.role.value),
                    violations=tuple(words.Violation(each.value) for each in violations),
                )
            case facts.LinkRequested(party_id, role):
                return wire.LinkRequested(**same, party_id=party_id, role=words.Role(role.value))
            case _:
                assert_never(fact.what)


def repeated(conversation: Conversation, fact: Fact) -> dict[str, Any]:
    """The fields of every event of a conversation: what it is, and its state after the fact."""
    about = conversation.about
    return {
        "number": conversation.number,
        "kind": words.Kind(conversation.kind.value),
        "category": words.Category(conversation.category.value),
        "problem_type": conversation.problem_type,
        "market": conversation.market,
        "buyer_id": conversation.buyer.id,
        "buyer_role": words.Role(conversation.buyer.role.value),
        "seller_id": conversation.seller_id,
        "order_id": about.order_id,
        "order_number": about.order_number,
        "product_id": about.product_id,
        "language": conversation.language,
        "state": words.State(fact.state.value),
        "handler": words.Side(fact.handler.value),
        "assignee_id": fact.assignee_id,
        "agent_id": fact.agent_id,
        "actor_id": fact.by.id,
        "actor_role": words.Role(fact.by.role.value),
        "imported": fact.imported,
        "start_clock": fact.starts_clock,
    }


def without_text(message: Message) -> wire.Message:
    """A message as the public topics carry it: its length, never its words."""
    return wire.Message(
        id=message.id,
        author_id=message.author.id,
        author_role=words.Role(message.author.role.value),
        visibility=words.Visibility(message.visibility.value),
        length=len(message.text),
        language=message.language,
        images=len(message.images),
    )


def if_any(message: Message | None) -> wire.Message | None:
    """The same for a message that may be missing."""
    return without_text(message) if message else None


def enveloped(data: wire.ConversationEvent, conversation: Conversation, fact: Fact, *, source: str, cause: str) -> Envelope:
    """The event in its envelope: the conversation is subject and key, its first event correlates all."""
    return Envelope.of(
        data,
        id=fact.id,
        source=source,
        subject=conversation.id,
        time=fact.at,
        sequence=fact.sequence,
        correlationid=conversation.first_event_id,
        causationid=cause,
    )
