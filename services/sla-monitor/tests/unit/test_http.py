"""Who may ask what over HTTP, and what hostile questions are answered."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from parley_contracts.topics import TICKETS
from sla_monitor.ports import Partition
from sla_monitor.testing import MemoryMonitor, T
from sla_monitor.testing.asking import ONCALL, SELLER, STATS, SUPPORT, bearer
from sla_monitor.use_cases.following import freeze

HOUR = timedelta(hours=1)
PARTITION = Partition(TICKETS.name, 0)


async def conversations(client: httpx.AsyncClient, who: dict[str, str], **params: Any) -> list[str]:
    answer = await client.get("/v1/responses", headers=who, params=params)
    assert answer.status_code == 200, answer.text
    return [item["conversation_id"] for item in answer.json()["items"]]


ROUTES = ("/v1/responses", "/v1/responses/counts", "/v1/responses/00000000-0000-0000-0000-000000000000")


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    ("who", "status", "problem"),
    [
        ({}, 401, "sign-in-needed"),
        ({"authorization": "Bearer forged.token.here"}, 401, "token-invalid"),
        (bearer("seller", lives=-600), 401, "token-expired"),
        ({"authorization": "Link whatever"}, 403, "role-not-allowed"),
        (bearer("buyer"), 403, "role-not-allowed"),
        (bearer(), 403, "role-not-allowed"),
        (bearer("service", scope="texts"), 403, "role-not-allowed"),
    ],
)
async def test_who_may_not_ask(route: str, who: dict[str, str], status: int, problem: str, client: httpx.AsyncClient) -> None:
    answer = await client.get(route, headers=who)

    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{problem}")


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        (SELLER, ["late", "soon", "new"]),
        (SUPPORT, ["late", "soon", "new"]),
        (bearer("support", markets=["fr"]), ["theirs"]),
        (bearer("seller", "support", seller_ids=["seller-1"], markets=["fr"]), ["late", "soon", "new", "theirs"]),
        (ONCALL, ["late", "soon", "new", "theirs"]),
        (STATS, ["late", "soon", "new", "theirs"]),
        (bearer("seller"), []),
        (bearer("seller", markets=["de"]), []),
        (bearer("support", seller_ids=["seller-1"]), []),
    ],
)
async def test_everybody_sees_their_own_and_the_most_urgent_first(
    who: Any, sees: list[str], client: httpx.AsyncClient, clocks: object
) -> None:
    assert await conversations(client, who) == sees


async def test_a_list_tells_where_each_wait_stands_and_the_time_left_or_over(client: httpx.AsyncClient, clocks: object) -> None:
    answer = (await client.get("/v1/responses", headers=SELLER)).json()

    told = {item["conversation_id"]: (item["state"], item["time_left_seconds"]) for item in answer["items"]}
    assert told == {"late": ("overdue", -3600), "soon": ("due_soon", 9 * 3600), "new": ("open", 39 * 3600)}
    assert answer["at"] == answer["read_to"] == "2026-03-04T11:00:00Z"
    assert answer["items"][0]["policy_version"] == 1


async def test_nobody_is_told_how_far_it_was_read_while_a_partition_has_no_watermark(
    client: httpx.AsyncClient, monitor: MemoryMonitor
) -> None:
    monitor.marks[PARTITION] = T

    assert (await client.get("/v1/responses", headers=ONCALL)).json()["read_to"] is None


@pytest.mark.parametrize(
    ("params", "finds"),
    [
        ({"state": "overdue"}, ["late"]),
        ({"state": ["open", "due_soon"]}, ["soon", "new", "theirs"]),
        ({"state": "settled"}, ["done"]),
        ({"seller_id": "seller-2"}, ["theirs"]),
        ({"market": "de", "category": "pre_purchase"}, ["new"]),
        ({"conversation_id": "soon"}, ["soon"]),
        ({"owed_by": "support"}, []),
        ({"seller_id": "nobody"}, []),
    ],
)
async def test_a_list_can_be_narrowed(params: Any, finds: list[str], client: httpx.AsyncClient, clocks: object) -> None:
    assert await conversations(client, ONCALL, **params) == finds


async def test_pages_follow_one_another_without_a_gap(client: httpx.AsyncClient, clocks: object) -> None:
    found, cursor, pages = [], None, 0
    while cursor or not pages:
        page = (await client.get("/v1/responses", headers=ONCALL, params={"limit": 1} | ({"cursor": cursor} if cursor else {}))).json()
        found += [item["conversation_id"] for item in page["items"]]
        cursor, pages = page["next"], pages + 1

    assert found == ["late", "soon", "new", "theirs"]
    assert pages == 4


@pytest.mark.parametrize(
    ("who", "params"),
    [
        (SELLER, {"seller_id": "seller-2"}),
        (SUPPORT, {"market": "fr"}),
        (SUPPORT, {"market": "fr", "seller_id": "seller-1"}),
        (bearer("seller"), {"seller_id": "seller-1"}),
    ],
)
async def test_asking_for_others_is_answered_as_if_they_did_not_exist(
    who: Any, params: Any, client: httpx.AsyncClient, clocks: object
) -> None:
    for route in ROUTES[:2]:
        answer = await client.get(route, headers=who, params=params)
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"state": "late"}, "state"),
        ({"state": ["open", "settled"]}, "state"),
        ({"owed_by": "buyer"}, "owed_by"),
        ({"limit": 0}, "limit"),
        ({"limit": 201}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"cursor": "!!!"}, "cursor"),
        ({"cursor": "MTIz"}, "cursor"),
        ({"cursor": "OTk5OTk5OTk5OTk5OTk5OTk5OTk5LmE"}, "cursor"),
        ({"cursor": "x" * 401}, "cursor"),
        ({"seller_id": "x" * 201}, "seller_id"),
        ({"market": ""}, "market"),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused_by_its_field(params: Any, field: str, client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/responses", headers=ONCALL, params=params)

    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid")
    assert {fault["field"].split(".")[1] for fault in answer.json()["errors"]} == {field}


async def test_counts_by_state_market_side_and_category(client: httpx.AsyncClient, clocks: object) -> None:
    assert (await client.get("/v1/responses/counts", headers=ONCALL)).json()["markets"] == {"de": 3, "fr": 1}
    answer = (await client.get("/v1/responses/counts", headers=SELLER)).json()

    assert answer["total"] == 3
    assert answer["states"] == {"open": 1, "due_soon": 1, "overdue": 1}
    assert answer["owed_by"] == {"seller": 3, "support": 0}
    assert answer["categories"] == {"pre_purchase": 1, "post_purchase": 2, "customer_service": 0}


async def explained(client: httpx.AsyncClient, who: dict[str, str], conversation: str, **params: str) -> dict[str, Any]:
    found = (await client.get("/v1/responses", headers=ONCALL, params={"conversation_id": conversation, **params})).json()["items"]
    answer = await client.get(f"/v1/responses/{found[0]['cycle_id']}", headers=who)
    told: dict[str, Any] = answer.json()
    return told


async def test_an_overdue_wait_shows_its_evidence(client: httpx.AsyncClient, clocks: object) -> None:
    told = await explained(client, SELLER, "late")

    assert told["opened"] == {"event_id": "late-event-1", "sequence": 1, "message_id": "late-m-1"}
    assert told["policy"] == {"id": "standard", "version": 1, "valid_from": None, "target_seconds": 172800, "calendar": "24x7"} | {
        "category": None,
        "seller_id": None,
    }
    assert told["overdue"] == {"proof": "watermark", "at": "2026-03-04T11:00:00Z", "event_id": None, "as_of": 1, "retracted": None}
    assert told["settled"] is None
    assert (told["clock_frozen"], told["watermark"]) == (False, "2026-03-04T11:00:00Z")


async def test_a_settled_wait_shows_how_it_ended(client: httpx.AsyncClient, clocks: object) -> None:
    told = await explained(client, ONCALL, "done", state="settled")

    assert told["settled"] == {"outcome": "met", "at": "2026-03-02T12:00:00Z", "event_id": "done-event-2", "late_by_seconds": None}
    assert told["overdue"] is None
    assert told["response"]["time_left_seconds"] == 47 * 3600


async def test_a_late_answer_is_its_own_proof(client: httpx.AsyncClient, clocks: MemoryMonitor, answered: Any) -> None:
    await answered(clocks, "theirs", at=90 * HOUR)

    told = await explained(client, ONCALL, "theirs", state="settled")

    assert (told["overdue"]["proof"], told["overdue"]["event_id"]) == ("event", "theirs-event-2")
    assert (told["settled"]["outcome"], told["settled"]["late_by_seconds"]) == ("late", 3600)


async def test_a_frozen_clock_is_shown(client: httpx.AsyncClient, clocks: MemoryMonitor) -> None:
    await clocks(freeze, TICKETS.name, "new")

    assert (await explained(client, SUPPORT, "new"))["clock_frozen"]


async def test_the_engineer_on_call_sees_which_clocks_stand_still(client: httpx.AsyncClient, clocks: MemoryMonitor) -> None:
    await clocks(freeze, TICKETS.name, "late")
    await clocks(freeze, TICKETS.name, "never-applied")

    answer = await client.get("/v1/frozen-clocks", headers=ONCALL)

    late, unknown = answer.json()["items"]
    assert [wait.pop("cycle_id") for wait in late["waits"]] == [clocks.kept["late"].conversation.open[0].id]
    assert late == {
        "conversation_id": "late",
        "topic": TICKETS.name,
        "partition": 0,
        "sequence": 1,
        "waits": [{"owed_by": "seller", "due": "2026-03-04T10:00:00Z", "overdue": True}],
    }
    assert (unknown["conversation_id"], unknown["partition"], unknown["waits"]) == ("never-applied", None, [])
    one = await client.get("/v1/frozen-clocks", headers=ONCALL, params={"limit": 1})
    assert [item["conversation_id"] for item in one.json()["items"]] == ["late"]
    rest = await client.get("/v1/frozen-clocks", headers=ONCALL, params={"limit": 1, "cursor": one.json()["next"]})
    assert ([item["conversation_id"] for item in rest.json()["items"]], rest.json()["next"]) == (["never-applied"], None)
    elsewhere = await client.get("/v1/responses", headers=ONCALL, params={"cursor": one.json()["next"]})
    assert (elsewhere.status_code, elsewhere.json()["type"]) == (422, "/problems/invalid")


@pytest.mark.parametrize(
    ("who", "status"),
    [({}, 401), ({"authorization": "Link x"}, 403), (bearer("buyer"), 403), (SELLER, 403), (SUPPORT, 403), (STATS, 403)],
)
async def test_nobody_else_sees_them(who: Any, status: int, client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/frozen-clocks", headers=who)).status_code == status


async def test_a_list_of_frozen_clocks_has_an_end(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/frozen-clocks", headers=ONCALL, params={"limit": 1001})).status_code == 422


@pytest.mark.parametrize("who", [SELLER, SUPPORT])
async def test_the_wait_of_others_is_as_absent_as_one_that_is_not_there(who: Any, client: httpx.AsyncClient, clocks: object) -> None:
    foreign = await explained(client, who, "theirs")
    absent = await client.get("/v1/responses/no-such-cycle", headers=who)

    assert foreign == absent.json()
    assert absent.status_code == 404


async def test_no_answer_may_be_kept_by_anybody_between(client: httpx.AsyncClient, clocks: object) -> None:
    answer = await client.get("/v1/responses", headers=ONCALL)

    assert answer.headers["cache-control"] == "no-store"
