"""Refunding lines of a ticket: over HTTP and on its page, for whom, of what, and what the order then shows."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from httpx import AsyncClient, Response
from parley_chassis.http import http_app
from parley_chassis.sessions import Sessions
from parley_chassis.settings import PageSettings
from parley_conversation.domain.words import Category, State
from parley_conversation.pages import PageMarket, Site, pages, problem_page
from parley_conversation.testing.builders import NOW, a_conversation
from parley_conversation.testing.doubles import InMemory
from parley_conversation.testing.issuer import Issuer
from ticketing.domain.orders import Order, Refund, RefundState
from ticketing.http import REFUSALS
from ticketing.pages import FORMS
from ticketing.testing import InMemoryTicketing, an_order
from ticketing.use_cases.orders import know_order, order_on_page

Memory = InMemory[InMemoryTicketing]


@pytest.fixture
def placed(transact: Memory) -> Memory:
    """A ticket after the purchase, about the first line of the order."""
    place(transact)
    return transact


def place(transact: Memory, state: State = State.AWAITING_SELLER, **changes: Any) -> None:
    transact.tables.setdefault("conversations", {})["c-1"] = a_conversation(state, **{"category": Category.POST_PURCHASE, **changes})


async def refund(client: AsyncClient, headers: dict[str, str], *line_ids: str, version: int | None = 1) -> Response:
    read = {"if-match": f'"{version}"'} if version else {}
    return await client.post("/v1/tickets/c-1/refund", json={"line_ids": line_ids}, headers={**headers, **read})


def problem(response: Response) -> tuple[int, str]:
    return response.status_code, response.json()["type"].removeprefix("/problems/")


def order(transact: Memory) -> Order:
    found: Order = transact.tables["orders"]["order-1"]
    return found


async def test_a_refund_closes_the_ticket_and_is_asked_for_until_the_payment_service_answers(
    client: AsyncClient, seller: dict[str, str], placed: Memory
) -> None:
    answer = await refund(client, seller, "line-1")

    assert (answer.status_code, answer.json()["state"], answer.json()["close_reason"]) == (200, "closed", "refunded")
    assert [type(each.fact.what).__name__ for each in placed.published()] == ["RefundRecorded", "Closed"]
    what: Any = placed.published()[0].fact.what
    assert (what.line_ids, what.currency, what.amount_minor) == (("line-1",), "EUR", 3998)
    shown = (await client.get("/v1/tickets/c-1", headers=seller)).json()["order"]["lines"]
    assert [line["refund"] and line["refund"]["state"] for line in shown] == ["asked", None]


async def test_what_the_payment_service_says_later_is_shown_and_what_it_has_not_heard_of_is_kept(
    client: AsyncClient, seller: dict[str, str], placed: Memory
) -> None:
    await refund(client, seller, "line-1")

    await placed(know_order, an_order(time=NOW + timedelta(seconds=1), number="4712"))
    assert (order(placed).number, order(placed).lines[0].refund) == ("4712", Refund(state=RefundState.ASKED, amount_minor=3998, at=NOW))

    paid = Refund(state=RefundState.PAID, amount_minor=3998, at=NOW + timedelta(minutes=1))
    await placed(know_order, an_order(time=NOW + timedelta(minutes=1), lines=with_refund(paid)))
    assert order(placed).lines[0].refund == paid


def with_refund(refund: Refund) -> tuple[Any, ...]:
    first, *others = an_order().lines
    return (type(first)(**{**{name: getattr(first, name) for name in first.__slots__}, "refund": refund}), *others)


@pytest.mark.parametrize(("state", "again"), [(RefundState.ASKED, False), (RefundState.PAID, False), (RefundState.FAILED, True)])
async def test_a_line_is_refunded_once_unless_that_failed(
    client: AsyncClient, seller: dict[str, str], placed: Memory, state: RefundState, again: bool
) -> None:
    placed.tables["orders"]["order-1"] = an_order(lines=with_refund(Refund(state=state, amount_minor=1, at=NOW - timedelta(days=1))))

    answer = await refund(client, seller, "line-1")

    assert answer.status_code == (200 if again else 422)
    if again:
        assert order(placed).lines[0].refund == Refund(state=RefundState.ASKED, amount_minor=3998, at=NOW)
    else:
        assert answer.json()["errors"][0]["field"] == "body.line_ids"


@pytest.mark.parametrize("line_id", ["line-2", "line-3", "line-9"])
async def test_only_lines_of_the_ticket_are_refunded(client: AsyncClient, seller: dict[str, str], placed: Memory, line_id: str) -> None:
    assert problem(await refund(client, seller, "line-1", line_id)) == (422, "invalid")
    assert placed.published() == []


async def test_what_is_wrong_with_the_ticket_comes_before_what_is_wrong_with_the_lines(
    client: AsyncClient, seller: dict[str, str], buyer: dict[str, str], placed: Memory
) -> None:
    assert problem(await refund(client, buyer, "line-9")) == (403, "role-not-allowed")
    assert problem(await refund(client, seller, "line-9", version=None)) == (428, "if-match-needed")
    assert problem(await refund(client, seller, "line-9", version=9)) == (412, "changed-meanwhile")
    place(placed, category=Category.CUSTOMER_SERVICE)
    assert problem(await refund(client, seller, "line-9")) == (409, "wrong-category")
    place(placed, State.AWAITING_SUPPORT)
    assert problem(await refund(client, seller, version=2)) == (409, "with-support")


async def test_support_takes_over_before_it_refunds(client: AsyncClient, support: dict[str, str], placed: Memory) -> None:
    assert (await refund(client, support, "line-1")).status_code == 200
    assert [type(each.fact.what).__name__ for each in placed.published()] == ["Escalated", "Acknowledged", "RefundRecorded", "Closed"]


async def test_without_its_order_nothing_can_be_refunded(client: AsyncClient, seller: dict[str, str], placed: Memory) -> None:
    placed.tables["orders"]["order-1"] = NOW

    assert problem(await refund(client, seller, "line-1")) == (404, "not-found")


@pytest.fixture
async def browser(tmp_path: Path, issuer: Issuer, transact: Memory) -> AsyncIterator[AsyncClient]:
    """The pages of tickets, in a browser."""
    address = "https://help.example.com"
    market = PageMarket.model_validate({"id": "de", "name": "Marktplatz", "languages": ["de"], "time_zone": "UTC"})
    site = Site(public_url=address, markets={"de": market}, facts=order_on_page, forms=FORMS)
    settings = PageSettings(service="ticketing", **issuer.settings(tmp_path, public_url=address))
    app = http_app(settings, title="ticketing", routers=[pages(site)], refusals=REFUSALS, lifespan=None, page=problem_page(site))
    app.state.transact = transact
    app.state.sessions = Sessions(settings.shop, settings.auth, ["k" * 40], service="ticketing", address=address)
    async with AsyncClient(transport=httpx.ASGITransport(app), base_url=address, follow_redirects=True) as http:
        http.headers["accept"] = "text/html"
        yield http


async def test_a_seller_ticks_items_on_the_page(browser: AsyncClient, seller: dict[str, str], placed: Memory) -> None:
    assert 'name="line_ids" value="line-1"' in (await browser.get("/c/c-1", headers=seller)).text

    none = await browser.post("/c/c-1/refund", data={"version": "1", "key": "a"}, headers=seller)
    done = await browser.post("/c/c-1/refund", data={"version": "1", "key": "b", "line_ids": ["line-1"]}, headers=seller)

    assert (none.status_code, "Bitte treffen Sie Ihre Auswahl noch einmal." in none.text) == (422, True)
    assert (done.status_code, "Erstattung beantragt" in done.text) == (200, True)
    assert "line_ids" not in done.text
    assert placed.tables["conversations"]["c-1"].state is State.CLOSED
