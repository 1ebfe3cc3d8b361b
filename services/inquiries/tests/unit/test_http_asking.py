"""`POST /v1/inquiries`: who may ask, what must be sent, and that a repeated request asks once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient, Response
from parley_conversation.testing.doubles import InMemory
from parley_conversation.testing.issuer import Issuer

PATH = "/v1/inquiries"
ZOE = {"name": "Zoë", "email": "zoe@example.org", "language": "en"}
Page = Callable[..., str]


def problem(response: Response) -> tuple[int, str]:
    document = response.json()
    assert response.headers["content-type"].startswith("application/problem+json"), document
    assert "Traceback" not in response.text
    return response.status_code, document["type"].removeprefix("/problems/")


def faulty_fields(response: Response) -> list[str]:
    assert problem(response) == (422, "invalid")
    return [error["field"] for error in response.json()["errors"]]


async def test_a_buyer_asks_and_is_told_where_the_inquiry_is(client: AsyncClient, page: Page, buyer: dict[str, str]) -> None:
    answer = await client.post(PATH, json={"context": page(), "text": "Does it dim?"}, headers=buyer)

    inquiry = answer.json()
    assert (answer.status_code, answer.headers["etag"]) == (201, '"1"')
    assert answer.headers["location"] == f"/v1/inquiries/{inquiry['id']}"
    assert (inquiry["kind"], inquiry["state"], inquiry["you_are"]) == ("product_inquiry", "awaiting_seller", "buyer")
    assert (inquiry["seller"]["id"], inquiry["about"]["product_id"]) == ("seller-1", "product-1")
    shown = (await client.get(answer.headers["location"], headers=buyer)).json()
    assert [message["text"] for message in shown["messages"]] == ["Does it dim?"]


async def test_a_guest_asks_without_signing_in(client: AsyncClient, page: Page, transact: InMemory[Any]) -> None:
    answer = await client.post(PATH, json={"context": page(), "text": "Hello?", "guest": ZOE})

    assert (answer.status_code, answer.json()["you_are"], answer.json()["language"]) == (201, "guest", "en")
    ((guest, inquiry),) = transact.tables["guests"].values()
    assert (guest.id, guest.name, guest.email) == (answer.json()["buyer"]["id"], "Zoë", "zoe@example.org")
    assert inquiry.id == answer.json()["id"]
    assert "zoe" not in answer.text


async def test_who_holds_a_link_asks_as_a_guest(client: AsyncClient, page: Page, issuer: Issuer) -> None:
    link = issuer.link("c-1", "buyer-1", "buyer")

    answer = await client.post(PATH, json={"context": page(), "text": "Hello?", "guest": ZOE}, headers=link)

    assert answer.json()["you_are"] == "guest"
    assert answer.json()["buyer"]["id"] != "buyer-1"


async def test_each_guest_is_a_party_of_their_own(client: AsyncClient, page: Page) -> None:
    body = {"context": page(), "text": "Hello?", "guest": ZOE}

    first, second = [(await client.post(PATH, json=body)).json() for _ in range(2)]

    assert first["buyer"]["id"] != second["buyer"]["id"]


async def test_a_guest_follows_the_link_of_the_mail_and_nobody_else_gets_in(client: AsyncClient, page: Page, issuer: Issuer) -> None:
    inquiry = (await client.post(PATH, json={"context": page(), "text": "Hello?", "guest": ZOE})).json()

    mine = await client.get(f"{PATH}/{inquiry['id']}", headers=issuer.link(inquiry["id"], inquiry["buyer"]["id"], "guest"))
    other = await client.get(f"{PATH}/{inquiry['id']}", headers=issuer.link(inquiry["id"], "guest-0", "guest"))
    nobody = await client.get(f"{PATH}/{inquiry['id']}")

    assert (mine.status_code, mine.json()["you_are"]) == (200, "guest")
    assert (problem(other), problem(nobody)) == ((404, "not-found"), (401, "sign-in-needed"))


async def test_the_seller_never_sees_a_guests_address(client: AsyncClient, page: Page, issuer: Issuer) -> None:
    inquiry = (await client.post(PATH, json={"context": page(), "text": "Hello?", "guest": ZOE})).json()
    seller = issuer.bearer("member-1", "seller", seller_ids=["seller-1"])

    shown = await client.get(f"{PATH}/{inquiry['id']}", headers=seller)
    listed = await client.get(PATH, headers=seller)

    assert shown.json()["buyer"]["name"] == "Zoë"
    assert "zoe@example.org" not in shown.text + listed.text


async def test_a_shops_people_ask_as_buyers_and_find_it_in_their_list(client: AsyncClient, page: Page, issuer: Issuer) -> None:
    seller = issuer.bearer("member-1", "seller", seller_ids=["seller-1"])

    answer = await client.post(PATH, json={"context": page(seller_id="seller-2"), "text": "Hello?"}, headers=seller)

    assert answer.json()["you_are"] == "buyer"
    listed = (await client.get(f"{PATH}?role=buyer", headers=seller)).json()
    assert [item["id"] for item in listed["items"]] == [answer.json()["id"]]
    assert (await client.get(PATH, headers=seller)).json()["items"] == [], "the board of the own shop"


async def test_nobody_asks_their_own_shop(client: AsyncClient, page: Page, issuer: Issuer) -> None:
    own = issuer.bearer("member-1", "seller", "buyer", seller_ids=["seller-1"])

    assert problem(await client.post(PATH, json={"context": page(), "text": "Hello?"}, headers=own)) == (403, "own-shop")


@pytest.mark.parametrize("role", ["support", "oncall", "service"])
@pytest.mark.parametrize("body", [{"text": "Hello?"}, {"wrong": 1}])
async def test_other_roles_ask_nobody_whatever_they_send(
    client: AsyncClient, page: Page, issuer: Issuer, role: str, body: dict[str, Any]
) -> None:
    headers = issuer.bearer("agent-1", role, markets=["de"])

    assert problem(await client.post(PATH, json={"context": page(), **body}, headers=headers)) == (403, "role-not-allowed")


@pytest.mark.parametrize("content", ['{"wrong": 1}', "{", "[" * 5_000, "null"])
async def test_a_bad_token_is_said_before_a_bad_body(client: AsyncClient, issuer: Issuer, content: str) -> None:
    json_ = {"content-type": "application/json"}
    expired = issuer.bearer("buyer-1", "buyer", lives=timedelta(hours=-1))
    forged = {"authorization": issuer.bearer("buyer-1", "buyer")["authorization"][:-4] + "AAAA"}

    assert problem(await client.post(PATH, content=content, headers={**expired, **json_})) == (401, "token-expired")
    assert problem(await client.post(PATH, content=content, headers={**forged, **json_})) == (401, "token-invalid")


async def test_a_bad_token_never_asks_as_a_guest(client: AsyncClient, page: Page, transact: InMemory[Any]) -> None:
    body = {"context": page(), "text": "Hello?", "guest": ZOE}

    assert problem(await client.post(PATH, json=body, headers={"authorization": "Bearer x.y.z"})) == (401, "token-invalid")
    assert not transact.published()


async def test_who_is_signed_in_is_no_guest_and_who_is_not_must_be_one(client: AsyncClient, page: Page, buyer: dict[str, str]) -> None:
    both = await client.post(PATH, json={"context": page(), "text": "Hello?", "guest": ZOE}, headers=buyer)
    neither = await client.post(PATH, json={"context": page(), "text": "Hello?"})

    assert faulty_fields(both) == faulty_fields(neither) == ["body.guest"]


async def test_the_same_request_asks_once(client: AsyncClient, page: Page, buyer: dict[str, str], transact: InMemory[Any]) -> None:
    body = {"context": page(), "text": "Hello?"}
    headers = {**buyer, "idempotency-key": "key-1"}

    first, again = [await client.post(PATH, json=body, headers=headers) for _ in range(2)]
    other = await client.post(PATH, json={**body, "text": "Something else"}, headers=headers)

    assert (again.status_code, again.json(), again.headers["location"]) == (201, first.json(), first.headers["location"])
    assert again.headers["idempotency-replayed"] == "true"
    assert problem(other) == (422, "key-reused")
    assert len(transact.published()) == 1


async def test_a_guests_repeated_request_asks_once_and_another_guests_key_is_another(
    client: AsyncClient, page: Page, transact: InMemory[Any]
) -> None:
    body, key = {"context": page(), "text": "Hello?", "guest": ZOE}, {"idempotency-key": "1"}

    first, again = [await client.post(PATH, json=body, headers=key) for _ in range(2)]
    other = await client.post(PATH, json={**body, "guest": {**ZOE, "email": "mia@example.org"}}, headers=key)

    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert (other.status_code, len(transact.published())) == (201, 2)
    assert "zoe" not in repr(transact.tables["commands"])


async def test_a_sellers_program_reads_and_answers_what_was_asked(
    client: AsyncClient, page: Page, buyer: dict[str, str], seller: dict[str, str]
) -> None:
    asked = await client.post(PATH, json={"context": page(), "text": "Does it dim?"}, headers=buyer)

    (waits,) = (await client.get("/api/v2/inquiry/get-action-required", headers=seller)).json()["data"]
    answer = await client.post("/api/v2/inquiry/reply", json={"id": waits["Ticket"]["id"], "reply": "It does."}, headers=seller)

    assert answer.json()["data"] == {"success": 1}
    shown = (await client.get(asked.headers["location"], headers=buyer)).json()
    assert [message["text"] for message in shown["messages"]] == ["Does it dim?", "It does."]
    assert waits["Ticket"]["items"][0]["product_id"] == "product-1"
