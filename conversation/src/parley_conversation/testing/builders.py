"""Builders of conversations, messages and acts, each valid as it is; a test names what it is about."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.messages import Message
from parley_conversation.domain.parties import Party, PartyKind
from parley_conversation.domain.people import SYSTEM, Actor, Link, Person
from parley_conversation.domain.rules import Act
from parley_conversation.domain.standing import About
from parley_conversation.domain.waits import Wait, Waits
from parley_conversation.domain.words import (
    Category,
    CloseReason,
    EscalationReason,
    Kind,
    Role,
    Side,
    State,
    Visibility,
)
from parley_conversation.use_cases.entering import Asked

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)

ACTORS = {
    Role.BUYER: Actor("buyer-1", Role.BUYER),
    Role.GUEST: Actor("guest-1", Role.GUEST),
    Role.SELLER: Actor("member-1", Role.SELLER),
    Role.SUPPORT: Actor("agent-1", Role.SUPPORT),
    Role.SYSTEM: SYSTEM,
}

BUYER = Person(party_id="buyer-1", is_buyer=True, language="de")
MEMBER = Person(party_id="member-1", seller_ids=frozenset({"seller-1"}), language="de")
AGENT = Person(party_id="agent-1", markets=frozenset({"de"}), language="en")


def holder_of(party_id: str, role: Role, conversation_id: str = "c-1", *, issued_at: datetime = NOW) -> Person:
    """Somebody with a direct link and no sign-in."""
    return Person(party_id=party_id, link=Link(conversation_id=conversation_id, role=role, issued_at=issued_at))


def a_wait(side: Side, **changes: Any) -> Wait:
    return replace(Wait(owed_by=side, opened_by="event-1", since=NOW, due=NOW + timedelta(hours=48)), **changes)


def a_conversation(state: State = State.AWAITING_SELLER, **changes: Any) -> Conversation:
    """One as a usual course leads to it: asked (S), appealed (P), answered (B), answered and closed (C)."""
    return replace(
        Conversation(
            id="c-1",
            kind=Kind.TICKET,
            category=Category.CUSTOMER_SERVICE,
            problem_type="order_status",
            market="de",
            buyer=ACTORS[Role.BUYER],
            seller_id="seller-1",
            about=About(order_id="order-1", order_number="4711", line_ids=("line-1",)),
            language="de",
            opened_at=NOW,
            first_event_id="event-1",
            since=NOW,
            changed_at=NOW,
            sequence=1,
            buyer_wrote_at=NOW,
        ),
        **{**_in_state(state), **changes},
    )


def _in_state(state: State) -> dict[str, Any]:
    match state:
        case State.AWAITING_SELLER:
            return {"waits": Waits(open=(a_wait(Side.SELLER),), unanswered=True, moved_at=1)}
        case State.AWAITING_SUPPORT:
            return {
                "state": state,
                "sequence": 2,
                "handler": Side.SUPPORT,
                "escalation": EscalationReason.APPEAL,
                "waits": Waits(open=(a_wait(Side.SUPPORT),), unanswered=True, moved_at=2),
            }
        case State.AWAITING_BUYER:
            return {"state": state, "sequence": 2, "waits": Waits(moved_at=2), "answered": frozenset({Side.SELLER})}
        case _:
            answered = {"waits": Waits(moved_at=2), "answered": frozenset({Side.SELLER})}
            return {"state": state, "sequence": 3, "close_reason": CloseReason.WITH_REPLY, **answered}


def a_message(author: Role, *, text: str = "Hello", visibility: Visibility = Visibility.PUBLIC, id: str = "m-2") -> Message:
    return Message(id=id, author=ACTORS[author], text=text, visibility=visibility, language="de")


def an_act(role: Role, conversation: Conversation | None = None, **changes: Any) -> Act:
    """Somebody who has read the newest version acts a minute later."""
    read = conversation.sequence if conversation else None
    return replace(Act(by=ACTORS[role], at=NOW + timedelta(minutes=1), ids=("e-1", "e-2", "e-3", "e-4"), read=read), **changes)


def asked(person: Person, *, read: int | None = None, cause: str = "command:1", ids: Sequence[str] = ()) -> Asked:
    """A command as it comes from outside."""
    return Asked(
        person=person,
        cause=cause,
        event_ids=tuple(ids) or tuple(f"{cause}/{n}" for n in range(4)),
        message_id=f"message of {cause}",
        read=read,
    )


def a_party(id: str, kind: PartyKind, *, name: str | None = None, **changes: Any) -> Party:
    return replace(Party(id=id, kind=kind, display_name=name or id.title(), market="de", time=NOW - timedelta(days=1)), **changes)


PARTIES = (
    a_party("buyer-1", PartyKind.BUYER, name="Bea", language="de"),
    a_party("seller-1", PartyKind.SELLER, name="Sellers & Co", language="de"),
    a_party("member-1", PartyKind.MEMBER, name="Max", seller_id="seller-1", language="de"),
    a_party("agent-1", PartyKind.SUPPORT, name="Ada", language="en"),
)
