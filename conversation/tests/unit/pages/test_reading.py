"""What a page shows: to each reader their own, in their language, with nothing from elsewhere."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from parley_chassis.testing.english import english_in
from parley_conversation.domain.standing import About
from parley_conversation.domain.waits import Waits
from parley_conversation.domain.words import Category, Kind, Role, Side, State, Visibility
from parley_conversation.ports import Posted
from parley_conversation.testing.builders import NOW, a_conversation, a_message, a_wait
from parley_conversation.testing.doubles import InMemoryTransaction


def say(transact: Any, *said: tuple[Role, Visibility, str]) -> None:
    """Put messages into the conversation."""
    tx = InMemoryTransaction(transact.tables, NOW, transact.markets)
    for number, (role, visibility, text) in enumerate(said, 1):
        tx.messages.add("c-1", Posted(message=a_message(role, text=text, visibility=visibility, id=f"m-{number}"), sequence=number, at=NOW))


async def test_each_side_reads_what_is_meant_for_it(browser: Any, place: Any, transact: Any, seller: dict[str, str]) -> None:
    place(a_conversation())
    say(
        transact,
        (Role.BUYER, Visibility.PUBLIC, "What buyers ask"),
        (Role.SELLER, Visibility.BACKSTAGE, "What support should know"),
        (Role.SELLER, Visibility.INTERNAL, "What stays in the shop"),
        (Role.SUPPORT, Visibility.INTERNAL, "What stays with support"),
    )

    by_link = [(await browser.open(*who)).text for who in (("buyer-1", "buyer"), ("member-1", "seller"))]
    shop = (await browser.get("/c/c-1", headers=seller)).text

    told = ("What buyers ask", "What support should know", "What stays in the shop", "What stays with support")
    assert [[text in page for text in told] for page in (*by_link, shop)] == [
        [True, False, False, False],
        [True, True, False, False],
        [True, True, True, False],
    ], "and what stays in the shop is not for everybody who has the mail"


async def test_people_see_the_shop_and_not_who_of_it_wrote(browser: Any, place: Any, transact: Any) -> None:
    place(a_conversation(State.AWAITING_BUYER))
    say(transact, (Role.BUYER, Visibility.PUBLIC, "?"), (Role.SELLER, Visibility.PUBLIC, "!"), (Role.SUPPORT, Visibility.PUBLIC, "."))

    page = await browser.open("buyer-1", "buyer")

    authors = re.findall(r"<header><strong>(.*?)</strong>", page.html)
    assert authors == ["Sie", "Sellers &amp; Co", "Marktplatz Kundenservice"]
    assert "Max" not in page.text
    assert "Ada" not in page.text


async def test_what_people_write_is_text_and_never_markup(browser: Any, place: Any, transact: Any) -> None:
    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)> {{ 7*7 }} {% raw %} \"'> &amp;\nsecond line"
    place(a_conversation(about=About(product_title=hostile, product_url="javascript:alert(1)"), kind=Kind.PRODUCT_INQUIRY))
    say(transact, (Role.BUYER, Visibility.PUBLIC, hostile))
    transact.tables["parties"]["seller-1"] = replace(transact.tables["parties"]["seller-1"], display_name=hostile)

    page = await browser.open("buyer-1", "buyer")

    assert "<script" not in page.html
    assert "<img" not in page.html
    assert "javascript:" not in page.html
    assert "{{ 7*7 }}" in page.html
    assert "second line" in page.text


@pytest.mark.parametrize(
    ("party", "known", "accepts", "shown"),
    [
        ("buyer-1", "en", "de", "en"),
        ("buyer-1", "de-AT", "en", "de"),
        ("buyer-1", None, "en", "de"),
        ("buyer-1", "it-CH", "en", "it"),
        ("buyer-1", "fr", "en", "fr"),
        ("buyer-1", "zh-Hant-TW", "en", "zh-Hans"),
        ("buyer-1", "pt", "en", "de"),
        ("member-1", "en", "de", "en"),
        ("member-1", None, "fr", "de"),
    ],
    ids=[
        "the person's",
        "a variant of it",
        "that of the conversation",
        "it",
        "fr",
        "zh",
        "one without texts",
        "a member's",
        "the market's",
    ],
)
async def test_the_page_speaks_the_persons_language_else_the_markets(
    browser: Any, place: Any, transact: Any, party: str, known: str | None, accepts: str, shown: str
) -> None:
    place(a_conversation())
    transact.tables["parties"][party] = replace(transact.tables["parties"][party], language=known)

    page = await browser.open(party, "buyer" if party == "buyer-1" else "seller", headers={"accept-language": accepts})

    assert f'<html lang="{shown}">' in page.html
    assert page.answer.headers["content-language"] == shown
    assert ("Nachricht" in page.text or "Antwort" in page.text) is (shown == "de")


@pytest.mark.parametrize("language", ["de", "it", "fr", "zh"])
@pytest.mark.parametrize("state", State)
async def test_no_english_is_left_on_a_page_in_another_language(
    browser: Any, place: Any, transact: Any, support: dict[str, str], language: str, state: State
) -> None:
    place(a_conversation(state))
    for party in ("buyer-1", "member-1", "agent-1"):
        transact.tables["parties"][party] = replace(transact.tables["parties"][party], language=language)

    pages = [await browser.open("buyer-1", "buyer"), await browser.open("member-1", "seller"), await browser.get("/c/c-1", headers=support)]

    for page in pages:
        assert page.status == 200
        assert english_in(page.text.replace("Sellers &amp; Co", "")) == set()


@pytest.mark.parametrize(
    ("due", "now", "buyer", "seller"),
    [
        (None, 0, "Sellers & Co hat die Nachricht erhalten und wird antworten.", "Ihre Antwort wird erwartet."),
        (48, 1, "Sellers & Co antwortet voraussichtlich bis Mittwoch, 4. März 2026, 11:00 MEZ.", "Verbleibende Zeit: 1 Tag, 23 Stunden."),
        (
            48,
            49,
            "Sellers & Co hätte bis Mittwoch, 4. März 2026, 11:00 MEZ antworten sollen.",
            "war bis Mittwoch, 4. März 2026, 11:00 MEZ fällig",
        ),
    ],
    ids=["not known yet", "in time", "late"],
)
async def test_it_says_until_when_an_answer_is_expected(
    browser: Any, place: Any, transact: Any, due: int | None, now: int, buyer: str, seller: str
) -> None:
    wait = a_wait(Side.SELLER, due=NOW + timedelta(hours=due) if due is not None else None)
    place(a_conversation(waits=Waits(open=(wait,), unanswered=True, moved_at=1)))
    transact.now = NOW + timedelta(hours=now)

    assert buyer in (await browser.open("buyer-1", "buyer")).text.replace("&amp;", "&")
    assert seller in (await browser.open("member-1", "seller")).text


@pytest.mark.parametrize(
    ("state", "buyer", "seller"),
    [
        (State.AWAITING_SELLER, {"reply", "close"}, {"reply", "reply-and-close", "close", "appeal"}),
        (State.AWAITING_SUPPORT, {"reply", "close"}, {"reply"}),
        (State.AWAITING_BUYER, {"reply", "close"}, {"reply", "reply-and-close", "close", "appeal"}),
        (State.CLOSED, {"reopen", "rate"}, set()),
        (State.FINAL, set(), set()),
    ],
)
async def test_it_offers_what_the_reader_may_do_now_and_nothing_else(
    browser: Any, place: Any, state: State, buyer: set[str], seller: set[str]
) -> None:
    place(a_conversation(state))

    offered = [
        set(re.findall(r'action="/c/c-1/([a-z-]+)#answer"', (await browser.open(*who)).html))
        for who in (("buyer-1", "buyer"), ("member-1", "seller"))
    ]

    assert offered[0] == buyer
    assert offered[1] == seller


async def test_a_question_before_buying_shows_the_product(browser: Any, place: Any) -> None:
    about = About(product_id="p-1", product_title="Trekking pole", product_url="https://shop.example/p/1")
    place(a_conversation(kind=Kind.PRODUCT_INQUIRY, category=Category.PRE_PURCHASE, problem_type="product", about=about))

    page = await browser.open("buyer-1", "buyer")

    assert "<h1>Trekking pole</h1>" in page.html
    assert 'href="https://shop.example/p/1"' in page.html


async def test_an_id_cannot_break_out_of_a_shops_address(browser: Any, place: Any) -> None:
    place(a_conversation(about=About(order_id='1/../x?a=b&c#d"><b>', order_number="4711")))

    page = await browser.open("buyer-1", "buyer")

    assert 'href="https://shop.example/orders/1%2F..%2Fx%3Fa%3Db%26c%23d%22%3E%3Cb%3E"' in page.html


@pytest.mark.parametrize("path", ["/c/c-1", "/c/none", "/nowhere", "/l/x"])
async def test_a_page_loads_nothing_from_elsewhere_runs_nothing_and_is_kept_nowhere(browser: Any, place: Any, path: str) -> None:
    place(a_conversation())
    await browser.open("buyer-1", "buyer")

    page = await browser.get(path)

    policy = page.answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'")
    assert page.answer.headers["cache-control"] == "no-store"
    assert page.answer.headers["referrer-policy"] == "no-referrer"
    assert page.answer.headers["x-robots-tag"] == "noindex"
    assert "<script" not in page.html
    assert "style=" not in page.html
    loaded = re.findall(r'<(?:link|img)[^>]+(?:href|src)="([^"]+)"', page.html)
    assert loaded
    assert all(address.startswith("/assets/") for address in loaded)
    for address in loaded:
        sheet = await browser.http.get(address)
        assert (sheet.status_code, sheet.headers["content-type"]) == (200, "text/css; charset=utf-8")
        assert "immutable" in sheet.headers["cache-control"]


async def test_a_style_sheet_has_only_the_address_of_its_content(browser: Any) -> None:
    assert (await browser.get("/assets/000000000000/pico.min.css")).status == 404
    assert (await browser.get("/assets/x/..%2f..%2fpyproject.toml")).status == 404
