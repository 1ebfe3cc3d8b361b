"""Sellers are assessed once a day, as things stood at its end, however the log is read; a change is told once."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parley_contracts import sla
from parley_contracts.envelope import named_id
from parley_contracts.topics import TICKETS
from sla_monitor.dispatch import Assessment
from sla_monitor.domain.events import About, Event, Posted, Rated
from sla_monitor.domain.performance import AssessedDay, Change, Figures, Health, Limits, Performance
from sla_monitor.domain.words import Role, Side
from sla_monitor.ports import Partition
from sla_monitor.publishing import health_changed
from sla_monitor.testing import MemoryMonitor, T
from sla_monitor.testing.asking import ONCALL, SELLER, STATS, SUPPORT, bearer
from sla_monitor.testing.histories import BOOK, HOUR, Record, some_days
from sla_monitor.use_cases.following import follow, let_time_pass

DAY = timedelta(days=1)
FIRST = T.date()
"""The day in which everything begins, at ten in the morning."""
SOON = Limits(from_waits=1, from_ratings=1)
HERE = Partition(TICKETS.name, 0)


@dataclass
class Assessed:
    """A monitor whose sellers are assessed as soon as a day has passed; it notes who was asked for."""

    monitor: MemoryMonitor
    limits: Limits = SOON

    def __post_init__(self) -> None:
        self.asked: list[tuple[date, datetime | None]] = []
        self.assessment = Assessment(self.monitor, self.touched, {"de": self.limits, "": self.limits})  # type: ignore[arg-type]

    async def touched(self, day: date, *, known: datetime | None) -> Sequence[str]:
        self.asked.append((day, known))
        rows = (*self.monitor.rows.values(), *self.monitor.ratings.values())
        return sorted({row.seller_id for row in rows})

    async def read_to(self, at: datetime, *, partition: Partition | None = None) -> None:
        for each in [partition] if partition else list(self.monitor.marks):
            while await self.monitor(let_time_pass, each, at):
                pass
            self.monitor.marks[each] = at

    async def look(self) -> list[Change]:
        await self.assessment.look()
        return self.monitor.changes


@pytest.fixture
def assessed(monitor: MemoryMonitor) -> Assessed:
    return Assessed(monitor)


async def asks(assessed: Assessed, id: str, *, at: datetime = T, seller_id: str = "seller-1") -> None:
    about = About(source="/ticketing", number="T", market="de", seller_id=seller_id, buyer_id="buyer-1")
    event = Posted(id=f"{id}-1", sequence=1, at=at, about=about, by=Role.BUYER, message_id=f"{id}-m")
    await assessed.monitor(follow, id, event, partition=HERE, watermark=None)


async def rates(assessed: Assessed, id: str, stars: int, *, at: datetime, sequence: int = 2) -> None:
    event = Rated(id=f"{id}-{sequence}", sequence=sequence, at=at, stars=stars, side=Side.SELLER)
    await assessed.monitor(follow, id, event, partition=HERE, watermark=None)


async def test_a_day_is_assessed_when_every_partition_was_read_to_its_end(assessed: Assessed) -> None:
    await assessed.look()
    assert assessed.asked == []

    await assessed.read_to(T + 14 * HOUR)
    await assessed.read_to(T + 14 * HOUR - timedelta(milliseconds=1), partition=HERE)
    await assessed.look()
    assert assessed.asked == [(FIRST - DAY, None)], "the first day ever is the last one that has passed"

    await assessed.read_to(T + 14 * HOUR, partition=HERE)
    await assessed.look()
    await assessed.look()
    assert assessed.asked[1:] == [(FIRST, T)], "and what became known since that look"


async def test_days_that_were_slept_through_are_assessed_one_by_one(assessed: Assessed) -> None:
    await assessed.read_to(T)
    await assessed.look()

    await assessed.read_to(T + 3 * DAY)
    await assessed.look()

    assert [day for day, _ in assessed.asked[1:]] == [FIRST, FIRST + DAY, FIRST + 2 * DAY]


async def test_a_change_is_told_with_old_and_new_figures_and_only_once(assessed: Assessed) -> None:
    await asks(assessed, "late")
    await assessed.read_to(T + DAY)
    await assessed.look()
    await assessed.read_to(T + 3 * DAY)
    (change,) = await assessed.look()

    assert (change.before.health, change.before.figures) == (Health.NORMAL, Figures())
    assert (change.after.health, change.after.figures) == (Health.AT_RISK, Figures(waits=1, late=1))
    assert (change.after.day, change.after.since) == (FIRST + 2 * DAY, FIRST + 2 * DAY), "it is due after 48 hours"
    await assessed.read_to(T + 20 * DAY)
    assert await assessed.look() == [change]
    assert assessed.monitor.sellers["seller-1"].since == FIRST + 2 * DAY


async def test_a_day_that_is_begun_again_tells_nothing_twice(assessed: Assessed) -> None:
    await asks(assessed, "late")
    await assessed.read_to(T + 3 * DAY)
    told = list(await assessed.look())

    assessed.monitor.assessed = AssessedDay(FIRST, T)
    assert await assessed.look() == told
    assert told


async def test_ratings_count_and_a_repeated_one_changes_nothing(assessed: Assessed) -> None:
    await asks(assessed, "c")
    await rates(assessed, "c", 1, at=T + HOUR)
    await rates(assessed, "c", 5, at=T + HOUR)
    await assessed.read_to(T + DAY)
    (change,) = await assessed.look()

    assert (change.after.health, change.after.figures) == (Health.AT_RISK, Figures(ratings=1))


async def test_what_a_market_calls_normal_is_its_own(monitor: MemoryMonitor) -> None:
    assessed = Assessed(monitor, Limits(from_waits=2))
    await asks(assessed, "late")
    await assessed.read_to(T + 3 * DAY)

    assert await assessed.look() == []
    assert monitor.sellers["seller-1"].limits == Limits(from_waits=2)


def seen(monitor: MemoryMonitor) -> Any:
    return monitor.changes, monitor.sellers, monitor.assessed


async def played(logs: Sequence[list[Record]], order: Sequence[int], *, looks: Sequence[bool], again: Sequence[int]) -> Any:
    """Read a log a partition, in this order of partitions, repeating some records and looking at some moments."""
    monitor = MemoryMonitor(lines=list(BOOK.entries), assessed=AssessedDay(FIRST - DAY, T))
    assessed = Assessed(monitor)
    partitions = list(monitor.marks)[: len(logs)]
    monitor.marks |= dict.fromkeys(list(monitor.marks)[len(logs) :], T + 365 * DAY)
    read = [0] * len(logs)
    for turn, number in enumerate(order):
        partition, log = partitions[number], logs[number]
        repeated = max(0, read[number] - again[turn % len(again)])
        for record in log[repeated : read[number] + 1]:
            if isinstance(record, Event):
                about = About(seller_id=f"seller-{number % 2}")
                event = replace(record, about=about, id=f"{number} {record.id}")
                await monitor(follow, f"c-{number}", event, partition=partition, watermark=monitor.marks[partition])
            elif record > (monitor.marks[partition] or T - DAY):
                await assessed.read_to(record, partition=partition)
        read[number] += 1
        if looks[turn % len(looks)]:
            await assessed.look()
    await assessed.look()
    return seen(monitor)


@settings(max_examples=40, deadline=None)
@given(st.lists(some_days, min_size=1, max_size=3), st.data())
def test_any_order_of_partitions_any_redelivery_any_lag_give_the_same_performance(logs: list[list[Record]], data: st.DataObject) -> None:
    turns = [number for number, log in enumerate(logs) for _ in log]
    times = [(record.at if isinstance(record, Event) else record, number) for number, log in enumerate(logs) for record in log]
    prompt = asyncio.run(played(logs, [number for _, number in sorted(times)], looks=[True], again=[0]))

    order = data.draw(st.permutations(turns), label="order of partitions")
    looks = data.draw(st.lists(st.booleans(), min_size=1, max_size=7), label="looks")
    again = data.draw(st.lists(st.integers(0, 9), min_size=1, max_size=7), label="read again")
    assert asyncio.run(played(logs, order, looks=looks, again=again)) == prompt


CHANGE = Change(
    Performance(seller_id="seller-1"),
    Performance(
        seller_id="seller-1",
        market="de",
        day=date(2026, 3, 4),
        since=date(2026, 3, 4),
        health=Health.ATTENTION,
        figures=Figures(waits=25, late=5, ratings=3, satisfied=3),
    ),
)


def test_the_event_has_the_envelope_of_a_compacted_topic_and_an_id_that_follows_from_seller_and_day() -> None:
    envelope = health_changed(CHANGE, at=T)

    assert (envelope.source, envelope.subject, envelope.sequence, envelope.time) == ("/sla-monitor", "seller-1", None, T)
    assert envelope.id == envelope.correlationid == named_id("seller-1", "2026-03-04")
    assert health_changed(CHANGE, at=T + HOUR).id == envelope.id
    data = sla.SellerHealthChanged.model_validate_json(envelope.value or b"")
    assert (data.before.health, data.after.health) == (sla.Health.NORMAL, sla.Health.ATTENTION)
    assert (data.after.late_rate, data.after.csat) == (20.0, None)
    assert data.way_back == sla.WayBack(to=sla.Health.NORMAL, late_rate=3, csat=87)


PATH = "/v1/sellers/seller-1/performance"


@pytest.mark.parametrize(
    ("who", "status"),
    [
        (SELLER, 200),
        (SUPPORT, 200),
        (ONCALL, 200),
        (STATS, 200),
        (bearer("seller", seller_ids=["seller-2"]), 404),
        (bearer("support", markets=["fr"]), 404),
        (bearer("buyer"), 403),
        (bearer("service", scope="texts"), 403),
        ({"authorization": "Link whatever"}, 403),
        ({}, 401),
    ],
)
async def test_who_may_see_how_a_seller_does(who: dict[str, str], status: int, client: httpx.AsyncClient, monitor: MemoryMonitor) -> None:
    monitor.sellers["seller-1"] = CHANGE.after

    assert (await client.get(PATH, headers=who)).status_code == status


async def test_the_answer_says_what_would_change_it(client: httpx.AsyncClient, monitor: MemoryMonitor) -> None:
    monitor.sellers["seller-1"] = CHANGE.after

    answer = (await client.get(PATH, headers=SELLER)).json()

    assert (answer["health"], answer["day"], answer["late_rate"], answer["csat"]) == ("attention", "2026-03-04", 20.0, None)
    assert answer["better"] == {"to": "normal", "late_rate": 3.0, "csat": 87.0}
    assert answer["worse"] == {"to": "at_risk", "late_rate": 45.0, "csat": 60.0}


async def test_a_seller_without_any_business_is_normal_and_nobody_else_hears_of_it(client: httpx.AsyncClient) -> None:
    own, support = [await client.get(PATH, headers=who) for who in (SELLER, SUPPORT)]

    assert (own.json()["health"], own.json()["day"]) == ("normal", None)
    assert support.status_code == 404


def test_a_day_knows_its_end_in_utc() -> None:
    assert datetime(2026, 3, 3, tzinfo=UTC) == T + 14 * HOUR
