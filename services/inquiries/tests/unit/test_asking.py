"""Asking about a product or a store, with an account or as a guest."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from inquiries.domain.context import Context
from inquiries.domain.guests import Guest
from inquiries.domain.refusals import UnknownMarket
from inquiries.use_cases import Question, ask, forget_person, remove_ended_inquiries
from parley_conversation.domain import facts
from parley_conversation.domain.market import MarketRules
from parley_conversation.domain.parties import PartyKind
from parley_conversation.domain.people import Actor, Person
from parley_conversation.domain.refusals import Erased, NotFound, OwnShop, RoleNotAllowed
from parley_conversation.domain.words import Category, Kind, Role, Side, State
from parley_conversation.testing.builders import AGENT, BUYER, MEMBER, NOW, a_party, asked
from parley_conversation.testing.doubles import InMemory
from parley_conversation.use_cases.parties import know_party
from parley_conversation.use_cases.reading import look

LAMP = Context(seller_id="seller-1", market="de", url="https://shop.example/lamp", product_id="product-1", product_title="Desk lamp")
STORE = Context(seller_id="seller-1", market="de", url="https://shop.example")
ZOE = Guest(id="guest-1", name="Zoë", email="zoe@example.org")
NOBODY = Person(party_id="guest-1", is_buyer=True, language="en")


def a_question(context: Context = LAMP, **changes: Any) -> Question:
    return replace(Question(context=context, text="Does it dim?"), **changes)


async def test_a_product_inquiry_names_its_product_and_waits_for_the_seller(transact: InMemory[Any]) -> None:
    seat = await transact(ask, "i-1", asked(BUYER), a_question())

    inquiry = seat.conversation
    assert (inquiry.kind, inquiry.category, inquiry.problem_type) == (Kind.PRODUCT_INQUIRY, Category.PRE_PURCHASE, "product")
    assert (inquiry.state, inquiry.handler, inquiry.seller_id, inquiry.market) == (State.AWAITING_SELLER, Side.SELLER, "seller-1", "de")
    assert (inquiry.about.product_id, inquiry.about.product_title) == ("product-1", "Desk lamp")
    assert inquiry.about.product_url == "https://shop.example/lamp"
    assert seat.actor == Actor("buyer-1", Role.BUYER)
    assert inquiry.number.startswith("Q-")


async def test_a_store_inquiry_has_no_product(transact: InMemory[Any]) -> None:
    inquiry = (await transact(ask, "i-1", asked(BUYER), a_question(STORE))).conversation

    assert (inquiry.kind, inquiry.problem_type, inquiry.about.product_id) == (Kind.STORE_INQUIRY, "store", None)


async def test_the_question_is_the_first_message_and_the_one_event(transact: InMemory[Any]) -> None:
    await transact(ask, "i-1", asked(BUYER), a_question())

    view = await transact(look, "i-1", MEMBER)
    assert [posted.message.text for posted in view.messages] == ["Does it dim?"]
    (published,) = transact.published()
    assert isinstance(published.fact.what, facts.Opened)
    assert (published.fact.sequence, published.cause) == (1, "command:1")


async def test_a_guest_is_the_buyer_and_the_address_is_published_once(transact: InMemory[Any]) -> None:
    seat = await transact(ask, "i-1", asked(NOBODY), a_question(guest=ZOE))

    assert seat.conversation.buyer == Actor("guest-1", Role.GUEST)
    assert transact.tables["guests"] == {"guest-1": (ZOE, seat.conversation)}


async def test_the_seller_reads_a_guests_name_and_no_address(transact: InMemory[Any]) -> None:
    await transact(ask, "i-1", asked(NOBODY), a_question(guest=ZOE))

    view = await transact(look, "i-1", MEMBER)
    assert view.names["guest-1"] == "Zoë"
    assert "zoe@example.org" not in repr(view)
    assert transact.tables["parties"]["guest-1"].kind is PartyKind.GUEST
    assert "zoe@example.org" not in repr(transact.tables["parties"])


async def test_somebody_with_an_account_registers_no_guest(transact: InMemory[Any]) -> None:
    await transact(ask, "i-1", asked(BUYER), a_question())

    assert not transact.tables.get("guests")
    assert not transact.tables.get("parties")


async def test_a_shops_people_ask_other_shops_and_read_the_answer_as_a_buyer(transact: InMemory[Any]) -> None:
    other = replace(MEMBER, seller_ids=frozenset({"seller-2"}))
    await transact(ask, "i-1", asked(other), a_question())

    assert (await transact(look, "i-1", other)).reader.role is Role.BUYER


async def test_nobody_asks_their_own_shop(transact: InMemory[Any]) -> None:
    with pytest.raises(OwnShop):
        await transact(ask, "i-1", asked(replace(MEMBER, is_buyer=True)), a_question())
    assert not transact.tables


@pytest.mark.parametrize("person", [AGENT, Person(party_id="cron-1")])
async def test_support_and_services_ask_nobody(transact: InMemory[Any], person: Person) -> None:
    with pytest.raises(RoleNotAllowed):
        await transact(ask, "i-1", asked(person), a_question())


async def test_a_page_of_an_unknown_market_is_refused(transact: InMemory[Any]) -> None:
    with pytest.raises(UnknownMarket):
        await transact(ask, "i-1", asked(BUYER), a_question(replace(LAMP, market="atlantis")))


@pytest.mark.parametrize(
    ("claimed", "known", "expected"),
    [("fr", "it", "fr"), (None, "it", "it"), (None, None, "de")],
)
async def test_the_language_is_the_persons_else_the_markets(
    transact: InMemory[Any], claimed: str | None, known: str | None, expected: str
) -> None:
    transact.markets = {"de": MarketRules(contact_window=timedelta(days=30), language="de")}
    if known:
        transact.tables["parties"] = {"buyer-1": a_party("buyer-1", PartyKind.BUYER, language=known)}

    seat = await transact(ask, "i-1", asked(replace(BUYER, language=claimed)), a_question())

    assert seat.conversation.language == expected


@pytest.mark.parametrize(("country", "handler"), [("DE", Side.SELLER), ("US", Side.SUPPORT), (None, Side.SELLER)])
async def test_a_market_that_routes_sends_questions_from_far_away_to_support(
    transact: InMemory[Any], country: str | None, handler: Side
) -> None:
    transact.markets = {
        "de": MarketRules(contact_window=timedelta(days=30), routing_profile="support_first", served_countries=frozenset({"DE"}))
    }
    transact.tables["parties"] = {"buyer-1": a_party("buyer-1", PartyKind.BUYER, country=country)}

    inquiry = (await transact(ask, "i-1", asked(BUYER), a_question())).conversation

    assert inquiry.handler is handler
    told = [type(each.fact.what) for each in transact.published()]
    assert told == ([facts.Opened] if handler is Side.SELLER else [facts.Opened, facts.Escalated])
    if handler is Side.SUPPORT:
        with pytest.raises(NotFound):
            await transact(look, "i-1", MEMBER)


async def test_every_time_of_the_question_is_the_databases(transact: InMemory[Any]) -> None:
    inquiry = (await transact(ask, "i-1", asked(NOBODY), a_question(guest=ZOE))).conversation

    assert inquiry.opened_at == inquiry.changed_at == inquiry.buyer_wrote_at == NOW
    assert transact.tables["parties"]["guest-1"].time == NOW


async def test_an_erased_guest_is_erased_on_the_topic_of_guests_too(transact: InMemory[Any]) -> None:
    await transact(ask, "i-1", asked(NOBODY), a_question(guest=ZOE))
    how: Any = {"at": NOW + timedelta(hours=1), "cause": "tombstone:guest-1", "event_id": lambda it: f"erased {it.id}"}

    for _ in range(2):
        assert not await transact(forget_person, "guest-1", **how)

    assert transact.tables["guests"] == {"guest-1": (how["at"], how["cause"])}
    assert not transact.tables["messages"]
    with pytest.raises(Erased):
        await transact(look, "i-1", MEMBER)


async def test_somebody_who_was_erased_asks_nothing_until_the_marketplace_knows_them_again(transact: InMemory[Any]) -> None:
    how: Any = {"at": NOW, "cause": "tombstone:buyer-1", "event_id": lambda it: it.id}
    await transact(forget_person, "buyer-1", **how)

    with pytest.raises(Erased):
        await transact(ask, "i-1", asked(BUYER), a_question())
    assert transact.tables.get("guests") in (None, {}), "an account is no guest"

    await transact(know_party, a_party("buyer-1", PartyKind.BUYER, time=NOW + timedelta(seconds=1)))
    assert await transact(ask, "i-1", asked(BUYER), a_question())


async def test_a_guest_goes_with_the_inquiry_when_its_time_is_over(transact: InMemory[Any]) -> None:
    await transact(ask, "i-1", asked(NOBODY), a_question(guest=ZOE))
    await transact(ask, "i-2", asked(BUYER, cause="command:2"), a_question())
    for id in ("i-1", "i-2"):
        it = transact.tables["conversations"][id]
        transact.tables["conversations"][id] = replace(it, state=State.CLOSED)
    transact.now = NOW + timedelta(days=24 * 31, seconds=1)

    assert len(await transact(remove_ended_inquiries)) == 2

    assert transact.tables["guests"] == {"guest-1": (transact.now, "retention:i-1")}
    assert transact.tables["parties"]["guest-1"] == transact.now
    assert not transact.tables["conversations"]
