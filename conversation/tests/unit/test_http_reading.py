"""Lists, counts and one conversation over HTTP, for everybody who may and may not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx import AsyncClient, Response
from parley_conversation.domain.people import Actor
from parley_conversation.domain.waits import Waits
from parley_conversation.domain.words import Role, Side
from parley_conversation.testing.builders import NOW, a_conversation, a_wait
from parley_conversation.testing.doubles import InMemory, InMemoryTransaction
from parley_conversation.testing.issuer import Issuer

ROUTES = ("/v1/tickets", "/v1/tickets/counts", "/v1/tickets/c-1")


def problem(response: Response) -> tuple[int, str]:
    return response.status_code, response.json()["type"].removeprefix("/problems/")


ALLOWED = {
    "/v1/tickets": {"nobody": 401, "link": 403, "buyer": 200, "seller": 200, "support": 200, "oncall": 403, "service": 403},
    "/v1/tickets/counts": {"nobody": 401, "link": 403, "buyer": 200, "seller": 200, "support": 200, "oncall": 403, "service": 403},
    "/v1/tickets/c-1": {"nobody": 401, "link": 200, "buyer": 200, "seller": 200, "support": 200, "oncall": 403, "service": 403},
    "/v1/tickets/c-2": {"nobody": 401, "link": 404, "buyer": 404, "seller": 404, "support": 404, "oncall": 403, "service": 403},
    "/v1/tickets/c-0": {"nobody": 401, "link": 404, "buyer": 404, "seller": 404, "support": 404, "oncall": 403, "service": 403},
}


@pytest.mark.parametrize(
    ("route", "role", "status"), [(route, role, status) for route, row in ALLOWED.items() for role, status in row.items()]
)
async def test_a_route_is_open_to_whom_it_is_for(
    client: AsyncClient, place: Any, who: dict[str, dict[str, str]], route: str, role: str, status: int
) -> None:
    place(a_conversation())
    place(a_conversation(id="c-2", buyer=Actor("buyer-2", Role.BUYER), seller_id="seller-2", market="fast"))

    assert (await client.get(route, headers=who[role])).status_code == status


BY_LINK = {
    "buyer": {"reply": 200, "close": 200, "reopen": 409},
    "seller": {"reply": 200, "reply-and-close": 200, "close": 200, "appeal": 200, "no-response-needed": 200},
}
BODY: dict[str, Any] = {
    "note": {"text": "a", "visibility": "internal"},
    "close": {"reason": "solved"},
    "reopen": {},
    "take-over": {},
    "acknowledge": {},
    "no-response-needed": {"reason": "thanks"},
}
COMMANDS = ["reply", "reply-and-close", "note", "close", "reopen", "appeal", "take-over", "acknowledge", "hand-back", "no-response-needed"]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("role", ["buyer", "seller", "oncall", "service"])
async def test_a_link_does_what_its_role_may_and_other_roles_nothing(
    client: AsyncClient, place: Any, issuer: Issuer, who: dict[str, dict[str, str]], command: str, role: str
) -> None:
    place(a_conversation(answered=frozenset({Side.SELLER}), waits=Waits(open=(a_wait(Side.SELLER),), unanswered=True, moved_at=1)))
    party = {"buyer": "buyer-1", "seller": "member-1"}.get(role)
    headers = issuer.link("c-1", party, role) if party else who[role]

    answer = await client.post(f"/v1/tickets/c-1/{command}", json=BODY.get(command, {"text": "a"}), headers={**headers, "if-match": '"1"'})

    assert answer.status_code == BY_LINK.get(role, {}).get(command, 403)


@pytest.mark.parametrize(
    ("issued", "role", "party", "expected"),
    [
        (timedelta(days=-31), "buyer", "buyer-1", (410, "link-expired")),
        (timedelta(0), "buyer", "buyer-2", (404, "not-found")),
        (timedelta(0), "seller", "stranger", (404, "not-found")),
        (timedelta(0), "support", "agent-1", (401, "sign-in-needed")),
    ],
)
async def test_a_link_is_good_for_its_party_in_its_time(
    client: AsyncClient, place: Any, issuer: Issuer, issued: timedelta, role: str, party: str, expected: tuple[int, str]
) -> None:
    place(a_conversation())
    headers = issuer.link("c-1", party, role, issued_at=datetime.now(UTC) + issued)

    assert problem(await client.get("/v1/tickets/c-1", headers=headers)) == expected


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "x" * 2_000, "ünï"])
async def test_a_forged_link_opens_nothing(client: AsyncClient, place: Any, token: str) -> None:
    place(a_conversation())

    answer = await client.get("/v1/tickets/c-1", headers=[("authorization", f"Link {token}".encode())])

    assert answer.status_code == 401


async def test_revoked_links_open_nothing_and_later_ones_do(
    client: AsyncClient, place: Any, issuer: Issuer, who: dict[str, dict[str, str]], transact: InMemory[InMemoryTransaction]
) -> None:
    transact.now = datetime.now(UTC)
    place(a_conversation())
    early = issuer.link("c-1", "buyer-1", "buyer", issued_at=transact.now - timedelta(hours=1))
    assert (await client.get("/v1/tickets/c-1", headers=early)).status_code == 200

    assert (await client.post("/v1/tickets/c-1/revoke-links", json={}, headers=who["buyer"])).status_code == 204

    assert problem(await client.get("/v1/tickets/c-1", headers=early)) == (410, "link-expired")
    late = issuer.link("c-1", "buyer-1", "buyer", issued_at=transact.now + timedelta(seconds=1))
    assert (await client.get("/v1/tickets/c-1", headers=late)).status_code == 200


@pytest.mark.parametrize(
    ("role", "of", "status"),
    [
        ("buyer", None, 204),
        ("buyer", "member-1", 403),
        ("seller", "buyer-1", 403),
        ("support", "buyer-1", 204),
        ("nobody", None, 401),
        ("oncall", None, 403),
    ],
)
async def test_support_alone_revokes_the_links_of_others(
    client: AsyncClient, place: Any, who: dict[str, dict[str, str]], role: str, of: str | None, status: int
) -> None:
    place(a_conversation())

    answer = await client.post("/v1/tickets/c-1/revoke-links", json={"party_id": of}, headers=who[role])

    assert answer.status_code == status


@pytest.mark.parametrize(
    ("role", "of", "status"),
    [
        ("buyer", None, 204),
        ("buyer", "member-1", 403),
        ("seller", "buyer-1", 403),
        ("support", "buyer-1", 204),
        ("support", "unknown", 404),
        ("link", None, 403),
        ("nobody", None, 401),
        ("oncall", None, 403),
        ("service", None, 403),
    ],
)
async def test_support_alone_revokes_all_links_of_others(
    client: AsyncClient, who: dict[str, dict[str, str]], role: str, of: str | None, status: int
) -> None:
    assert (await client.post("/v1/tickets/revoke-links", json={"party_id": of}, headers=who[role])).status_code == status


@pytest.mark.parametrize("path", ["/v1/tickets/c-1/revoke-links", "/v1/tickets/revoke-links"])
async def test_a_repeated_revocation_spares_the_links_that_were_mailed_since(
    client: AsyncClient, place: Any, issuer: Issuer, who: dict[str, dict[str, str]], transact: InMemory[InMemoryTransaction], path: str
) -> None:
    transact.now = datetime.now(UTC)
    place(a_conversation())
    once = who["buyer"] | {"idempotency-key": "k-1"}
    assert (await client.post(path, json={}, headers=once)).status_code == 204
    since = issuer.link("c-1", "buyer-1", "buyer", issued_at=transact.now + timedelta(seconds=1))
    transact.now += timedelta(seconds=2)

    again = await client.post(path, json={}, headers=once)

    assert (again.status_code, again.content, again.headers["idempotency-replayed"]) == (204, b"", "true")
    assert (await client.get("/v1/tickets/c-1", headers=since)).status_code == 200
    assert problem(await client.post(path, json={"party_id": "buyer-1"}, headers=once)) == (422, "key-reused")


@pytest.mark.parametrize("body", [{"party_id": ""}, {"party_id": 7}, {"party_id": "x" * 201}, {"unknown": 1}, [], None])
async def test_whose_links_is_said_in_known_words(client: AsyncClient, place: Any, who: dict[str, dict[str, str]], body: Any) -> None:
    place(a_conversation())

    for route in ("/v1/tickets/revoke-links", "/v1/tickets/c-1/revoke-links"):
        assert problem(await client.post(route, json=body, headers=who["support"])) == (422, "invalid")


async def test_one_conversation_shows_the_shop_the_time_left_and_what_can_be_done(
    client: AsyncClient, place: Any, who: dict[str, dict[str, str]]
) -> None:
    place(a_conversation())

    answer = await client.get("/v1/tickets/c-1", headers=who["buyer"])

    shown = answer.json()
    assert answer.headers["etag"] == '"1"'
    assert (shown["number"][:2], shown["seller"], shown["buyer"]["name"]) == ("T-", {"id": "seller-1", "name": "Sellers & Co"}, "Bea")
    assert shown["answer"] == {"owed_by": "seller", "due": "2026-03-04T10:00:00.000Z", "time_left_seconds": 48 * 3600}
    assert shown["may"] == ["close", "reply"]
    assert "agent_id" not in shown


async def test_an_overdue_answer_counts_below_zero_and_an_unknown_one_is_null(
    client: AsyncClient, place: Any, who: dict[str, dict[str, str]]
) -> None:
    for id, due in (("c-1", NOW - timedelta(seconds=90)), ("c-2", None)):
        place(a_conversation(id=id, waits=Waits(open=(a_wait(Side.SELLER, due=due),), unanswered=True, moved_at=1)))

    items = (await client.get("/v1/tickets", headers=who["seller"])).json()["items"]

    assert {item["id"]: item["answer"]["time_left_seconds"] for item in items} == {"c-1": -90, "c-2": None}


@pytest.mark.parametrize("id", ["%00", "..", "a" * 200, "%ff%fe", "$where", "{}", "ünï"])
async def test_an_id_that_cannot_be_one_is_not_found(client: AsyncClient, who: dict[str, dict[str, str]], id: str) -> None:
    assert (await client.get(f"/v1/tickets/{id}", headers=who["support"])).status_code in (404, 422)
    assert (await client.post(f"/v1/tickets/{id}/reply", json={"text": "a"}, headers=who["support"])).status_code in (404, 422)
