"""The life of a direct link: it opens one page, changes nothing, grows old, is revoked, and can be replaced."""

import copy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from parley_conversation.domain.links import LinkRecord, Revoker
from parley_conversation.domain.words import LinkMode, Role, State
from parley_conversation.testing.builders import NOW, a_conversation
from parley_conversation.testing.doubles import A_MARKET


@pytest.fixture(autouse=True)
def _conversation(place: Any) -> None:
    place(a_conversation())


async def test_a_link_becomes_a_cookie_for_one_conversation_and_a_clean_address(browser: Any) -> None:
    answer = await browser.http.get(browser.link("buyer-1", "buyer"))

    assert (answer.status_code, answer.headers["location"]) == (303, "/c/c-1")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("parley-link=")
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/c/c-1", "Max-Age=28800"} <= set(cookie.split("; "))
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"


async def test_it_opens_the_page_as_often_as_its_holder_likes(browser: Any) -> None:
    for _ in range(3):
        assert (await browser.open("buyer-1", "buyer")).status == 200


async def test_mail_scanners_change_nothing_however_often_they_come(browser: Any, transact: Any) -> None:
    link = browser.link("member-1", "seller")
    before = copy.deepcopy(transact.tables)
    for number in range(50):
        for method in ("GET", "HEAD", "OPTIONS", "PROPFIND"):
            headers = {"user-agent": f"Scanner/{number}", "sec-purpose": "prefetch", "accept": "*/*"}
            await browser.http.request(method, link, headers=headers, follow_redirects=True)

    assert {name: rows for name, rows in transact.tables.items() if rows} == before
    assert (await browser.http.head(link)).status_code == 303
    assert (await browser.get(link)).status == 200


async def test_one_conversations_cookie_opens_no_other(browser: Any, place: Any) -> None:
    place(a_conversation(id="c-2"))
    await browser.open("buyer-1", "buyer")

    assert (await browser.get("/c/c-2")).status == 401
    stolen = browser.http.cookies.get("parley-link")
    assert (await browser.get("/c/c-2", headers={"cookie": f"parley-link={stolen}"})).status == 404


async def test_an_old_link_leads_to_a_page_that_offers_a_new_one(browser: Any, transact: Any) -> None:
    page = await browser.get(browser.link("buyer-1", "buyer", issued_at=NOW - timedelta(days=30)))

    assert page.status == 410
    assert '<html lang="de">' in page.html
    assert "Dieser Link ist nicht mehr gültig." in page.text
    assert "Marktplatz GmbH" in page.text
    assert "https://shop.example/sign-in" in page.html

    sent = await browser.send(page, "renew")

    assert "Bitte prüfen Sie Ihre E-Mails" in sent.text
    (published,) = transact.published()
    assert (published.fact.what.__class__.__name__, published.fact.by.id) == ("LinkRequested", "buyer-1")


async def test_a_second_before_thirty_days_it_still_opens(browser: Any) -> None:
    link = browser.link("buyer-1", "buyer", issued_at=NOW - timedelta(days=30) + timedelta(seconds=1))

    assert (await browser.get(link)).status == 200


async def test_after_eight_hours_the_cookie_is_too_old_and_the_page_says_so(browser: Any, clock: Any) -> None:
    await browser.open("buyer-1", "buyer")
    clock.now = NOW + timedelta(hours=8)

    page = await browser.get("/c/c-1")

    assert page.status == 410
    assert page.form("renew").fields["link"] == browser.link("buyer-1", "buyer").removeprefix("/l/")


async def test_a_revoked_link_opens_nothing_and_its_holder_may_ask_for_another(browser: Any, transact: Any) -> None:
    record = LinkRecord(party_id="buyer-1", conversation_id="c-1").revoke(NOW + timedelta(seconds=1), Revoker.PARTY)
    transact.tables["links"] = {("buyer-1", "c-1"): record}

    page = await browser.open("buyer-1", "buyer")

    assert page.status == 410
    await browser.send(page, "renew")
    assert len(transact.published()) == 1


@pytest.mark.parametrize("by", [Revoker.SUPPORT, Revoker.ERASURE])
async def test_what_support_or_an_erasure_revoked_stays_revoked_and_the_answer_does_not_tell(
    browser: Any, transact: Any, by: Revoker
) -> None:
    good = await browser.send(await browser.get(browser.link("buyer-1", "buyer", issued_at=NOW - timedelta(days=31))), "renew")
    record = LinkRecord(party_id="buyer-1", conversation_id="c-1").revoke(NOW + timedelta(seconds=1), by)
    transact.tables["links"] = {("buyer-1", "c-1"): record}
    before = len(transact.published())

    bad = await browser.send(await browser.open("buyer-1", "buyer"), "renew")

    assert (bad.status, bad.html) == (good.status, good.html)
    assert len(transact.published()) == before


async def test_everybody_gets_the_same_answer_and_three_an_hour_are_sent(browser: Any, transact: Any) -> None:
    genuine = browser.link("buyer-1", "buyer", issued_at=NOW - timedelta(days=31)).removeprefix("/l/")
    stranger = browser.link("buyer-2", "buyer").removeprefix("/l/")
    answers = set()
    for link in (genuine, genuine, genuine, genuine, genuine, stranger, "forged.token.here", "", "x" * 100_000):
        answer = await browser.http.post("/l/renew", data={"link": link, "lang": "de", "market": "de"})
        answers.add((answer.status_code, answer.text))

    assert len(answers) == 1
    assert len(transact.published()) == 3


@pytest.mark.parametrize("token", ["x", "a.b.c", "../../etc/passwd", "%00", "é", "x" * 1000])
async def test_a_link_that_is_none_leads_to_a_page_that_helps(browser: Any, token: str) -> None:
    page = await browser.get(f"/l/{token}")

    assert page.status in (404, 422)
    assert page.answer.headers["content-type"].startswith("text/html")


async def test_without_a_cookie_one_is_led_to_the_mail_or_the_shop(browser: Any) -> None:
    page = await browser.get("/c/c-1")

    assert page.status == 401
    assert "https://shop.example/sign-in" in page.html


async def test_who_no_longer_works_for_the_shop_sees_nothing(browser: Any, transact: Any) -> None:
    member = transact.tables["parties"]["member-1"]
    transact.tables["parties"]["member-1"] = replace(member, seller_id="seller-2")

    assert (await browser.open("member-1", "seller")).status == 404


async def test_a_sign_in_beats_a_link(browser: Any, issuer: Any, seller: dict[str, str]) -> None:
    await browser.open("buyer-1", "buyer")

    assert (await browser.get("/c/c-1")).has("close")
    assert (await browser.get("/c/c-1", headers=seller)).has("reply-and-close"), "the seller's page, whatever the cookie says"
    assert (await browser.get("/c/c-1", headers=issuer.bearer("buyer-2", "buyer"))).status == 404, "also where it opens less"


@pytest.mark.parametrize(("mode", "status"), [(LinkMode.ACT, 200), (LinkMode.READ, 200), (LinkMode.LOGIN, 401)])
async def test_a_market_says_what_links_are_good_for(browser: Any, transact: Any, mode: LinkMode, status: int) -> None:
    transact.markets = {"de": replace(A_MARKET, links={Role.BUYER: mode})}

    page = await browser.open("buyer-1", "buyer")

    assert page.status == status
    assert page.has("reply") is (mode is LinkMode.ACT)


async def test_a_conversation_that_is_over_for_good_can_still_be_read(browser: Any, place: Any) -> None:
    place(a_conversation(State.FINAL))

    page = await browser.open("buyer-1", "buyer")

    assert (page.status, "<form" in page.html) == (200, False)
    assert "endgültig beendet" in page.text
