"""The history of a conversation: who did what, which of support read it, and for whom it is."""

from typing import Any

import pytest
from httpx import AsyncClient
from parley_conversation.domain.words import Role, Visibility
from parley_conversation.testing.builders import a_conversation, a_message, an_act
from parley_conversation.testing.issuer import Issuer


def with_notes(place: Any) -> None:
    it = a_conversation()
    for number, (role, visibility) in enumerate(
        [(Role.SELLER, Visibility.INTERNAL), (Role.SUPPORT, Visibility.INTERNAL), (Role.SUPPORT, Visibility.BACKSTAGE)]
    ):
        told = it.note(a_message(role, visibility=visibility, id=f"m-{number}"), an_act(role, it, ids=(f"e-{number}",)))
        it = told[0]
        place(told)


async def history(client: AsyncClient, headers: dict[str, str]) -> list[dict[str, Any]]:
    answer = await client.get("/v1/tickets/c-1/history", headers=headers)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_support_sees_everything_and_the_seller_not_what_is_supports_own(
    client: AsyncClient, place: Any, seller: dict[str, str], support: dict[str, str]
) -> None:
    with_notes(place)

    by_support = await history(client, support)
    by_seller = await history(client, seller)

    assert [(each["by"]["role"], each["what"], each["visibility"]) for each in by_seller] == [
        ("support", "Replied", "backstage"),
        ("seller", "Replied", "internal"),
    ]
    assert [each["what"] for each in by_support if each["by"]["role"] == "support"].count("Replied") == 2
    assert by_seller[1]["by"]["id"] == "member-1", "the message shows the shop, the history the person"


async def test_those_on_call_see_ids_and_times_alone(client: AsyncClient, issuer: Issuer, place: Any) -> None:
    with_notes(place)

    items = await history(client, issuer.bearer("engineer", "oncall"))

    assert [set(each) for each in items] == [{"id", "at"}] * 3


@pytest.mark.parametrize(("who", "status"), [("nobody", 401), ("link", 403), ("buyer", 403), ("service", 403), ("stranger", 404)])
async def test_nobody_else_sees_it(client: AsyncClient, issuer: Issuer, place: Any, who: str, status: int) -> None:
    with_notes(place)
    headers = {
        "nobody": {},
        "link": issuer.link("c-1", "member-1", "seller"),
        "buyer": issuer.bearer("buyer-1", "buyer"),
        "service": issuer.bearer("indexer", "service", scope="texts"),
        "stranger": issuer.bearer("member-9", "seller", seller_ids=["seller-9"]),
    }[who]

    assert (await client.get("/v1/tickets/c-1/history", headers=headers)).status_code == status


@pytest.mark.parametrize("role", ["buyer", "seller", "support"])
async def test_every_read_by_support_is_kept_and_of_nobody_else(
    client: AsyncClient, request: pytest.FixtureRequest, place: Any, transact: Any, role: str
) -> None:
    place(a_conversation())

    assert (await client.get("/v1/tickets/c-1", headers=request.getfixturevalue(role))).status_code == 200

    kept = [(entry.by.id, entry.what) for entry in transact.tables.get("history", {}).values()]
    assert kept == ([("agent-1", "Read")] if role == "support" else [])


async def test_on_call_finds_nothing_where_nothing_is(client: AsyncClient, issuer: Issuer) -> None:
    assert (await client.get("/v1/tickets/c-9/history", headers=issuer.bearer("engineer", "oncall"))).status_code == 404


async def test_it_is_read_page_by_page_although_others_read_it_meanwhile(
    client: AsyncClient, place: Any, support: dict[str, str], seller: dict[str, str]
) -> None:
    with_notes(place)
    whole = [each["id"] for each in await history(client, seller)]
    seen: list[str] = []
    query = {"limit": "1"}
    while True:
        page = (await client.get("/v1/tickets/c-1/history", headers=seller, params=query)).json()
        seen += [each["id"] for each in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
        await history(client, support)

    assert len(whole) == 2
    assert seen == whole
