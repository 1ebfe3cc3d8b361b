"""Who may look up what became of a mail, and what they see."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from notifier.domain.recipients import party, queue
from notifier.domain.words import Audience
from notifier.testing.builders import a_delivery, a_party


@pytest.fixture(autouse=True)
def deliveries(desk: Any) -> None:
    desk.people.put(a_party("anna"))
    desk.deliveries.put(a_delivery(id="d-1").claim(desk.now, timedelta(1)).rejected(1, desk.now, reason="RCPT: 550 •••", code=550))
    later = desk.now + timedelta(minutes=1)
    desk.deliveries.put(a_delivery(id="d-2", created=later, audience=Audience.SUPPORT, recipient=queue(Audience.SUPPORT, "north")))
    desk.deliveries.put(a_delivery(id="d-3", market="south", conversation_id="c-2", recipient=party("anna")))


CELLS = [
    ("nobody", 401, 401),
    ("link", 403, 403),
    ("buyer", 403, 403),
    ("seller", 403, 403),
    ("service", 403, 403),
    ("support of north", 200, 200),
    ("support of south", 200, 404),
    ("support", 200, 404),
    ("oncall", 200, 200),
]


@pytest.mark.parametrize(("who", "list_", "one"), CELLS)
async def test_each_role_gets_what_the_table_of_routes_says(client: httpx.AsyncClient, signed: Any, who: str, list_: int, one: int) -> None:
    assert (await client.get("/v1/deliveries", headers=signed(who))).status_code == list_
    assert (await client.get("/v1/deliveries/d-1", headers=signed(who))).status_code == one


async def test_support_sees_its_markets_with_masked_addresses(client: httpx.AsyncClient, signed: Any) -> None:
    answer = await client.get("/v1/deliveries", headers=signed("support of north"))

    found = answer.json()["deliveries"]
    assert [(each["id"], each["state"], each["address"]) for each in found] == [
        ("d-2", "pending", None),
        ("d-1", "rejected", "a•••@p•••.example"),
    ]
    assert "anna@people" not in answer.text
    assert (found[1]["reason"], found[1]["smtp_code"]) == ("RCPT: 550 •••", 550)


async def test_on_call_sees_all_markets_and_no_address(client: httpx.AsyncClient, signed: Any) -> None:
    answer = await client.get("/v1/deliveries", headers=signed("oncall"))

    found = answer.json()["deliveries"]
    assert {each["id"] for each in found} == {"d-1", "d-2", "d-3"}
    assert {each["address"] for each in found} == {None}


async def test_who_is_both_sees_addresses_of_the_own_markets_alone(client: httpx.AsyncClient, signed: Any) -> None:
    answer = await client.get("/v1/deliveries", headers=signed("support+oncall of north"))

    assert {each["id"]: each["address"] for each in answer.json()["deliveries"]}["d-3"] is None
    assert {each["id"]: each["address"] for each in answer.json()["deliveries"]}["d-1"] is not None


async def test_a_list_is_read_page_by_page(client: httpx.AsyncClient, signed: Any) -> None:
    seen, cursor = [], ""
    while cursor is not None:
        query = {"limit": "1"} | ({"cursor": cursor} if cursor else {})
        page = (await client.get("/v1/deliveries", params=query, headers=signed("oncall"))).json()
        seen += [each["id"] for each in page["deliveries"]]
        cursor = page["next"]

    assert seen == ["d-2", "d-3", "d-1"]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({"conversation_id": "c-2"}, ["d-3"]),
        ({"state": "rejected"}, ["d-1"]),
        ({"state": ["rejected", "pending"], "recipient_id": "anna"}, ["d-3", "d-1"]),
        ({"conversation_id": "nowhere"}, []),
    ],
)
async def test_a_list_can_be_narrowed(client: httpx.AsyncClient, signed: Any, query: dict[str, Any], ids: list[str]) -> None:
    answer = await client.get("/v1/deliveries", params=query, headers=signed("oncall"))

    assert [each["id"] for each in answer.json()["deliveries"]] == ids


@pytest.mark.parametrize(
    "query",
    [
        {"cursor": "x"},
        {"cursor": "W10"},
        {"cursor": "WzEsMl0"},
        {"cursor": "\u202e"},
        {"state": "lost"},
        {"limit": "0"},
        {"limit": "201"},
        {"conversation_id": ""},
        {"conversation_id": "x" * 201},
    ],
)
async def test_a_question_without_sense_is_refused_with_its_field(client: httpx.AsyncClient, signed: Any, query: dict[str, str]) -> None:
    answer = await client.get("/v1/deliveries", params=query, headers=signed("oncall"))

    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/invalid"
    assert answer.json()["errors"]


@pytest.mark.parametrize("id", ["unknown", "$ne", "a" * 500, "%00", "..%2fx"])
async def test_an_unknown_delivery_is_not_there(client: httpx.AsyncClient, signed: Any, id: str) -> None:
    answer = await client.get(f"/v1/deliveries/{id}", headers=signed("oncall"))

    assert answer.status_code == 404
