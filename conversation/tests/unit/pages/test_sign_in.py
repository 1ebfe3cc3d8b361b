"""The sign-in on pages: the shop hands somebody over once, a cookie keeps them for 8 hours, and no other page can make use of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from parley_chassis.principal import Principal
from parley_chassis.problems import Problem
from parley_chassis.sessions import AUDIENCE
from parley_conversation.domain.words import LinkMode, Role, State
from parley_conversation.http import conversation_routes
from parley_conversation.testing.builders import NOW, a_conversation
from parley_conversation.testing.doubles import A_MARKET

SHOP = {"origin": "https://shop.example"}
HOME = "https://help.example.com"
COOKIE = "parley-session-kernel"

HandOver = Callable[..., Any]


@pytest.fixture(autouse=True)
def _conversation(place: Any) -> None:
    place(a_conversation())


@pytest.fixture
def token(issuer: Any, clock: Any) -> Callable[..., str]:
    """What the shop signs for somebody who clicks on the way to Parley."""

    def signed(party_id: str = "buyer-1", *roles: str, **changes: Any) -> str:
        known = {"aud": [AUDIENCE, HOME], "jti": "click-1", "lives": timedelta(seconds=60), "at": clock.now, **changes}
        return str(issuer.token(party_id, *(roles or ("buyer",)), **known))

    return signed


@pytest.fixture
def hand_over(browser: Any, token: Callable[..., str]) -> HandOver:
    """Sends the form of the shop's page."""

    async def sent(signed: str | None = None, return_to: str = f"{HOME}/c/c-1", headers: dict[str, str] | None = None) -> httpx.Response:
        form = {"token": token() if signed is None else signed, "return_to": return_to}
        answer: httpx.Response = await browser.http.post("/session", data=form, headers=SHOP | (headers or {}))
        return answer

    return sent


async def test_whom_the_shop_hands_over_gets_a_cookie_for_8_hours_and_the_page_they_came_for(browser: Any, hand_over: HandOver) -> None:
    answer = await hand_over()

    assert (answer.status_code, answer.headers["location"]) == (303, "/c/c-1")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/", "Max-Age=28800"} <= set(cookie.split("; "))
    assert answer.headers["cache-control"] == "no-store"
    assert (await browser.get("/c/c-1")).has("reply")


async def test_behind_a_prefix_the_cookie_goes_nowhere_else(service: Any, transact: Any, token: Any) -> None:
    transport = httpx.ASGITransport(service("http://shop.example/help"), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.example") as http:
        answer = await http.post(
            "/session",
            data={"token": token(aud=[AUDIENCE, "http://shop.example/help"]), "return_to": "http://shop.example/help/c/c-1"},
            headers=SHOP,
        )

    assert answer.headers["location"] == "/help/c/c-1"
    assert "Path=/help" in answer.headers["set-cookie"].split("; ")
    assert "Secure" not in answer.headers["set-cookie"], "there a browser would not keep it"


async def test_a_token_works_once_whoever_sends_it_again(browser: Any, hand_over: HandOver, token: Any) -> None:
    signed = token()
    assert (await hand_over(signed)).status_code == 303
    browser.http.cookies.clear()

    again, signed_anew = await hand_over(signed), await hand_over(token(locale="fr"))

    assert again.status_code == 401
    assert "set-cookie" not in again.headers
    assert signed_anew.status_code == 401, "the same number in another signature"
    assert (await hand_over(token(jti="click-2"))).status_code == 303, "the next click is another one"


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "parley"},
        {"aud": ["parley-context", HOME]},
        {"aud": HOME},
        {"aud": AUDIENCE},
        {"aud": [AUDIENCE]},
        {"aud": f"{AUDIENCE} {HOME}"},
        {"aud": [AUDIENCE, f"{HOME}/inquiries"]},
        {"aud": [AUDIENCE, "https://help.example"]},
        {"iss": "https://evil.example"},
        {"lives": timedelta(seconds=61)},
        {"lives": timedelta(seconds=-31)},
        {"jti": None},
        {"jti": 7},
        {"jti": ""},
        {"jti": "x" * 201},
        {"iat": None},
        {"exp": None},
        {"sub": None},
    ],
    ids=str,
)
async def test_what_is_no_hand_over_of_now_signs_nobody_in(hand_over: HandOver, token: Any, changes: dict[str, Any]) -> None:
    answer = await hand_over(token(**changes))

    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert "https://shop.example/sign-in" in answer.text


@pytest.mark.parametrize(
    "return_to",
    [
        "https://evil.example/c/c-1",
        "//evil.example/c/c-1",
        "/\\evil.example",
        "https://help.example.com@evil.example/",
        "https://help.example.com.evil.example/c/c-1",
        "https://help.example.com//evil.example",
        "https://help.example.com/c/../../evil",
        "https://help.example.com/c/c-1\r\nset-cookie: a=b",
        "/c/c-1\n",
        "javascript:alert(1)",
        "https://help.example.com",
        "",
        "/c/%2e%2e",
        "https://help.example.com/c/c-1?next=//evil.example",
        "/c/c-1?done=reply\r\nset-cookie: a=b",
        "/c/c-1?done=reply#answer",
        "/c/%2E%2E",
        "/c/%2Fevil",
        "/%5Cevil.example",
        "/c/%0D%0",
    ],
)
async def test_nobody_is_led_to_a_page_that_is_not_ours(hand_over: HandOver, token: Any, return_to: str) -> None:
    answer = await hand_over(token(), return_to)

    assert (answer.status_code, answer.headers.get("location")) == (422, None)
    assert (await hand_over(token())).status_code == 303, "the token is not spent"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://shop.example", "https://shop.example.evil.example"])
async def test_no_other_page_signs_somebody_in_as_a_stranger(hand_over: HandOver, origin: str) -> None:
    answer = await hand_over(headers={"origin": origin})

    assert (answer.status_code, answer.headers.get("set-cookie")) == (403, None)


async def test_the_sign_in_opens_the_conversation_as_what_the_token_says(browser: Any, hand_over: HandOver, token: Any) -> None:
    await hand_over(token("agent-1", "support", markets=["de"]))

    assert (await browser.get("/c/c-1")).has("note")


async def test_a_sign_in_beats_a_link_also_where_it_opens_less(browser: Any, hand_over: HandOver, token: Any) -> None:
    await browser.open("buyer-1", "buyer")
    await hand_over(token("member-1", "seller", seller_ids=["seller-1"]))
    assert (await browser.get("/c/c-1")).has("note"), "the seller's page, and what a link does not do"

    await hand_over(token("buyer-2", jti="click-2"))

    page = await browser.get("/c/c-1")
    assert page.status == 404
    assert (await browser.send(page, "end")).status == 200
    assert (await browser.get("/c/c-1")).has("reply"), "signed out, the link opens it again"


async def test_after_8_hours_the_page_leads_back_to_the_shop(browser: Any, hand_over: HandOver, clock: Any) -> None:
    await hand_over()
    clock.now = NOW + timedelta(hours=8) - timedelta(seconds=1)
    assert (await browser.get("/c/c-1")).status == 200
    clock.now = NOW + timedelta(hours=8)

    page = await browser.get("/c/c-1")

    assert page.status == 401
    (leading,) = [part for part in page.html.split('"') if part.startswith("https://shop.example/sign-in?")]
    assert parse_qs(urlsplit(leading).query) == {"return_to": [f"{HOME}/c/c-1"]}


async def test_a_token_and_its_cookie_are_for_one_service(service: Any, hand_over: HandOver, token: Any, browser: Any) -> None:
    """Each service keeps for itself which tokens were used: of one that was used here the other one would know nothing."""
    kept = (await hand_over()).cookies[COOKIE]
    transport = httpx.ASGITransport(service("https://ask.example.com", "questions"), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://ask.example.com") as other:
        form = {"token": token(jti="click-2"), "return_to": "https://ask.example.com/c/c-1"}
        taken = await other.post("/session", data=form, headers=SHOP)
        renamed = await other.get("/c/c-1", headers={"accept": "text/html", "cookie": f"parley-session-questions={kept}"})

    assert (taken.status_code, "set-cookie" in taken.headers) == (401, False)
    assert renamed.status_code == 401
    assert (await browser.get("/c/c-1")).status == 200


@pytest.mark.parametrize("value", ["", "x", "a.b.c", "é", "x" * 4000])
async def test_a_cookie_that_was_not_made_here_is_no_sign_in(browser: Any, value: str) -> None:
    assert (await browser.get("/c/c-1", headers={"cookie": f"{COOKIE}={value}".encode()})).status == 401


async def test_no_cookie_of_a_link_is_one_of_a_sign_in(browser: Any) -> None:
    await browser.open("buyer-1", "buyer")
    stolen = browser.http.cookies.get("parley-link")

    assert (await browser.get("/c/c-1", headers={"cookie": f"{COOKIE}={stolen}"})).status == 401


async def test_a_form_that_is_not_ours_does_nothing_in_the_name_of_who_is_signed_in(
    browser: Any, hand_over: HandOver, transact: Any
) -> None:
    await hand_over()
    for form in ({}, {"form": ""}, {"form": "forged"}):
        answer = await browser.http.post("/c/c-1/close", data={"version": "1", **form})
        assert answer.status_code == 409
    page = await browser.get("/c/c-1")
    assert (await browser.send(page, "close", headers={"sec-fetch-site": "cross-site"})).status == 409
    assert transact.published() == []

    assert (await browser.send(page, "close")).status == 200
    assert transact.tables["conversations"]["c-1"].state is State.CLOSED


async def test_the_api_takes_no_cookie_so_no_page_can_use_it(browser: Any, app: Any, hand_over: HandOver) -> None:
    app.include_router(conversation_routes("/v1/tickets", "tickets"))
    await hand_over()

    assert (await browser.http.get("/v1/tickets/c-1")).status_code == 401


async def test_signing_out_ends_it_and_no_other_page_can_do_so(browser: Any, hand_over: HandOver) -> None:
    await hand_over()
    page = await browser.get("/c/c-1")

    refused = await browser.http.post("/session/end", data={"form": "forged"})
    stranger = await browser.http.post("/session/end", headers={"cookie": "a=b"})

    assert (refused.status_code, "set-cookie" in refused.headers) == (403, False)
    assert "set-cookie" not in stranger.headers
    assert (await browser.send(page, "end")).status == 200
    assert (await browser.get("/c/c-1")).status == 401


async def test_where_a_market_wants_a_sign_in_the_link_leads_to_it_and_back(browser: Any, transact: Any) -> None:
    transact.markets = {"de": replace(A_MARKET, links={Role.BUYER: LinkMode.LOGIN})}

    page = await browser.open("buyer-1", "buyer")

    assert page.status == 401
    assert "https://shop.example/sign-in?return_to=https%3A%2F%2Fhelp.example.com%2Fc%2Fc-1" in page.html


def test_what_does_not_fit_into_a_cookie_is_refused_and_not_dropped_by_the_browser(app: Any) -> None:
    shops = frozenset(sha256(str(number).encode()).hexdigest() for number in range(120))

    with pytest.raises(Problem) as refused:
        app.state.sessions.cookie(Principal("member-1", "seller", seller_ids=shops))

    assert refused.value.kind.status == 422
