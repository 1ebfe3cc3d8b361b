"""Lists, counts and one conversation over HTTP, for everybody who may and may not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx import AsyncClient, Response
from parley_conversation.domain.people import Actor
from parley_conversation.domain.waits import Waits
from parley_conversation.domain.words import Category, Role, Side, State
from parley_conversation.testing.builders import NOW, a_conversation, a_wait
from parley_conversation.testing.doubles import InMemory, InMemoryTransaction
from parley_conversation.testing.issuer import Issuer

ROUTES = ("/v1/tickets", "/v1/tickets/counts", "/v1/tickets/c-1")


def problem(response: Response) -> tuple[int, str]:
    return response.status_code, response.json()["type"].removeprefix("/problems/")


@pytest.fixture
def who(issuer: Issuer) -> dict[str, dict[str, str]]:
    """Everybody of the table of routes, each belonging to conversation c-1 as far as their role can."""
    return {
        "nobody": {},
        "link": issuer.link("c-1", "buyer-1", "buyer"),
        "buyer": issuer.bearer("buyer-1", "buyer"),
        "seller": issuer.bearer("member-1", "seller", seller_ids=["seller-1"]),
        "support": issuer.bearer("agent-1", "support", markets=["de"]),
        "oncall": issuer.bearer("engineer", "oncall"),
        "service": issuer.bearer("indexer", "service", scope="inlet texts stats"),
    }


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


async def test_a_list_is_read_page_by_page_without_a_gap_or_a_repeat(
    client: AsyncClient, place: Any, who: dict[str, dict[str, str]]
) -> None:
    for n in range(7):
        # Three of them came at the same time: the id decides between those.
        place(a_conversation(id=f"c-{n}", since=NOW + timedelta(minutes=min(n, 4))))

    found: list[str] = []
    cursor: str | None = None
    for _ in range(10):
        params = {"state": "awaiting_seller", "limit": "2", **({"cursor": cursor} if cursor else {})}
        page = (await client.get("/v1/tickets", params=params, headers=who["seller"])).json()
        found += [item["id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break

    assert found == [f"c-{n}" for n in range(7)], "who waits longest comes first"
    assert page["counts"] == {"awaiting_seller": 7, "awaiting_support": 0, "awaiting_buyer": 0, "closed": 0, "final": 0}


@pytest.mark.parametrize("other", [{}, {"state": "closed"}, {"category": "post_purchase"}, {"role": "seller"}])
async def test_a_cursor_leads_on_in_the_list_alone_that_it_came_with(
    client: AsyncClient, place: Any, who: dict[str, dict[str, str]], other: dict[str, str]
) -> None:
    for n in range(2):
        place(a_conversation(id=f"c-{n}"))
    asked = {"state": "awaiting_seller", "limit": "1"}
    cursor = {"cursor": (await client.get("/v1/tickets", params=asked, headers=who["seller"])).json()["next"]}

    following = await client.get("/v1/tickets", params=asked | cursor, headers=who["seller"])
    elsewhere = await client.get("/v1/tickets", params=({**asked, **other} if other else {}) | cursor, headers=who["seller"])

    assert [item["id"] for item in following.json()["items"]] == ["c-1"]
    assert (elsewhere.status_code, [fault["field"] for fault in elsewhere.json()["errors"]]) == (422, ["query.cursor"])


async def test_what_waits_for_nobody_is_listed_latest_first(client: AsyncClient, place: Any, who: dict[str, dict[str, str]]) -> None:
    for n in range(3):
        place(a_conversation(State.CLOSED, id=f"c-{n}", since=NOW + timedelta(minutes=n)))

    page = (await client.get("/v1/tickets", params={"state": "closed"}, headers=who["buyer"])).json()

    assert [item["id"] for item in page["items"]] == ["c-2", "c-1", "c-0"]


async def test_everybody_lists_their_own(client: AsyncClient, place: Any, issuer: Issuer, who: dict[str, dict[str, str]]) -> None:
    place(a_conversation(id="c-1"))
    place(a_conversation(id="c-2", buyer=Actor("buyer-2", Role.BUYER)))
    place(a_conversation(id="c-3", seller_id="seller-2"))
    place(a_conversation(State.AWAITING_SUPPORT, id="c-4", routed_only=True))
    place(a_conversation(id="c-5", market="fast"))

    async def listed(headers: dict[str, str], **params: str) -> list[str]:
        return sorted(item["id"] for item in (await client.get("/v1/tickets", headers=headers, params=params)).json()["items"])

    assert await listed(who["buyer"]) == ["c-1", "c-3", "c-4", "c-5"]
    assert await listed(who["seller"]) == ["c-1", "c-2", "c-5"], "and nothing of what was routed past the seller"
    assert await listed(who["support"]) == ["c-1", "c-2", "c-3", "c-4"]
    both = issuer.bearer("buyer-2", "buyer", "seller", seller_ids=["seller-2"])
    assert (await listed(both), await listed(both, role="buyer")) == (["c-3"], ["c-2"])
    assert await listed(who["support"], category=Category.POST_PURCHASE) == []


@pytest.mark.parametrize(
    "query",
    [
        "state=open",
        "limit=0",
        "limit=201",
        "limit=x",
        "cursor=x",
        "cursor=%00",
        "cursor=" + "x" * 500,
        "role=oncall",
        "unknown=1",
        "category=x",
    ],
)
async def test_a_list_is_asked_for_in_known_words(client: AsyncClient, who: dict[str, dict[str, str]], query: str) -> None:
    assert problem(await client.get(f"/v1/tickets?{query}", headers=who["seller"])) == (422, "invalid")


async def test_a_role_that_one_does_not_have_lists_nothing(client: AsyncClient, who: dict[str, dict[str, str]]) -> None:
    assert problem(await client.get("/v1/tickets?role=support", headers=who["seller"])) == (403, "role-not-allowed")


@pytest.mark.parametrize("id", ["%00", "..", "a" * 200, "%ff%fe", "$where", "{}", "ünï"])
async def test_an_id_that_cannot_be_one_is_not_found(client: AsyncClient, who: dict[str, dict[str, str]], id: str) -> None:
    assert (await client.get(f"/v1/tickets/{id}", headers=who["support"])).status_code in (404, 422)
    assert (await client.post(f"/v1/tickets/{id}/reply", json={"text": "a"}, headers=who["support"])).status_code in (404, 422)
