"""What a request may carry: texts, reasons, keys, and everything that cannot be read."""

import json
from typing import Any

import pytest
from httpx import AsyncClient, Response
from parley_conversation.domain.words import Role, State
from parley_conversation.testing.builders import a_conversation

BODIES: dict[str, dict[str, Any]] = {"note": {"visibility": "internal"}}
"""What a command needs beside its text."""


def problem(response: Response) -> tuple[int, str]:
    document = response.json()
    assert response.headers["content-type"].startswith("application/problem+json"), document
    assert document["title"]
    assert document["retry"] in ("never", "same-key", "later")
    return response.status_code, document["type"].removeprefix("/problems/")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n ",
        "x" * 10_001,
        "nul\x00",
        "bell\x07",
        "tab\there",
        "\ud800",
        7,
        None,
        ["a"],
        {"a": 1},
        "carriage\rreturn",
        "\x7f",
        "\x85",
    ],
    ids=repr,
)
@pytest.mark.parametrize("command", ["reply", "reply-and-close", "appeal", "hand-back", "note", "reopen"])
async def test_a_text_has_its_limits(client: AsyncClient, request: pytest.FixtureRequest, place: Any, command: str, text: Any) -> None:
    state = {"reopen": State.CLOSED, "hand-back": State.AWAITING_SUPPORT}.get(command, State.AWAITING_SELLER)
    it = a_conversation(state)
    place(it)
    headers = {**request.getfixturevalue("support" if command == "hand-back" else "seller"), "if-match": f'"{it.sequence}"'}
    body = {**BODIES.get(command, {}), "text": text}

    content = json.dumps(body)
    answer = await client.post(f"/v1/tickets/c-1/{command}", content=content, headers={**headers, "content-type": "application/json"})

    assert problem(answer) == (422, "invalid")
    assert answer.json()["errors"][0]["field"] == "body.text"


@pytest.mark.parametrize("text", ["x", "x" * 10_000, "two\nlines", "ünï 🦜 漢字", "<script>alert(1)</script>", "{{7*7}}", "'; drop"])
async def test_any_other_text_is_kept_as_it_is(client: AsyncClient, place: Any, buyer: dict[str, str], text: str) -> None:
    place(a_conversation())

    await client.post("/v1/tickets/c-1/reply", json={"text": text}, headers=buyer)

    assert [message["text"] for message in (await client.get("/v1/tickets/c-1", headers=buyer)).json()["messages"]] == [text]


@pytest.mark.parametrize(
    ("content", "kind", "expected"),
    [
        (b"{", "application/json", (422, "invalid")),
        (b"", "application/json", (422, "invalid")),
        (b"[]", "application/json", (422, "invalid")),
        (b"null", "application/json", (422, "invalid")),
        (b"\xff\xfe", "application/json", (422, "invalid")),
        (b'{"text": "a", "text2": "b"}', "application/json", (422, "invalid")),
        (b'{"text": ' + b"[" * 5_000, "application/json", (422, "invalid")),
        (b'{"text": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", "application/json", (422, "invalid")),
        (b"text=hello", "text/plain", (415, "media-type")),
        (b'{"text": "' + b"x" * 300_000 + b'"}', "application/json", (413, "too-large")),
    ],
    ids=["half", "empty", "list", "null", "not utf-8", "unknown field", "deep", "deep and whole", "text/plain", "too large"],
)
async def test_a_body_that_cannot_be_used_is_refused_with_its_reason(
    client: AsyncClient, place: Any, buyer: dict[str, str], content: bytes, kind: str, expected: tuple[int, str]
) -> None:
    place(a_conversation())

    answer = await client.post("/v1/tickets/c-1/reply", content=content, headers={**buyer, "content-type": kind})

    assert problem(answer) == expected


@pytest.mark.parametrize("key", ["", "x" * 201, "a b", "ünï"])
async def test_a_key_is_short_and_plain(client: AsyncClient, place: Any, buyer: dict[str, str], key: str) -> None:
    place(a_conversation())
    headers = [*buyer.items(), ("idempotency-key", key.encode("utf-8"))]

    assert problem(await client.post("/v1/tickets/c-1/reply", json={"text": "a"}, headers=headers)) == (422, "invalid")


@pytest.mark.parametrize(
    ("command", "body"),
    [
        ("note", {"text": "a", "visibility": "public"}),
        ("note", {"text": "a"}),
        ("close", {"reason": "because"}),
        ("close", {"reason": 7}),
        ("no-response-needed", {}),
        ("no-response-needed", {"reason": "free text"}),
        ("no-response-needed", {"reason": "thanks", "close": "perhaps"}),
        ("close", {}),
        ("reopen", {}),
    ],
)
async def test_reasons_come_from_a_list(client: AsyncClient, place: Any, seller: dict[str, str], command: str, body: Any) -> None:
    it = a_conversation(State.CLOSED if command == "reopen" else State.AWAITING_SELLER, answered=frozenset({Role.SELLER.side}))
    place(it)

    answer = await client.post(f"/v1/tickets/c-1/{command}", json=body, headers={**seller, "if-match": f'"{it.sequence}"'})

    assert problem(answer) == (422, "invalid")
    assert answer.json()["errors"][0]["field"] in ("body.visibility", "body.reason", "body.close", "body.text")


async def test_a_problem_speaks_the_language_of_the_reader(client: AsyncClient, place: Any, buyer: dict[str, str]) -> None:
    place(a_conversation(State.FINAL))

    german = await client.post("/v1/tickets/c-1/reply", json={"text": "a"}, headers=buyer)

    assert german.headers["content-language"] == "de"
    assert german.json()["detail"], "and says what to do"


async def test_a_whole_number_may_be_written_with_a_point(client: AsyncClient, place: Any, buyer: dict[str, str]) -> None:
    place(a_conversation(State.CLOSED))

    answers = [await client.post("/v1/tickets/c-1/rate", json={"rating": stars}, headers=buyer) for stars in (3.0, 3.5, True)]

    assert [answer.status_code for answer in answers] == [200, 422, 422]
