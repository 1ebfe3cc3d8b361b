"""Commands over HTTP: what they answer, once for each key, in the agreed order of checks."""

import json
from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient, Response
from parley_conversation.domain.parties import PartyKind
from parley_conversation.domain.words import Role, State, Visibility
from parley_conversation.testing.builders import NOW, a_conversation, a_message, a_party, an_act
from parley_conversation.testing.doubles import InMemory, InMemoryTransaction
from parley_conversation.testing.issuer import Issuer
from parley_conversation.use_cases.commands import OFFERED

TEXTS = ("reply", "reply-and-close", "appeal", "hand-back")
BODIES: dict[str, dict[str, Any]] = {
    **{command: {"text": "Hello"} for command in TEXTS},
    "note": {"text": "Hello", "visibility": "internal"},
    "close": {"reason": "solved"},
    "reopen": {"text": "Hello"},
    "take-over": {},
    "acknowledge": {},
    "no-response-needed": {"reason": "thanks"},
    "rate": {"rating": 4},
    "assign": {"assignee_id": "agent-1"},
    "finalise": {"reason": "solved"},
}
ELSEWHERE = {"refund", "remove-message"}
"""Offered by the kernel; the route is ticketing's, or has a file of tests of its own."""
VERSIONED = {"reply-and-close", "close", "reopen", "hand-back", "no-response-needed", "finalise"}


def problem(response: Response) -> tuple[int, str]:
    document = response.json()
    assert response.headers["content-type"].startswith("application/problem+json"), document
    assert document["title"]
    assert document["retry"] in ("never", "same-key", "later")
    return response.status_code, document["type"].removeprefix("/problems/")


def test_every_command_that_is_offered_has_its_route_and_its_tests() -> None:
    assert {command.value.replace("_", "-") for command in OFFERED} - ELSEWHERE == set(BODIES) == set(MAY)


async def test_a_reply_is_answered_with_the_new_state_and_its_version(client: AsyncClient, place: Any, seller: dict[str, str]) -> None:
    place(a_conversation())

    answer = await client.post("/v1/tickets/c-1/reply", json={"text": "It is on its way.\r\nYours"}, headers=seller)

    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert (answer.json()["state"], answer.json()["version"], answer.json()["you_are"]) == ("awaiting_buyer", 2, "seller")


async def test_the_same_request_acts_once(
    client: AsyncClient, place: Any, seller: dict[str, str], transact: InMemory[InMemoryTransaction]
) -> None:
    place(a_conversation())
    headers = {**seller, "idempotency-key": "key-1"}

    first = await client.post("/v1/tickets/c-1/reply", json={"text": "Hello"}, headers=headers)
    again = await client.post("/v1/tickets/c-1/reply", json={"text": "Hello"}, headers=headers)

    assert (again.status_code, again.json(), again.headers["etag"]) == (200, first.json(), '"2"')
    assert again.headers["idempotency-replayed"] == "true"
    assert len(transact.published()) == 1


async def test_a_key_is_not_for_another_body(client: AsyncClient, place: Any, seller: dict[str, str]) -> None:
    place(a_conversation())
    headers = {**seller, "idempotency-key": "key-1"}
    await client.post("/v1/tickets/c-1/reply", json={"text": "Hello"}, headers=headers)

    other = await client.post("/v1/tickets/c-1/reply", json={"text": "Something else"}, headers=headers)

    assert problem(other) == (422, "key-reused")


async def test_an_event_names_the_command_that_caused_it(
    client: AsyncClient, place: Any, support: dict[str, str], transact: InMemory[InMemoryTransaction]
) -> None:
    place(a_conversation())

    await client.post("/v1/tickets/c-1/reply", json={"text": "Hello"}, headers={**support, "idempotency-key": "key-1"})

    published = transact.published()
    assert [type(each.fact.what).__name__ for each in published] == ["Escalated", "Acknowledged", "Replied"]
    assert [each.fact.sequence for each in published] == [2, 3, 4]
    assert len({each.fact.at for each in published}) == 1
    assert len({each.cause for each in published}) == 1
    assert published[0].cause.startswith("command:")


async def test_a_conversations_time_never_runs_backwards(
    client: AsyncClient, place: Any, seller: dict[str, str], transact: InMemory[InMemoryTransaction]
) -> None:
    later = NOW + timedelta(hours=1)
    place(a_conversation(changed_at=later))

    await client.post("/v1/tickets/c-1/reply", json={"text": "Hello"}, headers=seller)

    assert [each.fact.at for each in transact.published()] == [later]


@pytest.mark.parametrize("command", sorted(BODIES))
@pytest.mark.parametrize("broken", ["nobody", "forged", "expired"])
async def test_first_it_is_asked_who_that_is(client: AsyncClient, issuer: Issuer, place: Any, command: str, broken: str) -> None:
    place(a_conversation(State.FINAL))
    headers = {
        "nobody": {},
        "forged": {"authorization": issuer.bearer("buyer-1", "buyer")["authorization"][:-4] + "AAAA"},
        "expired": issuer.bearer("buyer-1", "buyer", lives=timedelta(hours=-1)),
    }[broken]

    for body in (json.dumps(BODIES[command]), '{"wrong": 1}', "{", "[" * 5_000):
        answer = await client.post(f"/v1/tickets/c-1/{command}", content=body, headers={**headers, "content-type": "application/json"})
        assert problem(answer) == (401, {"nobody": "sign-in-needed", "forged": "token-invalid", "expired": "token-expired"}[broken])


@pytest.mark.parametrize("command", sorted(BODIES))
async def test_then_whether_they_may_see_it(client: AsyncClient, issuer: Issuer, place: Any, command: str) -> None:
    place(a_conversation(State.FINAL))
    strangers = [
        issuer.bearer("buyer-2", "buyer"),
        issuer.bearer("member-9", "seller", seller_ids=["seller-9"]),
        issuer.bearer("agent-9", "support", markets=["fast"]),
    ]
    for stranger in strangers:
        for body in (BODIES[command], {"wrong": 1}):
            foreign = await client.post(f"/v1/tickets/c-1/{command}", json=body, headers=stranger)
            unknown = await client.post(f"/v1/tickets/c-0/{command}", json=body, headers=stranger)
            assert problem(foreign) == (404, "not-found")
            assert foreign.content == unknown.content, "the same answer as for one that does not exist"


MAY = {
    "reply": "buyer seller support",
    "reply-and-close": "seller support",
    "note": "seller support",
    "close": "buyer seller support",
    "reopen": "buyer seller support",
    "appeal": "seller",
    "take-over": "support",
    "acknowledge": "support",
    "hand-back": "support",
    "no-response-needed": "seller support",
    "rate": "buyer",
    "assign": "seller support",
    "finalise": "support",
}


@pytest.mark.parametrize("command", sorted(BODIES))
@pytest.mark.parametrize("role", ["buyer", "seller", "support"])
async def test_then_whether_their_role_may_do_it(
    client: AsyncClient, request: pytest.FixtureRequest, place: Any, command: str, role: str
) -> None:
    place(a_conversation(State.FINAL))
    headers = request.getfixturevalue(role)

    for body in (BODIES[command], {"wrong": 1}):
        answer = await client.post(f"/v1/tickets/c-1/{command}", json=body, headers={**headers, "if-match": '"99"'})
        if role in MAY[command].split():
            assert problem(answer) == (412, "changed-meanwhile"), "then the version that was read"
        else:
            assert problem(answer) == (403, "role-not-allowed")


@pytest.mark.parametrize("command", sorted(BODIES))
async def test_then_the_version_the_state_and_at_last_what_was_sent(
    client: AsyncClient, request: pytest.FixtureRequest, place: Any, command: str
) -> None:
    role = MAY[command].split()[-1]
    headers, url = request.getfixturevalue(role), f"/v1/tickets/c-1/{command}"
    final = a_conversation(State.FINAL)
    place(final)
    if command in VERSIONED:
        assert problem(await client.post(url, json={"wrong": 1}, headers=headers)) == (428, "if-match-needed")
    read = {"if-match": f'"{final.sequence}"'} if command in VERSIONED else {}

    in_final = problem(await client.post(url, json={"wrong": 1}, headers={**headers, **read}))
    assert in_final == ((422, "invalid") if command == "finalise" else (409, "final")), "what is final stays so, without a word"

    workable = {
        "reopen": State.CLOSED,
        "acknowledge": State.AWAITING_SUPPORT,
        "hand-back": State.AWAITING_SUPPORT,
        "rate": State.CLOSED,
        "finalise": State.CLOSED,
    }
    it = a_conversation(workable.get(command, State.AWAITING_SELLER))
    if command == "no-response-needed":
        it = a_conversation(State.AWAITING_SUPPORT, answered=frozenset(Role.SUPPORT.side for _ in "1"))
    place(it)
    read = {"if-match": f'"{it.sequence}"'} if command in VERSIONED else {}
    answer = await client.post(url, json={"wrong": 1}, headers={**headers, **read})
    assert problem(answer) == (422, "invalid")
    assert any(error["field"] == "body.wrong" for error in answer.json()["errors"])


@pytest.mark.parametrize("if_match", ['"1', "1", 'W/"1"', '"0"', '"-1"', "*", '""', '"1", "2"', "x" * 90])
async def test_what_is_no_etag_of_ours_is_not_the_newest(client: AsyncClient, place: Any, buyer: dict[str, str], if_match: str) -> None:
    place(a_conversation())

    answer = await client.post("/v1/tickets/c-1/close", json={}, headers={**buyer, "if-match": if_match})

    assert problem(answer) == (412, "changed-meanwhile")


@pytest.mark.parametrize(
    ("role", "assignee", "fits"),
    [
        ("seller", "member-1", True),
        ("seller", "member-9", False),
        ("seller", "agent-1", False),
        ("seller", "nobody-we-know", False),
        ("seller", None, True),
        ("support", "agent-1", True),
        ("support", "member-1", False),
    ],
)
async def test_a_side_assigns_to_its_own_people(
    client: AsyncClient, request: pytest.FixtureRequest, place: Any, transact: Any, role: str, assignee: str | None, fits: bool
) -> None:
    transact.tables["parties"]["member-9"] = a_party("member-9", PartyKind.MEMBER, seller_id="seller-9")
    place(a_conversation(assignee_id="member-2"))

    body = {"assignee_id": assignee}
    answer = await client.post("/v1/tickets/c-1/assign", json=body, headers=request.getfixturevalue(role))

    if fits:
        assert answer.status_code == 200
    else:
        assert problem(answer) == (422, "invalid")
        assert answer.json()["errors"][0]["field"] == "body.assignee_id"


async def test_a_rating_is_shown_with_the_conversation(
    client: AsyncClient, place: Any, buyer: dict[str, str], seller: dict[str, str]
) -> None:
    place(a_conversation(State.CLOSED))

    rated = await client.post("/v1/tickets/c-1/rate", json={"rating": 4}, headers=buyer)

    assert (rated.status_code, rated.json()["rating"], rated.json()["state"]) == (200, 4, "closed")
    assert (await client.get("/v1/tickets/c-1", headers=seller)).json()["rating"] == 4
    for rating in (0, 6, "4", None, 4.5, True):
        assert problem(await client.post("/v1/tickets/c-1/rate", json={"rating": rating}, headers=buyer)) == (422, "invalid")


async def test_a_message_that_the_reader_may_not_read_is_not_there(
    client: AsyncClient, place: Any, buyer: dict[str, str], seller: dict[str, str], support: dict[str, str]
) -> None:
    it = a_conversation()
    for role, visibility in [(Role.SELLER, Visibility.INTERNAL), (Role.SUPPORT, Visibility.INTERNAL), (Role.SUPPORT, Visibility.BACKSTAGE)]:
        note = a_message(role, visibility=visibility, text=f"{role} {visibility}", id=f"m-{role}-{visibility}")
        told = it.note(note, an_act(role, it))
        it = told[0]
        place(told)

    texts = {
        name: [message["text"] for message in (await client.get("/v1/tickets/c-1", headers=headers)).json()["messages"]]
        for name, headers in (("buyer", buyer), ("seller", seller), ("support", support))
    }

    assert texts["buyer"] == []
    assert texts["seller"] == ["seller internal", "support backstage"]
    assert texts["support"] == ["seller internal", "support internal", "support backstage"]
