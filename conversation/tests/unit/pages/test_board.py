"""The boards: each their own, what needs an answer first, readable without JavaScript and on a telephone."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from parley_chassis.testing.english import english_in
from parley_conversation.domain.parties import PartyKind
from parley_conversation.domain.people import Actor
from parley_conversation.domain.standing import About
from parley_conversation.domain.waits import Waits
from parley_conversation.domain.words import Category, Kind, Role, Side, State
from parley_conversation.testing.builders import NOW, a_conversation, a_party, a_wait

Headers = dict[str, str]


def numbers(page: Any) -> list[str]:
    return re.findall(r'<a class="number" href="/c/([^"]+)"', page.html)


def tabs(page: Any) -> dict[str, str]:
    """The lists that are offered, with how many are said to stand in each."""
    found = re.search(r'<nav class="tabs".*?</nav>', page.html, re.S)
    assert found
    return {
        re.sub(r"\s*<.*", "", text): (re.findall(r'count">(\S+)<', text) or [""])[0]
        for text in re.findall(r"<li><a [^>]*>(.*?)</a></li>", found[0])
    }


def address(page: Any, rel: str) -> str:
    found = re.search(rf'href="([^"]+)" rel="{rel}"', page.html)
    assert found
    return found[1].replace("&amp;", "&")


@pytest.fixture
def buyer(issuer: Any) -> Headers:
    return dict(issuer.bearer("buyer-1", "buyer", locale="en"))


@pytest.fixture(autouse=True)
def _people(transact: Any) -> None:
    parties = transact.tables["parties"]
    for id in ("buyer-1", "member-1", "agent-1"):
        parties[id] = replace(parties[id], language="en")
    parties["buyer-2"] = a_party("buyer-2", PartyKind.BUYER, name="Bob")


async def test_each_sees_their_own(browser: Any, place: Any, buyer: Headers, seller: Headers, support: Headers) -> None:
    place(a_conversation(id="both"))
    place(a_conversation(id="of-another-buyer", buyer=Actor("buyer-2", Role.BUYER)))
    place(a_conversation(id="of-another-shop", seller_id="seller-2"))
    place(a_conversation(id="elsewhere", market="fr", buyer=Actor("buyer-2", Role.BUYER), seller_id="seller-2"))
    place(a_conversation(State.AWAITING_SUPPORT, id="routed", routed_only=True))

    as_buyer = await browser.get("/board", headers=buyer)
    as_seller = await browser.get("/board", headers=seller)
    as_support = await browser.get("/board?state=awaiting_seller", headers=support)

    assert sorted(numbers(as_buyer)) == ["both", "of-another-shop", "routed"]
    assert sorted(numbers(as_seller)) == ["both", "of-another-buyer"]
    assert sorted(numbers(as_support)) == ["both", "of-another-buyer", "of-another-shop"]
    assert [re.findall(r"<h1>(.*?)</h1>", page.html) for page in (as_buyer, as_seller, as_support)] == [
        ["My requests"],
        ["Support board"],
        ["Support queue"],
    ]


async def test_a_row_says_what_somebody_needs_to_choose_what_to_answer_next(browser: Any, place: Any, seller: Headers) -> None:
    place(a_conversation(problem_type="tracking", changed_at=NOW))

    page = await browser.get("/board", headers=seller)

    for told in ("T-", "Where is my parcel?", "Question about an order", "Order 4711", "Bea", "2 Mar 2026, 11:00 CET"):
        assert told in page.text
    assert "2 days left 4 Mar 2026, 11:00 CET" in page.text
    assert 'href="/c/c-1#answer"' in page.html


async def test_what_is_overdue_says_so_in_words(browser: Any, place: Any, transact: Any, seller: Headers) -> None:
    place(a_conversation())
    transact.now = NOW + timedelta(hours=48)
    in_time = await browser.get("/board", headers=seller)
    transact.now = NOW + timedelta(hours=51)
    late = await browser.get("/board", headers=seller)

    assert ("overdue" in in_time.text, "overdue" in late.text) == (False, True)
    assert "3 hours overdue" in late.text


async def test_a_wait_that_the_clock_has_not_told_of_yet_says_for_how_long(
    browser: Any, place: Any, transact: Any, seller: Headers
) -> None:
    place(a_conversation(waits=Waits(open=(a_wait(Side.SELLER, due=None),), unanswered=True)))
    transact.now = NOW + timedelta(hours=1)

    assert "waiting for 1 hour" in (await browser.get("/board", headers=seller)).text


async def test_who_owes_answers_begins_with_those_that_wait_longest_and_who_asks_with_the_latest(
    browser: Any, place: Any, buyer: Headers, seller: Headers, support: Headers
) -> None:
    for n in range(3):
        place(a_conversation(id=f"s-{n}", since=NOW + timedelta(minutes=n)))
        place(a_conversation(State.AWAITING_SUPPORT, id=f"p-{n}", since=NOW + timedelta(hours=1, minutes=n)))

    assert numbers(await browser.get("/board", headers=seller)) == ["s-0", "s-1", "s-2"]
    assert numbers(await browser.get("/board", headers=support)) == ["p-0", "p-1", "p-2"]
    assert numbers(await browser.get("/board", headers=buyer)) == ["p-2", "p-1", "p-0", "s-2", "s-1", "s-0"]


async def test_the_lists_are_by_state_and_say_how_many(browser: Any, place: Any, buyer: Headers, seller: Headers, support: Headers) -> None:
    for n, state in enumerate((State.AWAITING_SELLER, State.AWAITING_BUYER, State.AWAITING_BUYER, State.CLOSED)):
        place(a_conversation(state, id=f"c-{n}"))

    assert tabs(await browser.get("/board", headers=seller)) == {
        "Waiting for your answer": "1",
        "With support": "0",
        "Waiting for the buyer": "2",
        "Closed": "1",
    }
    assert next(iter(tabs(await browser.get("/board", headers=support)))) == "Waiting for your answer"
    assert list(tabs(await browser.get("/board", headers=buyer))) == ["All", "Waiting for the shop", "With support", "Answered", "Closed"]
    assert sorted(numbers(await browser.get("/board?state=awaiting_buyer", headers=seller))) == ["c-1", "c-2"]
    place(a_conversation(State.FINAL, id="c-9"))
    assert tabs(await browser.get("/board", headers=seller))["Closed for good"] == "1"


async def test_a_list_goes_on_by_link_and_leads_back(browser: Any, place: Any, seller: Headers) -> None:
    for n in range(5):
        place(a_conversation(id=f"c-{n}", since=NOW + timedelta(minutes=n)))

    # As their first role or named as it: the links keep what was chosen, and each leads on in the same list.
    for begins in ("/board?limit=2", "/board?limit=2&role=seller&state=awaiting_seller&category=customer_service"):
        page, found = await browser.get(begins, headers=seller), []
        assert 'rel="first"' not in page.html
        while 'rel="next"' in page.html:
            found += numbers(page)
            page = await browser.get(address(page, "next"), headers=seller)
        assert found + numbers(page) == [f"c-{n}" for n in range(5)]
        assert numbers(await browser.get(address(page, "first"), headers=seller)) == ["c-0", "c-1"]


async def test_a_topic_is_kept_from_list_to_list(browser: Any, place: Any, seller: Headers) -> None:
    place(a_conversation(id="asks"))
    place(a_conversation(id="returns", category=Category.POST_PURCHASE))

    page = await browser.get("/board?category=post_purchase", headers=seller)

    assert numbers(page) == ["returns"]
    assert 'href="/board?category=post_purchase&amp;state=closed"' in page.html
    assert 'href="/board"' in page.html, "and all topics are a click away"


async def test_who_is_more_than_one_sees_a_board_for_each(browser: Any, place: Any, issuer: Any, buyer: Headers) -> None:
    place(a_conversation(id="asked", buyer=Actor("member-2", Role.BUYER), seller_id="seller-2"))
    place(a_conversation(id="sold", seller_id="seller-1"))
    both = issuer.bearer("member-2", "seller", "buyer", seller_ids=["seller-1"], locale="en")

    page = await browser.get("/board", headers=both)
    other = await browser.get("/board?role=buyer", headers=both)

    assert (numbers(page), numbers(other)) == (["sold"], ["asked"])
    assert '<a href="/board?role=buyer">My requests</a>' in page.html
    assert '<a href="/board?role=buyer" aria-current="page">My requests</a>' in other.html
    assert "role=buyer&amp;state=closed" in other.html, "the lists stay those of that board"
    place(a_conversation(id="asked-before", buyer=Actor("member-2", Role.BUYER), seller_id="seller-2", since=NOW - timedelta(days=1)))
    first = await browser.get("/board?role=buyer&limit=1", headers=both)
    assert [numbers(each) for each in (first, await browser.get(address(first, "next"), headers=both))] == [["asked"], ["asked-before"]]
    assert (await browser.get("/board?role=support", headers=both)).status == 403


async def test_what_somebody_has_taken_on_is_marked(browser: Any, place: Any, seller: Headers, support: Headers) -> None:
    place(a_conversation(id="mine", assignee_id="member-1"))
    place(a_conversation(State.AWAITING_SUPPORT, id="theirs", agent_id="agent-2"))

    assert "You have it" in (await browser.get("/board", headers=seller)).text
    assert "You have it" not in (await browser.get("/board", headers=support)).text


async def test_who_sees_several_shops_reads_whose_it_is(browser: Any, place: Any, issuer: Any, seller: Headers, support: Headers) -> None:
    place(a_conversation())
    place(a_conversation(State.AWAITING_SUPPORT, id="c-2"))
    several = issuer.bearer("member-1", "seller", seller_ids=["seller-1", "seller-2"], locale="en")

    shown = [(await browser.get("/board", headers=who)).text.count("Sellers &amp; Co") for who in (seller, several, support)]

    assert shown == [0, 1, 1]
    everywhere = issuer.bearer("agent-1", "support", markets=["de", "fr"], locale="en")
    beside = [re.findall(r"<small>(Sellers.*?)</small>", (await browser.get("/board", headers=who)).html) for who in (support, everywhere)]
    assert beside == [["Sellers &amp; Co"], ["Sellers &amp; Co · Marktplatz"]]


async def test_titles_that_people_chose_are_text(browser: Any, place: Any, seller: Headers) -> None:
    hostile = "<script>alert(1)</script>\"'>"
    place(a_conversation(kind=Kind.PRODUCT_INQUIRY, about=About(product_title=hostile)))

    page = await browser.get("/board", headers=seller)

    assert "<script" not in page.html
    assert "&lt;script&gt;" in page.html


async def test_an_empty_list_says_so(browser: Any, buyer: Headers) -> None:
    page = await browser.get("/board", headers=buyer)

    assert "There is nothing in this list." in page.text
    assert "<table" not in page.html


async def test_the_ways_lead_from_the_conversation_to_the_board_but_not_who_came_by_link(browser: Any, place: Any, seller: Headers) -> None:
    place(a_conversation())

    signed_in = await browser.get("/c/c-1", headers=seller)
    by_link = await browser.open("member-1", "seller")

    assert '<a href="/board">Support board</a>' in signed_in.html
    assert "/board" not in by_link.html


async def test_who_is_not_signed_in_is_led_back_to_the_board(browser: Any, issuer: Any) -> None:
    nobody = await browser.get("/board?state=closed")
    engineer = await browser.get("/board", headers=issuer.bearer("engineer", "oncall"))
    link = await browser.get("/board", headers=issuer.link("c-1", "buyer-1", "buyer"))

    assert (nobody.status, engineer.status, link.status) == (401, 403, 403)
    assert "https://shop.example/sign-in?return_to=https%3A%2F%2Fhelp.example.com%2Fboard" in nobody.html
    assert "e-mail" not in nobody.text, "nobody gets a link to a board"


async def test_the_page_bears_its_readers_market_and_language(browser: Any, place: Any, issuer: Any) -> None:
    agent = issuer.bearer("agent-9", "support", markets=["de"])
    member = issuer.bearer("member-9", "seller", seller_ids=["seller-1"])

    nothing_known = await browser.get("/board", headers=member)
    place(a_conversation())
    pages = [await browser.get("/board", headers=who) for who in (agent, member)]

    assert '<html lang="en">' in nothing_known.html
    for page in pages:
        assert '<html lang="de">' in page.html
        assert "Marktplatz GmbH" in page.html


@pytest.mark.parametrize("language", ["de", "it", "fr", "zh"])
async def test_no_english_is_left_on_a_board_in_another_language(
    browser: Any, place: Any, transact: Any, issuer: Any, language: str
) -> None:
    for n, state in enumerate(State):
        place(a_conversation(state, id=f"c-{n}"))
    transact.now = NOW + timedelta(days=3)
    people = [
        issuer.bearer("buyer-1", "buyer", locale=language),
        issuer.bearer("member-1", "seller", seller_ids=["seller-1"], locale=language),
        issuer.bearer("agent-1", "support", markets=["de"], locale=language),
    ]

    for who in people:
        for state in State:
            page = await browser.get(f"/board?limit=1&state={state.value}", headers=who)
            assert english_in(page.text.replace("Sellers &amp; Co", "").replace("Marktplatz", "")) == set()
