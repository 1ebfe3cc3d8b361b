"""Clocks that differ hold the watermarks; old rows go, and restricted topics tick."""

from datetime import UTC, datetime, timedelta
from typing import Any

from parley_chassis.outbox import OUTBOX, row_of
from parley_chassis.relay import metrics
from parley_chassis.relay.heart import accept_clock
from parley_chassis.relay.lease import LEASES
from parley_chassis.testing import eventually
from parley_contracts.topics import DELIVERIES, GUESTS, PARTITIONS, TICK, TICKETS


async def test_while_the_clocks_differ_events_flow_and_watermarks_wait_for_a_person(stage: Any) -> None:
    off = timedelta(seconds=3)
    async with stage.running(stage.relay(clock=lambda: datetime.now(UTC) + off)):
        await stage.write("a")
        await eventually(lambda: stage.holds(stage.keys))
        await eventually(lambda: metrics.HELD.labels("clock_skew")._value.get() == 1)
        assert await stage.marks() == []

        await accept_clock(stage.database)
        await eventually(lambda: stage.holds(stage.marks))
        assert metrics.HELD.labels("clock_skew")._value.get() == 0

        off = timedelta()

        async def forgotten() -> bool:
            row = await stage.database[LEASES].find_one({"_id": "relay"})
            return row is not None and "clock_accepted" not in row

        await eventually(forgotten)


async def test_a_leap_of_both_clocks_is_seen_through_a_restart(stage: Any) -> None:
    async with stage.running(stage.relay()):
        await eventually(lambda: stage.holds(stage.marks))

        async def kept() -> bool:
            return bool((await stage.state()).get("sent"))

        await eventually(kept)
    # As if the database and this host had both leapt an hour ahead meanwhile.
    hour = timedelta(hours=1)
    sent = (await stage.state())["sent"]
    await stage.database[LEASES].update_one({"_id": "relay"}, {"$set": {"state.sent.at": sent["at"] - hour}})
    marks = len(await stage.marks())

    async with stage.running(stage.relay()):
        await eventually(lambda: metrics.HELD.labels("clock_leap")._value.get() == 1)
        assert len(await stage.marks()) == marks
        await accept_clock(stage.database)

        async def more() -> bool:
            return len(await stage.marks()) > marks

        await eventually(more)


async def test_a_restricted_topic_gets_a_tick_in_each_partition_and_a_restart_adds_none(stage: Any) -> None:
    async def ticks() -> list[int]:
        return sorted(record.partition for record in await stage.records(GUESTS) if stage.kind(record) == TICK and record.key == b"tick")

    for _ in range(2):
        async with stage.running(stage.relay(TICKETS, GUESTS)):
            await stage.write("a", None, topic=GUESTS)
            await eventually(lambda: stage.holds(ticks))

            async def noted() -> bool:
                return bool((await stage.state()).get("ticked"))

            await eventually(noted)
        await stage.database[OUTBOX].delete_many({"key": "a"})

    assert await ticks() == list(range(PARTITIONS))


async def test_a_relay_without_watermarks_cleans_up_what_is_old_and_published(stage: Any) -> None:
    relay = stage.relay(DELIVERIES, marked=None)
    await stage.database[OUTBOX].insert_one(row_of(stage.event("old", 1, datetime.now(UTC) - timedelta(days=8)), DELIVERIES))
    async with stage.running(relay):
        await stage.write("new", topic=DELIVERIES)

        async def both() -> bool:
            return len(await stage.keys(DELIVERIES)) >= 2

        await eventually(both)

        async def cleaned() -> bool:
            await relay.clean_up()
            return [row["key"] for row in await stage.database[OUTBOX].find().to_list(None)] == ["new"]

        await eventually(cleaned)
