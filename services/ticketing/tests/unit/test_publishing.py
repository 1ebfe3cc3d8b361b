"""Every fact becomes its event, and every order record is kept or parked."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from parley_chassis.parking import Poison
from parley_chassis.records import Received, Tombstone
from parley_contracts.conversation import LinkRequested, MessageRemoved, PolicyFlagged, ReplyPosted, ResponseWaived
from parley_contracts.envelope import Envelope
from parley_contracts.marketplace import OrderChanged
from parley_contracts.ticketing import (
    EVENTS,
    OrderNoteAdded,
    RefundRecorded,
    TicketAcknowledged,
    TicketAssigned,
    TicketClosed,
    TicketCreated,
    TicketEscalated,
    TicketHandedBack,
    TicketRated,
    TicketReopened,
)
from parley_contracts.topics import EVENT_TYPES, ORDERS, TICKETS
from parley_conversation.domain import facts
from parley_conversation.domain.facts import Fact
from parley_conversation.domain.words import (
    CloseReason,
    EscalationReason,
    HandBackReason,
    RemovedBecause,
    Role,
    Side,
    State,
    Violation,
    Visibility,
)
from parley_conversation.testing.builders import ACTORS, NOW, a_conversation, a_message
from parley_conversation.testing.doubles import InMemory
from ticketing.consumers import on_order_changed, on_order_erased
from ticketing.publishing import published
from ticketing.testing import InMemoryTicketing

MESSAGE, NOTE = a_message(Role.BUYER, text="secret words"), a_message(Role.SELLER, text="secret words")
EVENTS_OF: list[tuple[Any, type[Any], dict[str, Any]]] = [
    (facts.Opened(MESSAGE), TicketCreated, {"line_ids": ("line-1",)}),
    (facts.Replied(MESSAGE, closing=True), ReplyPosted, {"closing": True}),
    (facts.Closed(CloseReason.WITHOUT_REPLY, "spam"), TicketClosed, {"reason": "without_reply"}),
    (facts.Reopened(None), TicketReopened, {"message": None}),
    (facts.Escalated(EscalationReason.OVERDUE, None, "cycle-1"), TicketEscalated, {"reason": "overdue", "cycle_id": "cycle-1"}),
    (facts.Acknowledged(), TicketAcknowledged, {"agent_id": "agent-1"}),
    (facts.HandedBack(HandBackReason.SUPPORT, MESSAGE), TicketHandedBack, {"reason": "support"}),
    (facts.Waived(Side.SELLER, "thanks"), ResponseWaived, {"side": "seller", "reason": "thanks"}),
    (facts.OrderNoteAdded(replace(NOTE, topic="return")), OrderNoteAdded, {"to_customer": True, "topic": "return"}),
    (facts.OrderNoteAdded(replace(NOTE, topic="other", visibility=Visibility.INTERNAL)), OrderNoteAdded, {"to_customer": False}),
    (facts.RefundRecorded(("line-1",), "EUR", 1999), RefundRecorded, {"line_ids": ("line-1",), "currency": "EUR", "amount_minor": 1999}),
    (facts.Rated(4, Side.SELLER), TicketRated, {"rating": 4, "side": "seller"}),
    (facts.Assigned(Side.SELLER, "member-1"), TicketAssigned, {"side": "seller", "party_id": "member-1"}),
    (
        facts.MessageRemoved("m-1", ACTORS[Role.SELLER], Visibility.PUBLIC, RemovedBecause.SPAM),
        MessageRemoved,
        {"message_id": "m-1", "author_id": "member-1", "author_role": "seller", "visibility": "public", "reason": "spam"},
    ),
    (
        facts.PolicyFlagged("m-1", ACTORS[Role.SELLER], (Violation.LINKS,)),
        PolicyFlagged,
        {"message_id": "m-1", "author_id": "member-1", "author_role": "seller", "violations": ("links",)},
    ),
    (facts.LinkRequested("buyer-1", Role.BUYER), LinkRequested, {"party_id": "buyer-1", "role": "buyer"}),
]


def a_fact(what: Any) -> Fact:
    return Fact(
        id="e-2",
        sequence=2,
        at=NOW,
        by=ACTORS[Role.SELLER],
        what=what,
        state=State.CLOSED,
        handler=Side.SUPPORT,
        agent_id="agent-1",
        assignee_id=None,
    )


@pytest.mark.parametrize(("what", "event", "fields"), EVENTS_OF, ids=lambda value: getattr(value, "__name__", ""))
def test_a_fact_becomes_its_event(what: Any, event: type[Any], fields: dict[str, Any]) -> None:
    envelope = published(a_conversation(), a_fact(what), "command:1")

    data = event.model_validate_json(envelope.value or b"")
    assert (envelope.type, envelope.source, envelope.subject, envelope.sequence) == (event.type, "/ticketing", "c-1", 2)
    assert (data.state, data.handler, data.actor_role, data.order_number) == ("closed", "support", "seller", "4711")
    assert {name: getattr(data, name) for name in fields} == fields
    assert b"secret" not in (envelope.value or b"")
    assert TICKETS in EVENT_TYPES[envelope.type]


def test_every_kind_of_fact_is_published() -> None:
    assert {type(what) for what, _, _ in EVENTS_OF} == set(facts.What.__args__)
    assert {event for _, event, _ in EVENTS_OF} <= set(EVENTS)


ORDER: dict[str, Any] = {
    "id": "order-7",
    "number": "0815",
    "buyer_id": "buyer-1",
    "state": "open",
    "currency": "EUR",
    "market": "de",
    "placed_at": NOW,
    "delivery_address": {"name": "Bea", "lines": ["Weg 1"], "city": "Berlin"},
    "lines": [
        {
            "id": "line-1",
            "seller_id": "seller-1",
            "product_id": "p-1",
            "title": "Teapot",
            "quantity": 1,
            "price_minor": 1999,
            "refund": {"state": "paid", "amount_minor": 1999, "at": NOW},
        }
    ],
}


def received(subject: str = "order-7", **changes: Any) -> Received[OrderChanged]:
    data = OrderChanged.model_validate({**ORDER, **changes})
    envelope = Envelope.of(
        data, id="r-1", source="/marketplace", subject=subject, time=NOW, sequence=None, correlationid="r-1", causationid="shop"
    )
    return Received(ORDERS, 0, 0, envelope, data, None)


async def order(tx: InMemoryTicketing) -> Any:
    return await tx.orders.get("order-7")


async def test_an_order_is_kept_as_it_was_told_and_erased_by_a_tombstone(transact: InMemory[InMemoryTicketing]) -> None:
    await transact(on_order_changed, received())
    kept = await transact(order)
    assert (kept.number, kept.lines[0].refund.state, kept.delivery_address.on_paper()) == ("0815", "paid", ("Bea", "Weg 1", "Berlin"))

    await transact(on_order_erased, Tombstone(ORDERS, 0, 1, "order-7", NOW + timedelta(seconds=1)))
    assert await transact(order) is None


@pytest.mark.parametrize(("changes", "reason"), [({"market": "atlantis"}, "market file"), ({"subject": "order-8"}, "own key")])
async def test_an_order_that_cannot_be_kept_is_poison_that_says_what_to_do(
    transact: InMemory[InMemoryTicketing], changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Poison, match=reason):
        await transact(on_order_changed, received(**changes))


async def test_a_state_of_an_order_that_is_not_known_yet_reads_as_other(transact: InMemory[InMemoryTicketing]) -> None:
    await transact(on_order_changed, received(state="teleported"))

    assert (await transact(order)).state == "other"
