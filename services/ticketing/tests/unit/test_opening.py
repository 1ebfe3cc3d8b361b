"""Opening tickets over HTTP: whose, about what, and one for each seller."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient, Response
from parley_conversation.domain.words import Category, Role, Side, State
from parley_conversation.testing.builders import NOW
from parley_conversation.testing.doubles import InMemory
from parley_conversation.testing.issuer import Issuer
from ticketing.domain.orders import OrderState
from ticketing.domain.problems import CATEGORY, ProblemType
from ticketing.testing import A_MARKET, InMemoryTicketing, an_order

Memory = InMemory[InMemoryTicketing]
TICKET: dict[str, Any] = {"order_id": "order-1", "line_ids": ["line-1"], "problem_type": "order_status", "text": "Where is it?"}


def problem(response: Response) -> tuple[int, str]:
    assert response.headers["content-type"].startswith("application/problem+json"), response.text
    return response.status_code, response.json()["type"].removeprefix("/problems/")


async def open_(client: AsyncClient, headers: dict[str, str], **changes: Any) -> Response:
    return await client.post("/v1/tickets", json={**TICKET, **changes}, headers=headers)


def know(transact: Memory, **changes: Any) -> None:
    transact.tables["orders"]["order-1"] = an_order(**changes)


async def test_a_buyer_opens_a_ticket_about_lines_of_the_own_order(client: AsyncClient, buyer: dict[str, str], transact: Memory) -> None:
    answer = await open_(client, buyer)

    (ticket,) = answer.json()["tickets"]
    assert (answer.status_code, answer.headers["location"], answer.headers["etag"]) == (201, f"/v1/tickets/{ticket['id']}", '"1"')
    assert (ticket["state"], ticket["category"], ticket["version"]) == ("awaiting_seller", "customer_service", 1)
    assert (ticket["about"]["order_number"], ticket["about"]["line_ids"]) == ("4711", ["line-1"])
    seen = (await client.get(answer.headers["location"], headers=buyer)).json()
    assert [message["text"] for message in seen["messages"]] == ["Where is it?"]
    (published,) = transact.published()
    assert (published.fact.id, published.fact.sequence) == (published.conversation.first_event_id, 1)


async def test_every_seller_of_the_marked_lines_gets_an_own_ticket(client: AsyncClient, buyer: dict[str, str], transact: Memory) -> None:
    answer = await open_(client, buyer, line_ids=["line-3", "line-1", "line-2"])

    tickets = answer.json()["tickets"]
    assert {ticket["seller"]["id"]: ticket["about"]["line_ids"] for ticket in tickets} == {
        "seller-1": ["line-1", "line-2"],
        "seller-2": ["line-3"],
    }
    assert len({each.fact.id for each in transact.published()}) == 2
    assert "etag" not in answer.headers


async def test_a_second_open_ticket_about_the_same_is_refused_with_the_way_to_the_first(
    client: AsyncClient, buyer: dict[str, str], transact: Memory
) -> None:
    first = (await open_(client, buyer)).json()["tickets"][0]

    again = await open_(client, buyer, line_ids=["line-2", "line-3"], problem_type="tracking")

    assert problem(again) == (409, "ticket-already-open")
    assert again.json()["ticket"] == {"id": first["id"], "number": first["number"], "url": f"/v1/tickets/{first['id']}"}
    assert len(transact.published()) == 1, "all or none"


async def test_what_is_open_already_is_said_before_a_line_that_is_unknown(client: AsyncClient, buyer: dict[str, str]) -> None:
    await open_(client, buyer)

    assert problem(await open_(client, buyer, line_ids=["line-2", "line-9"])) == (409, "ticket-already-open")
    assert problem(await open_(client, buyer, line_ids=["line-3", "line-9"])) == (422, "invalid")


async def test_another_category_another_seller_or_a_closed_one_is_not_the_same(client: AsyncClient, buyer: dict[str, str]) -> None:
    first = await open_(client, buyer)
    assert (await open_(client, buyer, problem_type="damaged_item")).status_code == 201
    assert (await open_(client, buyer, line_ids=["line-3"])).status_code == 201
    await client.post(f"{first.headers['location']}/close", json={}, headers={**buyer, "if-match": '"1"'})

    assert (await open_(client, buyer)).status_code == 201
    reopened = await client.post(f"{first.headers['location']}/reopen", json={}, headers={**buyer, "if-match": '"2"'})
    assert reopened.status_code == 200, "a reopen is never refused for it"


async def test_a_question_to_a_shop_that_is_gone_goes_to_support(client: AsyncClient, buyer: dict[str, str], transact: Memory) -> None:
    transact.tables["parties"]["seller-1"] = NOW

    tickets = (await open_(client, buyer, line_ids=["line-1", "line-3"])).json()["tickets"]

    assert {ticket["seller"]["id"]: ticket["state"] for ticket in tickets} == {
        "seller-1": "awaiting_support",
        "seller-2": "awaiting_seller",
    }


async def test_the_same_request_opens_once(client: AsyncClient, buyer: dict[str, str], transact: Memory) -> None:
    headers = {**buyer, "idempotency-key": "k-1"}

    first, again = await open_(client, headers), await open_(client, headers)

    assert (again.status_code, again.json(), again.headers["location"]) == (201, first.json(), first.headers["location"])
    assert len(transact.published()) == 1
    assert problem(await open_(client, headers, text="Something else")) == (422, "key-reused")


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("nobody", (401, "sign-in-needed")),
        ("link", (403, "account-required")),
        ("seller", (403, "role-not-allowed")),
        ("support", (403, "role-not-allowed")),
        ("oncall", (403, "role-not-allowed")),
        ("service", (403, "role-not-allowed")),
    ],
)
async def test_nobody_else_opens_one(
    client: AsyncClient, issuer: Issuer, seller: dict[str, str], support: dict[str, str], who: str, expected: tuple[int, str]
) -> None:
    headers = {
        "nobody": {},
        "link": issuer.link("c-1", "buyer-1", "buyer"),
        "seller": seller,
        "support": support,
        "oncall": issuer.bearer("engineer", "oncall"),
        "service": issuer.bearer("indexer", "service", scope="inlet"),
    }[who]

    assert problem(await open_(client, headers)) == expected
    json = {"content-type": "application/json"}
    assert problem(await client.post("/v1/tickets", content="{", headers={**headers, **json})) == expected, "before the body is looked at"


@pytest.mark.parametrize("order_id", ["order-9", "order-2"])
async def test_an_order_of_somebody_else_does_not_exist(
    client: AsyncClient, buyer: dict[str, str], transact: Memory, order_id: str
) -> None:
    transact.tables["orders"]["order-2"] = an_order(id="order-2", buyer_id="buyer-2")

    assert problem(await open_(client, buyer, order_id=order_id)) == (404, "not-found")


async def test_an_order_that_was_erased_does_not_exist(client: AsyncClient, buyer: dict[str, str], transact: Memory) -> None:
    transact.tables["orders"]["order-1"] = NOW

    assert problem(await open_(client, buyer)) == (404, "not-found")


async def test_a_ticket_needs_an_account(client: AsyncClient, buyer: dict[str, str], transact: Memory) -> None:
    transact.tables["parties"]["buyer-1"] = replace(transact.tables["parties"]["buyer-1"], has_account=False)

    assert problem(await open_(client, buyer)) == (403, "account-required")


async def test_one_does_not_ask_the_own_shop(client: AsyncClient, issuer: Issuer) -> None:
    owner = issuer.bearer("buyer-1", "buyer", "seller", seller_ids=["seller-1"])

    assert problem(await open_(client, owner)) == (403, "own-shop")
    assert (await open_(client, owner, line_ids=["line-3"])).status_code == 201


@pytest.mark.parametrize(
    ("problem_type", "days", "status"),
    [("order_status", 120, 201), ("order_status", 121, 403), ("damaged_item", 500, 201)],
)
async def test_questions_have_their_time_and_complaints_have_not(
    client: AsyncClient, buyer: dict[str, str], transact: Memory, problem_type: str, days: int, status: int
) -> None:
    know(transact, state=OrderState.COMPLETED, refund_window_ends_at=NOW - timedelta(days=days))

    answer = await open_(client, buyer, problem_type=problem_type)

    assert answer.status_code == status
    if status == 403:
        assert problem(answer) == (403, "question-window-closed")


@pytest.mark.parametrize("country", ["US", None])
async def test_where_support_comes_first_a_question_from_elsewhere_goes_to_support(
    client: AsyncClient, buyer: dict[str, str], seller: dict[str, str], transact: Memory, country: str | None
) -> None:
    rules = replace(A_MARKET, routing_profile="support_first", served_countries=frozenset({"DE"}))
    transact.markets = {"de": rules}
    know(transact, delivery_country=country)

    answer = await open_(client, buyer)

    (ticket,) = answer.json()["tickets"]
    routed = country == "US"
    assert (ticket["state"], ticket["version"]) == (("awaiting_support", 2) if routed else ("awaiting_seller", 1))
    assert (await client.get(answer.headers["location"], headers=seller)).status_code == (404 if routed else 200)
    if routed:
        assert [type(each.fact.what).__name__ for each in transact.published()] == ["Opened", "Escalated"]


@pytest.mark.parametrize(
    "changes",
    [
        {"order_id": ""},
        {"order_id": "x" * 201},
        {"order_id": 7},
        {"order_id": None},
        {"order_id": "a\x00b"},
        {"line_ids": []},
        {"line_ids": "line-1"},
        {"line_ids": [7]},
        {"line_ids": ["line-9"]},
        {"line_ids": ["line-1"] * 101},
        {"line_ids": ["line-1", "line-9"]},
        {"line_ids": {"a": 1}},
        {"problem_type": "anything"},
        {"problem_type": "product"},
        {"problem_type": None},
        {"text": ""},
        {"text": "x" * 10_001},
        {"text": "\x07"},
        {"seller_id": "seller-9"},
        {"category": "post_purchase"},
        {"state": "closed"},
    ],
    ids=repr,
)
async def test_what_cannot_be_a_ticket_is_refused_field_by_field(
    client: AsyncClient, buyer: dict[str, str], transact: Memory, changes: dict[str, Any]
) -> None:
    answer = await open_(client, buyer, **changes)

    assert problem(answer) == (422, "invalid")
    assert answer.json()["errors"][0]["field"].startswith(f"body.{next(iter(changes))}")
    assert not transact.published()


async def test_a_line_marked_twice_is_marked(client: AsyncClient, buyer: dict[str, str]) -> None:
    answer = await open_(client, buyer, line_ids=["line-1", "line-1"])

    assert [ticket["about"]["line_ids"] for ticket in answer.json()["tickets"]] == [["line-1"]]


async def test_a_body_that_is_too_large_is_not_read(client: AsyncClient, buyer: dict[str, str]) -> None:
    assert problem(await open_(client, buyer, text="x" * 300_000)) == (413, "too-large")


def test_every_problem_has_its_category() -> None:
    assert set(CATEGORY) == set(ProblemType)
    assert {problem_type for problem_type, category in CATEGORY.items() if category is Category.POST_PURCHASE} == {
        "return_or_refund",
        "defective_item",
        "damaged_item",
        "missing_item",
    }
    assert Category.PRE_PURCHASE not in CATEGORY.values(), "questions before the purchase are inquiries"


async def test_support_first_spares_listed_sellers_and_valuable_orders(
    client: AsyncClient, buyer: dict[str, str], transact: Memory
) -> None:
    transact.markets = {"de": replace(A_MARKET, routing_profile="support_first", high_value_minor=7_996)}

    tickets = (await open_(client, buyer, line_ids=["line-1", "line-3"], problem_type="damaged_item")).json()["tickets"]

    # seller-1's lines are worth 2 x 2 x 19.99, those of seller-2 half of it.
    assert {ticket["seller"]["id"]: ticket["handler"] for ticket in tickets} == {"seller-1": Side.SELLER, "seller-2": Side.SUPPORT}
    assert {ticket["state"] for ticket in tickets} == {State.AWAITING_SELLER, State.AWAITING_SUPPORT}


async def test_one_request_is_one_message_however_many_sellers_it_goes_to_and_too_many_are_refused(
    client: AsyncClient, buyer: dict[str, str], transact: Memory
) -> None:
    transact.markets = {"de": replace(A_MARKET, messages_per_hour={Role.BUYER: 2})}
    everybody = await open_(client, buyer, line_ids=["line-1", "line-3"])
    assert (everybody.status_code, len(everybody.json()["tickets"])) == (201, 2)
    other = await open_(client, buyer, problem_type="return_or_refund")
    assert other.status_code == 201

    assert problem(await client.post(f"{other.headers['location']}/reply", json={"text": "And now?"}, headers=buyer)) == (429, "too-many")
    assert len(transact.published()) == 3
