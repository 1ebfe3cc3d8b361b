"""Lists over HTTP: whose, in which order, and page by page."""

from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient, Response
from parley_conversation.domain.people import Actor
from parley_conversation.domain.words import Category, Role, State
from parley_conversation.testing.builders import NOW, a_conversation
from parley_conversation.testing.issuer import Issuer


def problem(response: Response) -> tuple[int, str]:
    return response.status_code, response.json()["type"].removeprefix("/problems/")


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
