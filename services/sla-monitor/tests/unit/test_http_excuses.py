"""Who may excuse, over HTTP, and what is kept of it."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sla_monitor.testing import MemoryMonitor, T
from sla_monitor.testing.asking import ONCALL, SELLER, STATS, SUPPORT

HOUR = timedelta(hours=1)
WINDOW = {"start": "2026-03-04T08:00:00Z", "end": "2026-03-04T11:00:00Z"}
WANTED = WINDOW | {"reason": "the mail provider was down"}


async def asked(client: httpx.AsyncClient, key: str = "k-1", **more: Any) -> httpx.Response:
    return await client.post("/v1/excuses", headers=ONCALL | {"idempotency-key": key}, json=WANTED | more)


@pytest.mark.parametrize("who", [SELLER, SUPPORT, STATS])
async def test_only_the_engineer_on_call_excuses(who: dict[str, str], client: httpx.AsyncClient) -> None:
    for answer in (
        await client.post("/v1/excuses", headers=who, json=WANTED),
        await client.get("/v1/excuses", headers=who),
        await client.get("/v1/excuses/preview", headers=who, params=WINDOW),
    ):
        assert answer.status_code == 403
    assert (await client.post("/v1/excuses", json=WANTED)).status_code == 401


async def test_what_would_be_touched_is_shown_first_and_who_did_it_why_is_kept(client: httpx.AsyncClient, clocks: MemoryMonitor) -> None:
    preview = await client.get("/v1/excuses/preview", headers=ONCALL, params=WINDOW)
    assert preview.json() == {"waiting": 0, "overdue": 1}
    assert (await client.get("/v1/excuses", headers=ONCALL)).json() == {"items": [], "next": None}

    clocks.now = T + 50 * HOUR
    told = await asked(client)

    assert told.status_code == 201
    kept = (await client.get("/v1/excuses", headers=ONCALL)).json()["items"]
    assert kept == [told.json()]
    assert (kept[0]["by"], kept[0]["reason"], kept[0]["partitions"]) == ("party-1", WANTED["reason"], 0)


async def test_outages_are_listed_page_by_page_the_newest_first(client: httpx.AsyncClient, clocks: MemoryMonitor) -> None:
    declared = []
    for hours in range(50, 53):
        clocks.now = T + hours * HOUR
        declared.append((await asked(client, key=f"key-{hours}")).json()["id"])
    seen, query = [], {"limit": "2"}
    while True:
        page = (await client.get("/v1/excuses", headers=ONCALL, params=query)).json()
        seen += [each["id"] for each in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]

    assert seen == declared[::-1]


async def test_the_same_key_declares_once(client: httpx.AsyncClient, clocks: MemoryMonitor) -> None:
    first, second, other = await asked(client), await asked(client), await asked(client, end="2026-03-04T10:00:00Z")

    assert first.json() == second.json()
    assert (other.status_code, other.json()["type"]) == (422, "/problems/key-reused")


@pytest.mark.parametrize(
    "wrong",
    [
        {"start": 1772611200},
        {"start": "1772611200"},
        {"end": "2026-03-05T11:00:00Z"},
        {"end": WINDOW["start"]},
        {"start": "2026-03-04T08:00:00"},
        {"start": "0001-01-01T00:00:00+05:00"},
        {"reason": " "},
        {"market": "de"},
    ],
)
async def test_a_window_that_makes_no_sense_is_refused_with_its_field(
    wrong: dict[str, str], client: httpx.AsyncClient, clocks: MemoryMonitor
) -> None:
    answer = await asked(client, **wrong)

    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid")
    assert clocks.outages.declared == ()
