"""What all events of conversations say, from a fact; each service names its own classes in its publishing.py."""

from typing import Any

from parley_contracts import words
from parley_contracts.conversation import ConversationEvent
from parley_contracts.conversation import Message as WireMessage
from parley_contracts.envelope import Envelope

from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.facts import Fact
from parley_conversation.domain.messages import Message


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
    }


def without_text(message: Message) -> WireMessage:
    """A message as the public topics carry it: its length, never its words."""
    return WireMessage(
        id=message.id,
        author_id=message.author.id,
        author_role=words.Role(message.author.role.value),
        visibility=words.Visibility(message.visibility.value),
        length=len(message.text),
        language=message.language,
    )


def if_any(message: Message | None) -> WireMessage | None:
    """The same for a message that may be missing."""
    return without_text(message) if message else None


def enveloped(data: ConversationEvent, conversation: Conversation, fact: Fact, *, source: str, cause: str) -> Envelope:
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
