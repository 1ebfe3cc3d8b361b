"""An outage that a person declares while the log is read takes effect at one place of each partition, at every reading."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parley_contracts.topics import INQUIRIES, TICKETS
from sla_monitor.domain.events import About, Event, Posted
from sla_monitor.domain.facts import Expected, Fact, Overdue, Retracted, Settled
from sla_monitor.domain.policy import OutageWindow
from sla_monitor.domain.words import Outcome, Retraction, Role
from sla_monitor.ports import Partition
from sla_monitor.testing import MemoryMonitor, T
from sla_monitor.use_cases import outages
from sla_monitor.use_cases.following import follow, freeze, let_time_pass, thaw

HOUR = timedelta(hours=1)
HERE, ELSEWHERE = Partition(TICKETS.name, 3), Partition(INQUIRIES.name, 4)
DOWN = OutageWindow("outage-1", T + 46 * HOUR, T + 50 * HOUR, T, "oncall-1", "the mail provider was down")


def wrote(number: int, by: Role, at: timedelta) -> Event:
    return Posted(id=f"event-{number}", sequence=number, at=T + at, about=About(market="de"), by=by, message_id=f"m-{number}")


async def opened(monitor: MemoryMonitor, *ids: str, partition: Partition = HERE) -> None:
    for id in ids:
        await monitor(follow, id, wrote(1, Role.BUYER, timedelta()), partition=partition, watermark=None)


async def read_to(monitor: MemoryMonitor, at: timedelta, partition: Partition = HERE) -> int:
    transactions = 1
    while await monitor(let_time_pass, partition, T + at):
        transactions += 1
    return transactions


async def declared(monitor: MemoryMonitor, at: timedelta = 51 * HOUR, outage: OutageWindow = DOWN) -> outages.Declared:
    monitor.now = T + at
    done: outages.Declared = await monitor(outages.declare, outage)
    return done


def said(monitor: MemoryMonitor, *kinds: type[Fact]) -> list[Any]:
    return [fact for fact in monitor.told if isinstance(fact, kinds)]


async def test_an_overdue_wait_is_excused_at_the_partitions_next_watermark(monitor: MemoryMonitor) -> None:
    await opened(monitor, "a")
    await read_to(monitor, 51 * HOUR)
    await declared(monitor)
    assert not said(monitor, Retracted)

    await read_to(monitor, 52 * HOUR)

    assert [fact.reason for fact in said(monitor, Retracted)] == [Retraction.EXCUSED]
    assert [(fact.outcome, fact.at, fact.by) for fact in said(monitor, Settled)] == [(Outcome.EXCUSED, T + 51 * HOUR, "outage-1")]
    assert said(monitor, Expected)[-1].cycle.start == DOWN.end


async def test_a_monitor_that_lags_calls_nothing_overdue_that_was_excused_meanwhile(monitor: MemoryMonitor) -> None:
    await opened(monitor, "a")
    await read_to(monitor, 40 * HOUR)
    await declared(monitor)

    await read_to(monitor, 52 * HOUR)

    assert not said(monitor, Overdue)
    assert [fact.outcome for fact in said(monitor, Settled)] == [Outcome.EXCUSED]


async def test_each_partition_excuses_for_itself(monitor: MemoryMonitor) -> None:
    await opened(monitor, "a")
    await opened(monitor, "b", partition=ELSEWHERE)
    for partition in (HERE, ELSEWHERE):
        await read_to(monitor, 51 * HOUR, partition)
    await declared(monitor)

    await read_to(monitor, 52 * HOUR)

    assert [each.partitions for each in await monitor(outages.list_outages)] == [1]
    assert len(said(monitor, Settled)) == 1


async def test_what_fell_due_outside_stays_overdue(monitor: MemoryMonitor) -> None:
    await opened(monitor, "a")
    await read_to(monitor, 51 * HOUR)
    await declared(monitor, outage=replace(DOWN, start=T + 48 * HOUR + timedelta(milliseconds=1)))

    await read_to(monitor, 52 * HOUR)

    assert not said(monitor, Retracted, Settled)


async def test_more_than_five_hundred_are_excused_in_several_transactions(monitor: MemoryMonitor) -> None:
    await opened(monitor, *(f"c-{number}" for number in range(600)))
    await read_to(monitor, 51 * HOUR)
    await declared(monitor)

    assert await read_to(monitor, 52 * HOUR) == 2
    assert len(said(monitor, Retracted)) == 600


async def test_a_frozen_clock_is_excused_when_it_thaws(monitor: MemoryMonitor) -> None:
    await opened(monitor, "a")
    await read_to(monitor, 51 * HOUR)
    await monitor(freeze, TICKETS.name, "a")
    await declared(monitor)
    await read_to(monitor, 52 * HOUR)
    assert not said(monitor, Retracted)

    await monitor(thaw, TICKETS.name, "a", T + 52 * HOUR)

    assert len(said(monitor, Retracted)) == 1


async def test_the_same_key_declares_once_and_another_outage_with_it_is_refused(monitor: MemoryMonitor) -> None:
    first = await declared(monitor)

    assert await declared(monitor, 60 * HOUR) == first
    with pytest.raises(outages.DeclaredOtherwise):
        await declared(monitor, 60 * HOUR, replace(DOWN, end=T + 49 * HOUR))


@pytest.mark.parametrize("wrong", [{"end": DOWN.start}, {"end": T + 52 * HOUR}])
async def test_an_outage_that_is_not_over_is_refused(wrong: dict[str, datetime], monitor: MemoryMonitor) -> None:
    with pytest.raises(outages.NotOver):
        await declared(monitor, outage=replace(DOWN, **wrong))


async def test_what_a_declaration_would_touch_is_told_before(monitor: MemoryMonitor) -> None:
    await opened(monitor, "a", "b")
    await read_to(monitor, 49 * HOUR)
    await monitor(follow, "later", wrote(1, Role.BUYER, HOUR), partition=HERE, watermark=None)

    with pytest.raises(outages.NotOver):
        await monitor(outages.foresee, DOWN.start, DOWN.end)
    monitor.now = DOWN.end
    assert await monitor(outages.foresee, DOWN.start, DOWN.end) == outages.Foreseen(waiting=1, overdue=2)


@given(st.integers(40, 60), st.lists(st.integers(1, 70), min_size=1, max_size=8), st.sampled_from([None, 45, 49, 55]))
async def test_a_second_reading_of_the_log_finds_the_same(place: int, marks: list[int], answer: int | None) -> None:
    """Whatever the watermark at which a person's declaration was met, the book brings it to the same place again."""
    hours = sorted({*marks, *range(1, 70, 10), place})
    live, again = MemoryMonitor(), MemoryMonitor()

    async def read(monitor: MemoryMonitor, *, meets: bool) -> list[Fact]:
        await opened(monitor, "a")
        number, before = 2, None
        for hour in hours:
            if meets and hour == place:
                await declared(monitor, 72 * HOUR)
            if answer is not None and answer <= hour and number == 2:
                await monitor(follow, "a", wrote(2, Role.SELLER, answer * HOUR), partition=HERE, watermark=before)
                number = 3
            await read_to(monitor, hour * HOUR)
            before = T + hour * HOUR
        return monitor.told

    told = await read(live, meets=True)
    again.outages = live.outages

    assert await read(again, meets=False) == told
