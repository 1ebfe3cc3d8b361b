"""Each event of the contract means one thing to the clock."""

import json
from pathlib import Path
from typing import Any

import pytest
from parley_chassis.records import Received
from parley_contracts import inquiries, ticketing, words
from parley_contracts.conversation import ConversationEvent, MessageRemoved, ReplyPosted, ResponseWaived
from parley_contracts.envelope import Envelope
from parley_contracts.inquiries import InquiryAcknowledged, InquiryAdded, InquiryEscalated
from parley_contracts.ticketing import (
    OrderNoteAdded,
    RefundRecorded,
    TicketClosed,
    TicketCreated,
    TicketEscalated,
    TicketHandedBack,
    TicketReopened,
)
from parley_contracts.topics import TICKETS
from sla_monitor.consumers.meanings import meaning
from sla_monitor.domain import events
from sla_monitor.domain.words import HandOver, Role, Side
from sla_monitor.testing import Log, T, about_ticket

EXAMPLES = Path(__file__).parents[4] / "contracts" / "examples"


def heard(data: ConversationEvent) -> events.Event:
    envelope = Envelope.of(
        data, id="event-2", source="/ticketing", subject="c-1", time=T, sequence=2, correlationid="event-1", causationid="event-1"
    )
    return meaning(Received(TICKETS, 0, 0, envelope, data, None))


def message(log: Log, **more: Any) -> Any:
    return log.message("c-1", words.Role.SELLER).model_copy(update=more)


@pytest.fixture
def seller() -> dict[str, Any]:
    return about_ticket(actor_role=words.Role.SELLER)


def test_an_event_says_what_the_conversation_is_about(log: Log) -> None:
    event = heard(TicketCreated(**about_ticket(), message=log.message("c-1", words.Role.BUYER)))

    assert event == events.Posted(
        id="event-2",
        sequence=2,
        at=T,
        about=events.About("/ticketing", "event-1", "T-7F3K-92QD", "de", "post_purchase", "seller-1", "buyer-1"),
        handler=Side.SELLER,
        by=Role.BUYER,
        message_id="c-1-message-1",
    )


def test_an_inquiry_that_was_routed_to_support_is_owed_by_support(log: Log) -> None:
    data = InquiryAdded(**about_ticket(handler=words.Side.SUPPORT), message=log.message("c-1", words.Role.GUEST))

    event = heard(data)

    assert isinstance(event, events.Posted)
    assert event.handler is Side.SUPPORT
    assert event.by is Role.GUEST


def test_the_side_of_a_message_is_the_role_of_its_author_and_not_who_that_is(log: Log) -> None:
    about = about_ticket(buyer_id="shop-owner", seller_id="shop", actor_id="shop-owner")
    by_colleague = log.message("c-1", words.Role.BUYER).model_copy(update={"author_id": "colleague"})
    by_owner = log.message("c-1", words.Role.BUYER).model_copy(update={"author_id": "shop-owner"})

    for message in (by_colleague, by_owner):
        event = heard(ReplyPosted(**about, message=message))
        assert isinstance(event, events.Posted)
        assert event.by.waits


@pytest.mark.parametrize(
    ("more", "public", "person"),
    [
        ({}, True, True),
        ({"visibility": words.Visibility.BACKSTAGE}, False, True),
        ({"visibility": words.Visibility.INTERNAL}, False, True),
        ({"visibility": words.Visibility.OTHER}, False, True),
        ({"author_kind": words.AuthorKind.AUTOMATIC}, True, False),
        ({"author_kind": words.AuthorKind.OTHER}, True, False),
    ],
)
def test_only_public_messages_of_persons_count(more: Any, public: bool, person: bool, log: Log, seller: Any) -> None:
    event = heard(ReplyPosted(**seller, message=message(log, **more)))

    assert isinstance(event, events.Posted)
    assert (event.public, event.person) == (public, person)


@pytest.mark.parametrize("to_customer", [True, False])
def test_an_order_note_counts_if_it_is_to_the_customer(to_customer: bool, log: Log, seller: Any) -> None:
    event = heard(OrderNoteAdded(**seller, message=message(log), to_customer=to_customer))

    assert isinstance(event, events.Posted)
    assert event.public is to_customer


def test_a_refund_counts_as_an_answer_of_who_recorded_it(seller: Any) -> None:
    event = heard(RefundRecorded(**seller, line_ids=("line-1",), currency="EUR", amount_minor=100))

    assert isinstance(event, events.Posted)
    assert (event.by, event.message_id, event.public, event.person) == (Role.SELLER, "event-2", True, True)


def test_a_close_says_who_and_whether_it_is_for_ever(seller: Any) -> None:
    closed = heard(TicketClosed(**seller, reason=words.CloseReason.WITHOUT_REPLY))
    final = heard(TicketClosed(**(seller | {"state": words.State.FINAL}), reason=words.CloseReason.FINAL))
    erased = heard(TicketClosed(**(seller | {"state": words.State.FINAL}), reason=words.CloseReason.ERASED))

    assert isinstance(closed, events.Closed)
    assert (closed.by, closed.final) == (Role.SELLER, False)
    assert isinstance(final, events.Closed)
    assert final.final
    assert isinstance(erased, events.Erased)


def test_a_reopening_without_text_is_a_message_all_the_same(log: Log) -> None:
    bare, with_text = heard(TicketReopened(**about_ticket())), heard(TicketReopened(**about_ticket(), message=message(log)))

    assert isinstance(bare, events.Reopened)
    assert (bare.by, bare.message_id) == (Role.BUYER, "event-2")
    assert isinstance(with_text, events.Reopened)
    assert with_text.message_id == "c-1-message-1"


@pytest.mark.parametrize("reason", words.EscalationReason)
def test_every_reason_of_an_escalation_is_known(reason: words.EscalationReason, seller: Any) -> None:
    for kind in (TicketEscalated, InquiryEscalated):
        event = heard(kind(**seller, reason=reason))
        assert isinstance(event, events.HandedOver)
        assert event.reason is HandOver(reason.value)


def test_a_hand_back_is_one_whatever_its_reason(seller: Any) -> None:
    for reason in words.HandBackReason:
        assert isinstance(heard(TicketHandedBack(**seller, reason=reason)), events.HandedBack)


def test_a_waiver_names_its_side_and_one_of_an_unknown_side_touches_no_clock(seller: Any) -> None:
    waived = heard(ResponseWaived(**seller, side=words.Side.SUPPORT, reason="thanks"))

    assert isinstance(waived, events.Waived)
    assert waived.side is Side.SUPPORT
    assert type(heard(ResponseWaived(**seller, side=words.Side.OTHER, reason="thanks"))) is events.Event


@pytest.mark.parametrize(("reason", "spam"), [("spam", True), ("moderation", False), ("something new", False)])
def test_a_removal_as_spam_is_told_apart(reason: str, spam: bool, seller: Any) -> None:
    data = MessageRemoved(
        **seller, message_id="m-1", author_id="a", author_role=words.Role.BUYER, visibility=words.Visibility.PUBLIC, reason=reason
    )
    event = heard(data)

    assert isinstance(event, events.Removed)
    assert (event.message_id, event.spam) == ("m-1", spam)


def test_what_an_old_system_did_starts_no_clock_unless_it_says_so(log: Log) -> None:
    for imported, start_clock, starts in ((False, True, True), (True, False, False), (True, True, True)):
        about = about_ticket(imported=imported, start_clock=start_clock)
        assert heard(TicketCreated(**about, message=log.message("c-1", words.Role.BUYER))).starts_clock is starts


def test_an_acknowledgement_moves_the_sequence_alone(seller: Any) -> None:
    assert type(heard(InquiryAcknowledged(**seller))) is events.Event


@pytest.mark.parametrize("kind", dict.fromkeys((*ticketing.EVENTS, *inquiries.EVENTS)), ids=lambda kind: kind.type)
def test_every_published_example_means_something(kind: type[ConversationEvent]) -> None:
    examples = sorted((EXAMPLES / kind.type).glob("*.json"))
    assert examples
    for example in examples:
        assert heard(kind.model_validate(json.loads(example.read_text()))).sequence == 2
