"""Guests cannot ask without end: not from one address, and not on one page from many."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
from parley_conversation.domain.market import MarketRules
from parley_conversation.domain.words import Role
from parley_conversation.testing.doubles import InMemory

Page = Callable[..., str]


def zoe(number: int = 0) -> dict[str, str]:
    return {"name": "Zoë", "email": f"zoe{number or ''}@example.org"}


async def ask(client: httpx.AsyncClient, context: str, guest: dict[str, str] | None, **headers: str) -> httpx.Response:
    return await client.post("/v1/inquiries", json={"context": context, "text": "Does it dim?", "guest": guest}, headers=headers)


async def test_from_one_address_three_an_hour(client: httpx.AsyncClient, page: Page, transact: InMemory[Any]) -> None:
    pages = [page(product_id=f"product-{n}") for n in range(5)]
    assert [(await ask(client, context, zoe())).status_code for context in pages[:3]] == [201] * 3

    transact.now += timedelta(minutes=20)
    refused = await ask(client, pages[3], {**zoe(), "email": "ZOE@Example.org"})

    assert refused.status_code == 429
    assert (refused.json()["type"], refused.json()["retry"]) == ("/problems/too-many", "later")
    assert refused.headers["retry-after"] == "2400", "until an hour after the first of them"
    assert "sign in" in refused.json()["detail"]
    assert len(transact.tables["guests"]) == 3, "nothing was asked, and nobody is mailed"
    transact.now += timedelta(seconds=2400)
    assert (await ask(client, pages[3], zoe())).status_code == 201


async def test_on_one_page_five_an_hour_whoever_asks_and_however_often_the_shop_signs_it(client: httpx.AsyncClient, page: Page) -> None:
    answers = [await ask(client, page(issued=-n), zoe(n + 1)) for n in range(6)]

    assert [answer.status_code for answer in answers] == [201] * 5 + [429]
    assert (await ask(client, page(product_id="another"), zoe(9))).status_code == 201
    assert (await ask(client, page(product_id=None, product_title=None), zoe(10))).status_code == 201


async def test_who_is_signed_in_is_not_counted_with_guests(
    client: httpx.AsyncClient, page: Page, issuer: Any, transact: InMemory[Any]
) -> None:
    answers = [await ask(client, page(), None, **issuer.bearer("buyer-1", "buyer")) for _ in range(7)]

    assert {answer.status_code for answer in answers} == {201}
    assert not transact.tables.get("tallies")


async def test_a_repeated_request_is_counted_once(client: httpx.AsyncClient, page: Page) -> None:
    context = page()
    answers = [await ask(client, context, zoe(), **{"idempotency-key": "key-1"}) for _ in range(9)]

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_what_cannot_be_read_is_refused_first_and_not_counted(client: httpx.AsyncClient, page: Page, transact: InMemory[Any]) -> None:
    answers = [await ask(client, page(market="atlantis"), zoe()) for _ in range(4)]

    assert {answer.status_code for answer in answers} == {422}
    assert not transact.tables.get("tallies")


async def test_the_count_keeps_no_address(client: httpx.AsyncClient, page: Page, transact: InMemory[Any]) -> None:
    await ask(client, page(), zoe())

    assert len(transact.tables["tallies"]) == 2
    assert "zoe" not in repr(transact.tables["tallies"])


async def test_who_is_signed_in_asks_as_often_as_the_market_lets_a_buyer_write(
    client: httpx.AsyncClient, page: Page, issuer: Any, transact: InMemory[Any]
) -> None:
    transact.markets = {"de": MarketRules(contact_window=timedelta(days=30), messages_per_hour={Role.BUYER: 2})}
    answers = [await ask(client, page(), None, **issuer.bearer(who, "buyer")) for who in ("buyer-1", "buyer-1", "buyer-1", "buyer-2")]

    assert [answer.status_code for answer in answers] == [201, 201, 429, 201]
    assert len(transact.published()) == 3
