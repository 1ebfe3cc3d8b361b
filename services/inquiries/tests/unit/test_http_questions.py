"""What a question may carry: the page's context token, the guest, the text; and everything that cannot be read."""

import json
from collections.abc import Callable
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


def short(value: object) -> str:
    return repr(value)[:60]


@pytest.mark.parametrize(
    "claims",
    [
        {"seller_id": None},
        {"seller_id": ""},
        {"seller_id": 7},
        {"seller_id": "s" * 201},
        {"seller_id": "s\x00"},
        {"market": None},
        {"market": "atlantis"},
        {"url": "javascript:alert(1)"},
        {"url": "https://shop.example/\nset-cookie: a"},
        {"url": "https://shop.example/" + "x" * 2_000},
        {"product_id": ["a"]},
        {"product_title": "t" * 301},
        {"product_title": "two\nlines"},
        {"lifetime": 7 * 86_400 + 60},
        {"lifetime": -3600},
        {"iat": None},
        {"exp": None},
        {"exp": "tomorrow"},
        {"issued": 3600},
        {"iss": "https://evil.example"},
        {"aud": "parley"},
        {"aud": "parley-session"},
    ],
    ids=short,
)
async def test_a_page_that_the_shop_did_not_sign_well_is_refused(
    client: AsyncClient, page: Page, buyer: dict[str, str], claims: dict[str, Any]
) -> None:
    answer = await client.post(PATH, json={"context": page(**claims), "text": "Hello?"}, headers=buyer)

    assert faulty_fields(answer) == ["body.context"]
    assert answer.json()["errors"][0]["message"]


async def test_a_token_of_seven_days_is_good(client: AsyncClient, page: Page, buyer: dict[str, str]) -> None:
    answer = await client.post(PATH, json={"context": page(lifetime=7 * 86_400), "text": "Hello?"}, headers=buyer)

    assert answer.status_code == 201


async def test_nobody_else_signs_for_the_shop(client: AsyncClient, issuer: Issuer, page: Page, buyer: dict[str, str]) -> None:
    head, _, signature = page().rpartition(".")
    spoilt = f"{head}.{'A' * len(signature)}"
    bearer = buyer["authorization"].removeprefix("Bearer ")
    unsigned = "eyJhbGciOiJub25lIn0.eyJzZWxsZXJfaWQiOiJzIn0."
    shared_secret = "eyJhbGciOiJIUzI1NiIsImtpZCI6ImsifQ.eyJzZWxsZXJfaWQiOiJzIn0.AAAA"

    for token in (spoilt, bearer, unsigned, shared_secret, "x", "a.b.c", "ä", ".."):
        answer = await client.post(PATH, json={"context": token, "text": "Hello?"}, headers=buyer)
        assert faulty_fields(answer) == ["body.context"], token


async def test_a_store_page_names_no_product(client: AsyncClient, page: Page, buyer: dict[str, str]) -> None:
    body = {"context": page(product_id=None), "text": "Hello?"}

    inquiry = (await client.post(PATH, json=body, headers=buyer)).json()

    assert (inquiry["kind"], inquiry["about"]["product_id"], inquiry["about"]["product_title"]) == ("store_inquiry", None, None)


@pytest.mark.parametrize(
    ("guest", "field"),
    [
        ({"name": "Zoë"}, "body.guest.email"),
        ({"email": "zoe@example.org"}, "body.guest.name"),
        ({**ZOE, "name": " "}, "body.guest.name"),
        ({**ZOE, "name": "n" * 101}, "body.guest.name"),
        ({**ZOE, "name": "Zoë\r\nBcc: all@example.org"}, "body.guest.name"),
        ({**ZOE, "name": "zoe@example.org"}, "body.guest.name"),
        ({**ZOE, "name": "\ud800"}, "body.guest.name"),
        *(
            ({**ZOE, "email": email}, "body.guest.email")
            for email in (
                "",
                "zoe",
                "zoe@",
                "@example.org",
                "zoe@example",
                "zoe@@example.org",
                "zoe@example..org",
                "a b@example.org",
                "zoe@example.org\r\nBcc: all@example.org",
                "zoe@example.org, mia@example.org",
                "Zoë <zoe@example.org>",
                "z" * 65 + "@example.org",
                "zoe@" + "e" * 250 + ".org",
                7,
                None,
                ["zoe@example.org"],
            )
        ),
        ({**ZOE, "language": "English"}, "body.guest.language"),
        ({**ZOE, "language": "en\n"}, "body.guest.language"),
        ({**ZOE, "id": "guest-1"}, "body.guest.id"),
        ("Zoë", "body.guest"),
        ([], "body.guest"),
    ],
    ids=short,
)
async def test_a_guest_gives_a_name_and_an_address_that_can_be_used(
    client: AsyncClient, page: Page, guest: Any, field: str, transact: InMemory[Any]
) -> None:
    content = json.dumps({"context": page(), "text": "Hello?", "guest": guest})

    answer = await client.post(PATH, content=content, headers={"content-type": "application/json"})

    assert faulty_fields(answer) == [field]
    assert not transact.published()


@pytest.mark.parametrize(
    "email", ["zoe@example.org", "Zoe.M+shop@mail.example.co.uk", "zoë@example.org", "z@münchen.example", "o'neil@e.org"]
)
async def test_usual_addresses_are_taken(client: AsyncClient, page: Page, email: str) -> None:
    body = {"context": page(), "text": "Hello?", "guest": {"name": "Zoë", "email": email}}

    assert (await client.post(PATH, json=body)).status_code == 201


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": ""}, "body.text"),
        ({"text": "x" * 10_001}, "body.text"),
        ({"text": "nul\x00"}, "body.text"),
        ({"text": None}, "body.text"),
        ({"context": ""}, "body.context"),
        ({"context": "c" * 8_193}, "body.context"),
        ({"context": {"seller_id": "seller-1"}}, "body.context"),
        ({"seller_id": "seller-2"}, "body.seller_id"),
        ({"market": "fast"}, "body.market"),
    ],
    ids=short,
)
async def test_every_field_is_known_and_has_its_limits(
    client: AsyncClient, page: Page, buyer: dict[str, str], change: dict[str, Any], field: str
) -> None:
    answer = await client.post(PATH, json={"context": page(), "text": "Hello?", **change}, headers=buyer)

    assert faulty_fields(answer) == [field]


@pytest.mark.parametrize(
    ("content", "kind", "expected"),
    [
        (b"{", "application/json", (422, "invalid")),
        (b"", "application/json", (422, "invalid")),
        (b"[]", "application/json", (422, "invalid")),
        (b"\xff\xfe", "application/json", (422, "invalid")),
        (b'{"text": ' + b"[" * 5_000, "application/json", (422, "invalid")),
        (b'{"text": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", "application/json", (422, "invalid")),
        (b"text=hello", "text/plain", (415, "media-type")),
        (b'{"text": "' + b"x" * 300_000 + b'"}', "application/json", (413, "too-large")),
    ],
    ids=["half", "empty", "list", "not utf-8", "deep", "deep and whole", "text/plain", "too large"],
)
async def test_a_body_that_cannot_be_used_is_refused_with_its_reason(
    client: AsyncClient, buyer: dict[str, str], content: bytes, kind: str, expected: tuple[int, str]
) -> None:
    answer = await client.post(PATH, content=content, headers={**buyer, "content-type": kind})

    assert problem(answer) == expected


@pytest.mark.parametrize("key", ["", "x" * 201, "a b"])
async def test_a_key_is_short_and_plain(client: AsyncClient, page: Page, buyer: dict[str, str], key: str) -> None:
    headers = {**buyer, "idempotency-key": key}

    assert problem(await client.post(PATH, json={"context": page(), "text": "a"}, headers=headers)) == (422, "invalid")
