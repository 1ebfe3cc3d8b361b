"""The pages of the engineer on call: who sees them, what they tell, where they lead, and how an outage is declared on them."""

import re
from dataclasses import replace
from datetime import timedelta
from time import time

import httpx
import pytest
from parley_chassis.sessions import AUDIENCE
from parley_contracts.topics import INQUIRIES, TICKETS
from sla_monitor.domain.events import HandedOver
from sla_monitor.domain.words import HandOver
from sla_monitor.ports import Partition
from sla_monitor.testing import MemoryMonitor, T
from sla_monitor.testing.asking import ONCALL, SELLER, STATS, SUPPORT, bearer, token
from sla_monitor.use_cases.following import follow, freeze, let_time_pass

HOUR = timedelta(hours=1)
PARTITION = Partition(TICKETS.name, 0)
BROWSER = {"accept": "text/html,*/*;q=0.8", "accept-language": "en"}
EXCUSES = "/on-call/excuses"
WINDOW = {"start": "2026-03-04T08:00", "end": "2026-03-04T11:00:00"}


async def read(client: httpx.AsyncClient, path: str = "/on-call", who: dict[str, str] = ONCALL, **params: str) -> str:
    answer = await client.get(path, headers={**BROWSER, **who}, params=params or None)
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", answer.text)


async def owed_by_support(monitor: MemoryMonitor, id: str) -> None:
    """The seller's time is over, support takes over, and lets its own pass, too."""
    handed = HandedOver(id=f"{id}-event-2", sequence=2, at=monitor.now, reason=HandOver.OVERDUE)
    await monitor(follow, id, handed, partition=PARTITION, watermark=None)
    monitor.now += 25 * HOUR
    await monitor(let_time_pass, PARTITION, monitor.now)


@pytest.mark.parametrize("path", ["/on-call", "/on-call/overdue", EXCUSES])
@pytest.mark.parametrize(
    ("who", "status"), [({}, 401), (bearer("buyer"), 403), (SELLER, 403), (SUPPORT, 403), (STATS, 403), (bearer("oncall"), 200)]
)
async def test_they_are_for_on_call_alone(path: str, who: dict[str, str], status: int, client: httpx.AsyncClient) -> None:
    answer = await client.get(path, headers={**BROWSER, **who})

    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")


async def test_where_all_is_well_nothing_waits(client: httpx.AsyncClient, monitor: MemoryMonitor) -> None:
    monitor.marks = dict.fromkeys(monitor.marks, monitor.now - timedelta(seconds=10))

    page = await read(client)

    assert "Nothing waits for you here" in page
    assert page.count("10 seconds behind") == 2
    assert 'class="notice trouble"' not in page


async def test_what_is_overdue_is_counted_by_market_and_side_and_leads_to_the_waits(
    client: httpx.AsyncClient, clocks: MemoryMonitor
) -> None:
    await owed_by_support(clocks, "late")

    page = await read(client)

    assert "Overdue answers that support owes: 1." in page
    leads = dict.fromkeys(re.findall(r'href="(/on-call/overdue[^"]*)"', page))
    listed = {lead: re.findall(r'href="/responses/([^"]+)"', await read(client, lead.replace("&amp;", "&"))) for lead in leads}
    sides = {lead: {clocks.rows[id].cycle.owed_by.value for id in ids} for lead, ids in listed.items()}
    assert sides == {
        "/on-call/overdue?owed_by=support": {"support"},
        "/on-call/overdue?owed_by=support&amp;market=de": {"support"},
        "/on-call/overdue?owed_by=seller&amp;market=de": {"seller"},
    }
    assert f'href="/responses/{listed["/on-call/overdue?owed_by=support"][0]}"' in page, "support's stand on the first page"


async def test_overdue_answers_have_pages(client: httpx.AsyncClient, clocks: MemoryMonitor) -> None:
    one = next(row for row in clocks.rows.values() if row.standing.value == "overdue")
    clocks.rows |= {f"c-{n}": replace(one, cycle=replace(one.cycle, id=f"c-{n}")) for n in range(60)}
    seen: list[str] = []
    address = "/on-call/overdue?market=de"
    while address:
        page = await read(client, address)
        seen += re.findall(r'href="/responses/([^"]+)"', page)
        address = next(iter(re.findall(r'href="(/on-call/overdue\?[^"]+)">More', page)), "").replace("&amp;", "&")

    assert sorted(seen) == sorted({*(f"c-{n}" for n in range(60)), one.cycle.id})


async def test_a_watermark_that_is_old_or_missing_is_said_with_the_command_and_the_run_book(
    client: httpx.AsyncClient, monitor: MemoryMonitor
) -> None:
    monitor.marks = {place: monitor.now - timedelta(seconds=90 if place.topic == INQUIRIES.name else 30) for place in monitor.marks}

    page = await read(client)

    assert "The clock is blind for inquiries" in page
    assert "The clock is blind for ticketing" not in page
    assert "parley watermark show inquiries" in page
    assert "docs/runbooks/ParleyWatermarkOld.md" in page
    monitor.marks[PARTITION] = None
    assert "no watermark in some partitions" in await read(client)


async def test_a_clock_that_stands_still_is_named_with_its_waits_and_what_to_do(client: httpx.AsyncClient, clocks: MemoryMonitor) -> None:
    await clocks(freeze, TICKETS.name, "soon")

    page = await read(client)

    assert f'href="/on-call/decide?topic={TICKETS.name}&amp;subject=soon"' in page
    assert "docs/runbooks/ParleyClockFrozen.md" in page
    cycle = next(row.cycle.id for row in clocks.rows.values() if row.conversation_id == "soon")
    assert f'href="/responses/{cycle}"' in page
    assert "stands still" in await read(client, f"/responses/{cycle}")


async def test_one_wait_is_explained_with_every_event_and_watermark_that_moved_it(client: httpx.AsyncClient, clocks: MemoryMonitor) -> None:
    cycle = next(row.cycle for row in clocks.rows.values() if row.conversation_id == "late")

    page = await read(client, f"/responses/{cycle.id}")

    steps = re.findall(r"<li> <strong>([^<]+)</strong>", page)
    assert steps == ["An answer is expected from the seller", "Overdue"]
    for told in (
        "late-event-1",
        "proved by the watermark 2026-03-04 11:00:00 UTC",
        "standard, 1",
        "1 hour over",
        f"parley explain {cycle.id}",
    ):
        assert told in page
    soon = next(row.cycle for row in clocks.rows.values() if row.conversation_id == "soon")
    assert "<strong>Warned after 1 day 12 hours</strong>" in await read(client, f"/responses/{soon.id}")


@pytest.mark.parametrize(
    ("who", "status"), [({}, 401), (bearer("buyer"), 403), (SELLER, 200), (bearer("seller", seller_ids=["x"]), 404), (SUPPORT, 200)]
)
async def test_one_wait_is_shown_to_whom_its_evidence_is(
    who: dict[str, str], status: int, client: httpx.AsyncClient, clocks: MemoryMonitor
) -> None:
    cycle = next(row.cycle for row in clocks.rows.values() if row.conversation_id == "late")

    answer = await client.get(f"/responses/{cycle.id}", headers={**BROWSER, **who})

    assert answer.status_code == status
    assert "parley explain" not in answer.text, "commands are on-call's"


async def test_a_declaration_is_seen_before_it_is_made_and_needs_a_reason(client: httpx.AsyncClient, clocks: MemoryMonitor) -> None:
    seen = await read(client, EXCUSES, **WINDOW)
    assert "Overdue, to be taken back</dt><dd>1</dd>" in seen
    assert clocks.outages.declared == ()
    sent = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', seen))

    refused = await client.post(EXCUSES, headers={**BROWSER, **ONCALL}, data=sent | {"reason": " "})
    assert (refused.status_code, clocks.outages.declared) == (422, ())
    assert "Write why" in refused.text

    for _ in range(2):
        made = await client.post(EXCUSES, headers={**BROWSER, **ONCALL}, data=sent | {"reason": "the mail provider was down"})
        assert (made.status_code, made.headers["location"]) == (303, f"{EXCUSES}?done=1")
    [declared] = clocks.outages.declared
    assert (declared.by, declared.reason, declared.start, declared.end) == (
        "party-1",
        "the mail provider was down",
        T + 46 * HOUR,
        T + 49 * HOUR,
    )
    page = await read(client, EXCUSES, done="1")
    assert "the mail provider was down" in page
    assert "in effect in 0 of 12 partitions" in page


@pytest.mark.parametrize(
    ("window", "told"),
    [
        ({"start": "yesterday", "end": WINDOW["end"]}, "Write a time."),
        ({"start": "0001-01-01T00:00+05:00", "end": WINDOW["end"]}, "Write a time."),
        ({"start": WINDOW["start"], "end": "9999-12-31T23:59-05:00"}, "Write a time."),
        ({"start": WINDOW["start"], "end": WINDOW["start"]}, "The end lies after the beginning"),
        ({"start": WINDOW["start"], "end": "2026-03-09T11:00"}, "not in the future"),
    ],
)
async def test_a_time_that_makes_no_sense_is_shown_again_and_declares_nothing(
    window: dict[str, str], told: str, client: httpx.AsyncClient, clocks: MemoryMonitor
) -> None:
    looked = await client.get(EXCUSES, headers={**BROWSER, **ONCALL}, params=window)
    sent = await client.post(EXCUSES, headers={**BROWSER, **ONCALL}, data=window | {"reason": "the broker was down"})

    assert (looked.status_code, sent.status_code, clocks.outages.declared) == (422, 422, ())
    assert told in looked.text
    assert told in sent.text


async def test_a_form_of_another_site_declares_nothing(client: httpx.AsyncClient, clocks: MemoryMonitor) -> None:
    """A cookie is sent by any page; only ours knows what its form must carry."""
    signed = token("oncall", aud=[AUDIENCE, "https://clock.example.com"], iat=int(time()), lives=60, jti="click-1")
    address = "https://clock.example.com/on-call"
    await client.post("/session", data={"token": signed, "return_to": address}, headers={"origin": "https://shop.example"})
    good = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', await read(client, EXCUSES, {}, **WINDOW)))
    reason = {"reason": "the mail provider was down"}

    forged = await client.post(EXCUSES, headers=BROWSER, data=WINDOW | reason)
    across = await client.post(EXCUSES, headers=BROWSER | {"sec-fetch-site": "cross-site"}, data=good | reason)

    assert (forged.status_code, across.status_code, clocks.outages.declared) == (409, 409, ())
    assert (await client.post(EXCUSES, headers=BROWSER, data=good | reason)).status_code == 303


async def test_what_must_be_changed_is_said_in_the_readers_language(client: httpx.AsyncClient, clocks: MemoryMonitor) -> None:
    sent = {**WINDOW, "start": "gestern"}

    answer = await client.post(EXCUSES, headers={**BROWSER, **ONCALL, "accept-language": "de"}, data=sent)

    assert "Geben Sie eine Zeit an." in answer.text


@pytest.mark.parametrize(("tag", "title"), [("de", "Bereitschaft"), ("fr", "Astreinte"), ("it", "Reperibilità"), ("zh-CN", "值班")])
async def test_the_pages_are_in_the_readers_language(tag: str, title: str, client: httpx.AsyncClient) -> None:
    answer = await client.get("/on-call", headers={**BROWSER, **ONCALL, "accept-language": tag})

    assert f"<h1>{title}" in answer.text
