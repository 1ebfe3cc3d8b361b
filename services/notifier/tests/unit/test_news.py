"""Events of the contract as the domain sees them: every type, and what the table tells apart."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from notifier.consumers.news import clock_news, conversation_news, health_news
from notifier.consumers.people import guest_of, party_of
from notifier.domain.news import News
from notifier.domain.table import told
from notifier.domain.words import Audience, Author, Kind, Notice
from notifier.testing.builders import AT, two_markets
from parley_chassis import tracing
from parley_chassis.parking import Poison
from parley_chassis.records import Received
from parley_chassis.tracing import Trace
from parley_contracts import conversation, inquiries, marketplace, sla, ticketing
from parley_contracts.envelope import Envelope, EventData
from parley_contracts.topics import TICKETS

MARKETS = two_markets().markets
TOLD = Trace.begun()
EXAMPLES = Path(__file__).parents[4] / "contracts" / "examples"
CONVERSATIONS = {data_type.type: data_type for data_type in (*ticketing.EVENTS, *inquiries.EVENTS)}
CLOCK = {data_type.type: data_type for data_type in sla.CYCLE_EVENTS}


def received(data: EventData, *, source: str = "/ticketing", subject: str = "c-1", at: datetime = AT) -> Received[Any]:
    envelope = Envelope.of(
        data, id="e-1", source=source, subject=subject, time=at, sequence=1, correlationid="e-0", causationid="command:test"
    )
    return Received(TICKETS, 0, 0, envelope, data, None)


def example(data_type: type[EventData], *, message: dict[str, Any] | None = None, **changes: Any) -> Any:
    """A golden example of the contract, in one of our markets, with changes; ``message`` changes what is in its message."""
    path = sorted((EXAMPLES / data_type.type).glob("*.json"))[0]
    said = json.loads(path.read_text()) | {"market": "north"} | changes
    return data_type.model_validate(said | ({"message": said["message"] | message} if message else {}))


def news_of(data: Any) -> News:
    return conversation_news(received(data), MARKETS)[0]


@pytest.mark.parametrize("type", CONVERSATIONS)
def test_every_event_of_a_conversation_is_understood(type: str) -> None:
    said = example(CONVERSATIONS[type])
    with tracing.under(TOLD):
        news, state = conversation_news(received(said), MARKETS)

    assert (news.event_id, news.conversation_id, news.correlation_id, news.at) == ("e-1", "c-1", "e-0", AT)
    assert (news.parties.buyer_id, news.parties.seller_id, news.trace) == (said.buyer_id, said.seller_id, TOLD)
    assert (state.id, state.number, state.market, state.state) == ("c-1", said.number, "north", said.state)


@pytest.mark.parametrize("type", CLOCK)
def test_every_event_of_the_clock_is_understood(type: str) -> None:
    said = example(CLOCK[type], conversation_source="/inquiries")
    with tracing.under(TOLD):
        news = clock_news(received(said, source="/sla-monitor"), MARKETS)

    assert (news.source, news.trace) == ("/inquiries", TOLD)
    assert news.wait is not None
    assert (news.wait.cycle_id, news.wait.due) == (said.cycle_id, said.due)


def test_every_event_that_mails_tell_of_has_a_kind_of_its_own() -> None:
    kinds = {news_of(example(data_type)).kind for data_type in CONVERSATIONS.values()}
    kinds |= {clock_news(received(example(data_type, conversation_source="/ticketing")), MARKETS).kind for data_type in CLOCK.values()}

    kinds.add(health_news(received(example(sla.SellerHealthChanged)), MARKETS).kind)

    assert kinds == set(Kind)


def a_reply(*, closing: bool = False, **message: Any) -> News:
    return news_of(example(conversation.ReplyPosted, closing=closing, message=message))


def test_the_visibility_of_a_message_is_told_apart() -> None:
    variants = {visibility: a_reply(visibility=visibility).variant for visibility in ("public", "backstage", "internal", "other")}

    assert variants == {name: name for name in variants}
    assert a_reply(closing=True, visibility="public").variant == "closing"


def test_a_machines_message_is_of_nobody() -> None:
    assert a_reply(author_kind="automatic", author_role="seller").author is Author.AUTOMATIC
    assert a_reply(author_kind="other", author_role="seller").author is Author.AUTOMATIC


def test_a_guest_is_the_buyer() -> None:
    news = news_of(example(inquiries.InquiryAdded, buyer_role="guest", actor_role="guest", message={"author_role": "guest"}))

    assert (news.author, news.parties.guest) == (Author.BUYER, True)


def test_an_overdue_answer_is_told_apart_by_who_owes_it_and_whether_it_escalates() -> None:
    def variant(**changes: Any) -> str:
        return clock_news(received(example(sla.ResponseOverdue, conversation_source="/ticketing", **changes)), MARKETS).variant

    assert variant(owed_by="seller", escalates=True) == "seller_escalates"
    assert variant(owed_by="seller", escalates=False) == "seller_stays"
    assert variant(owed_by="support", escalates=True) == "support"


def test_a_note_to_the_customer_reaches_the_buyer_and_a_private_one_nobody() -> None:
    public, private = (news_of(example(ticketing.OrderNoteAdded, to_customer=to)) for to in (True, False))

    assert told(public.kind, public.variant, Author.SELLER, Audience.SELLER)[Audience.BUYER].notice is Notice.ORDER_NOTE
    assert told(private.kind, private.variant, Author.SELLER, Audience.SELLER) == {}


def test_what_nobody_knows_how_to_mail_is_poison_that_says_what_to_do() -> None:
    with pytest.raises(Poison, match="add one, then redrive"):
        news_of(example(ticketing.TicketCreated, market="atlantis"))
    with pytest.raises(Poison, match="keeps no conversations"):
        conversation_news(received(example(ticketing.TicketCreated), source="/elsewhere"), MARKETS)
    with pytest.raises(Poison, match="update the notifier"):
        clock_news(received(example(sla.ResponseDueSoon, conversation_source="/ticketing", owed_by="other")), MARKETS)


def a_person(**changes: Any) -> Any:
    said = {"id": "anna", "kind": "buyer", "display_name": "Anna", "email": "Anna@People.example", "market": "north"}
    return marketplace.PartyChanged.model_validate(said | changes)


def test_a_person_is_kept_with_an_address_that_can_be_mailed() -> None:
    person = party_of(received(a_person(time_zone="Europe/Vienna", language="de-AT"), subject="anna"))

    assert (person.address, person.time_zone, person.language, person.as_of) == ("Anna@people.example", "Europe/Vienna", "de-AT", AT)


@pytest.mark.parametrize("address", [None, "", "nonsense", "anna@people.example\r\nBcc: x", "a@b, c@d"])
def test_a_person_with_a_doubtful_address_has_none(address: str | None) -> None:
    assert party_of(received(a_person(email=address), subject="anna")).address is None


def test_nobody_can_speak_for_somebody_else() -> None:
    guest = inquiries.GuestRegistered(id="guest-1", inquiry_id="c-1", name="G", email="g@people.example", language="de", market="north")

    assert guest_of(received(guest, subject="guest-1")).kind == "guest"
    with pytest.raises(Poison, match="under its own key"):
        guest_of(received(guest, subject="guest-2"))
    with pytest.raises(Poison, match="under its own key"):
        party_of(received(a_person(), subject="bea"))
