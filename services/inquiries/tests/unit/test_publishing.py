"""Each fact of an inquiry becomes its event; a guest's address stands in the one restricted event alone."""

import json
from typing import Any

import pytest
from inquiries.domain.guests import Guest
from inquiries.publishing import guest_registered, published
from parley_contracts import inquiries as wire
from parley_contracts.conversation import LinkRequested, MessageRemoved, PolicyFlagged, ReplyPosted, ResponseWaived
from parley_contracts.envelope import EventData, derived_id
from parley_contracts.topics import EVENT_TYPES, GUESTS, INQUIRIES
from parley_conversation.domain import facts
from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.people import SYSTEM
from parley_conversation.domain.standing import About
from parley_conversation.domain.words import (
    Category,
    CloseReason,
    EscalationReason,
    HandBackReason,
    Kind,
    RemovedBecause,
    Role,
    Side,
    State,
    Violation,
    Visibility,
    WaivedBecause,
)
from parley_conversation.testing.builders import ACTORS, NOW, a_conversation, a_message

WORDS = "Does it dim? My number is 030 1234"
ASKED, NOTED = a_message(Role.GUEST, text=WORDS), a_message(Role.SELLER, text=WORDS, visibility=Visibility.BACKSTAGE)


def an_inquiry(**changes: Any) -> Conversation:
    return a_conversation(
        kind=Kind.PRODUCT_INQUIRY,
        category=Category.PRE_PURCHASE,
        problem_type="product",
        buyer=ACTORS[Role.GUEST],
        about=About(product_id="product-1", product_title="Desk lamp", product_url="https://shop.example/lamp"),
        **changes,
    )


def a_fact(what: facts.What) -> facts.Fact:
    return facts.Fact(
        id="event-2",
        sequence=2,
        at=NOW,
        by=SYSTEM,
        what=what,
        state=State.AWAITING_SUPPORT,
        handler=Side.SUPPORT,
        agent_id="agent-1",
        assignee_id=None,
    )


CASES: list[tuple[facts.What, type[EventData], dict[str, Any]]] = [
    (facts.Opened(ASKED), wire.InquiryAdded, {}),
    (facts.Replied(ASKED, closing=True), ReplyPosted, {"closing": True}),
    (facts.Replied(NOTED), ReplyPosted, {"closing": False}),
    *((facts.Closed(reason), wire.InquiryClosed, {"reason": reason.value}) for reason in CloseReason),
    (facts.Reopened(ASKED), wire.InquiryReopened, {}),
    (facts.Reopened(), wire.InquiryReopened, {"message": None}),
    *((facts.Escalated(reason), wire.InquiryEscalated, {"reason": reason.value}) for reason in EscalationReason),
    (facts.Escalated(EscalationReason.APPEAL, NOTED), wire.InquiryEscalated, {"reason": "appeal"}),
    (facts.Escalated(EscalationReason.OVERDUE, cycle_id="cycle-1"), wire.InquiryEscalated, {"cycle_id": "cycle-1"}),
    (facts.Acknowledged(), wire.InquiryAcknowledged, {"agent_id": "agent-1"}),
    *((facts.HandedBack(reason), wire.InquiryHandedBack, {"reason": reason.value}) for reason in HandBackReason),
    (facts.HandedBack(HandBackReason.SUPPORT, NOTED), wire.InquiryHandedBack, {"reason": "support"}),
    (facts.Waived(Side.SELLER, WaivedBecause.THANKS), ResponseWaived, {"side": "seller", "reason": "thanks"}),
    (facts.Rated(2, Side.SUPPORT), wire.InquiryRated, {"rating": 2, "side": "support"}),
    (facts.Assigned(Side.SUPPORT, "agent-2"), wire.InquiryAssigned, {"side": "support", "party_id": "agent-2"}),
    (
        facts.MessageRemoved("m-1", ACTORS[Role.SELLER], Visibility.PUBLIC, RemovedBecause.SPAM),
        MessageRemoved,
        {"message_id": "m-1", "author_id": "member-1", "author_role": "seller", "visibility": "public", "reason": "spam"},
    ),
    (
        facts.PolicyFlagged("m-1", ACTORS[Role.SELLER], (Violation.LINKS, Violation.ADVERTISING)),
        PolicyFlagged,
        {"message_id": "m-1", "author_id": "member-1", "author_role": "seller", "violations": ("links", "advertising")},
    ),
    (facts.LinkRequested("guest-1", Role.GUEST), LinkRequested, {"party_id": "guest-1", "role": "guest"}),
]


@pytest.mark.parametrize(("what", "model", "fields"), CASES, ids=lambda value: type(value).__name__)
def test_a_fact_becomes_its_event(what: facts.What, model: type[EventData], fields: dict[str, Any]) -> None:
    event = published(an_inquiry(), a_fact(what), "command:1")

    assert (event.type, event.source, event.subject, event.sequence) == (model.type, "/inquiries", "c-1", 2)
    assert (event.id, event.correlationid, event.causationid, event.time) == ("event-2", "event-1", "command:1", NOW)
    assert INQUIRIES in EVENT_TYPES[event.type]
    data = model.model_validate_json(event.value or b"")
    said = data.model_dump()
    assert {name: said[name] for name in fields} == fields
    assert (said["kind"], said["buyer_role"], said["product_id"], said["state"]) == (
        "product_inquiry",
        "guest",
        "product-1",
        "awaiting_support",
    )


@pytest.mark.parametrize(("what", "model", "fields"), CASES, ids=lambda value: type(value).__name__)
def test_no_event_on_the_public_topic_carries_words_titles_or_addresses(
    what: facts.What, model: type[EventData], fields: dict[str, Any]
) -> None:
    value = (published(an_inquiry(), a_fact(what), "command:1").value or b"").decode()

    assert not [word for word in (WORDS, "Desk lamp", "shop.example", "030") if word in value]


def test_every_kind_of_fact_has_a_case() -> None:
    of_orders = {facts.RefundRecorded, facts.OrderNoteAdded}
    assert {type(what) for what, _, _ in CASES} | of_orders == set(facts.What.__args__)


def test_a_message_is_told_by_its_length() -> None:
    data = json.loads(published(an_inquiry(), a_fact(facts.Opened(ASKED)), "command:1").value or b"")

    assert data["message"]["length"] == len(WORDS)
    assert (data["message"]["author_role"], data["message"]["visibility"]) == ("guest", "public")


def test_a_guests_address_follows_from_the_first_event_of_the_inquiry() -> None:
    event = guest_registered(Guest(id="guest-1", name="Zoë", email="zoe@example.org"), an_inquiry())

    assert (event.type, event.subject, event.sequence) == ("parley.guest.registered.v1", "guest-1", None)
    assert event.id == derived_id("event-1", "/inquiries", event.type)
    assert (event.correlationid, event.causationid) == ("event-1", "event-1")
    assert EVENT_TYPES[event.type] == (GUESTS,)
    data = wire.GuestRegistered.model_validate_json(event.value or b"")
    assert (data.id, data.inquiry_id, data.name, data.email, data.market) == ("guest-1", "c-1", "Zoë", "zoe@example.org", "de")
