"""Clocks that differ hold the watermarks; old rows go, and restricted topics tick."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from parley_chassis.decisions import Verb, decide, decision
from parley_chassis.outbox import OUTBOX, TOMBSTONES, row_of
from parley_chassis.positions import POSITIONS, place_id
from parley_chassis.relay import metrics, tombstones
from parley_chassis.relay.heart import watermark_state
from parley_chassis.relay.lease import LEASES
from parley_chassis.testing import eventually
from parley_contracts.topics import DELIVERIES, GUESTS, PARTITIONS, TICK, TICKETS

ACCEPT = {"by": "oncall-1", "reason": "looked at both clocks"}


async def result(stage: Any, id: str) -> str | None:
    found = await decision(stage.database, id)
    return found.result if found and found.done_at else None


async def test_while_the_clocks_differ_events_flow_and_watermarks_wait_for_a_person(stage: Any) -> None:
    off = timedelta(seconds=3)
    async with stage.running(stage.relay(clock=lambda: datetime.now(UTC) + off)):
        await stage.write("a")
        await eventually(lambda: stage.holds(stage.keys))
        await eventually(lambda: metrics.HELD.labels("clock_skew")._value.get() == 1)
        assert await stage.marks() == []

        async def seen() -> bool:
            return (await watermark_state(stage.database)).held == "clock_skew"

        await eventually(seen)

        await decide(stage.database, Verb.ACCEPT_WATERMARK, id="d1", **ACCEPT)
        await eventually(lambda: stage.holds(stage.marks))
        assert metrics.HELD.labels("clock_skew")._value.get() == 0
        assert await result(stage, "d1") is None, "in force as long as the clocks differ"

        off = timedelta()

        async def over() -> bool:
            return await result(stage, "d1") == "done"

        await eventually(over)
        assert (await watermark_state(stage.database)).at is not None


async def test_a_watermark_that_is_not_held_cannot_be_accepted_in_advance(stage: Any) -> None:
    async with stage.running(stage.relay()):
        await eventually(lambda: stage.holds(stage.marks))
        await decide(stage.database, Verb.ACCEPT_WATERMARK, id="d1", **ACCEPT)

        async def refused() -> bool:
            return await result(stage, "d1") == "refused: no watermark was held because of a clock"

        await eventually(refused)


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
        await decide(stage.database, Verb.ACCEPT_WATERMARK, id="d1", **ACCEPT)

        async def more() -> bool:
            return len(await stage.marks()) > marks

        await eventually(more)


async def test_a_restricted_topic_gets_a_tick_in_each_partition_and_a_restart_adds_none(stage: Any) -> None:
    await stage.write("erased", None, topic=GUESTS, value=None, age=timedelta(hours=1))

    async def ticks() -> list[int]:
        return sorted(record.partition for record in await stage.records(GUESTS) if stage.kind(record) == TICK and record.key == b"tick")

    async def written_again() -> bool:
        return (await stage.keys(GUESTS)).count("erased") == 2

    for _ in range(2):
        async with stage.running(stage.relay(TICKETS, GUESTS)):
            await stage.write("a", None, topic=GUESTS)
            await eventually(lambda: stage.holds(ticks))
            await eventually(written_again)

            async def noted() -> bool:
                return bool((await stage.state()).get("ticked"))

            await eventually(noted)
        await stage.database[OUTBOX].delete_many({"key": "a"})

    assert await ticks() == list(range(PARTITIONS))


async def test_a_tombstone_is_not_written_again_while_its_topic_is_read_late(stage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tombstones, "LOOKS", 1)
    await stage.write("erased", None, topic=GUESTS, value=None, age=timedelta(hours=1))
    await stage.database[POSITIONS].insert_one({"_id": place_id(GUESTS.name, 0), "offset": -1})

    async def waits() -> bool:
        row = await stage.database[TOMBSTONES].find_one()
        return bool(row["due"] > datetime.now(UTC))

    async with stage.running(stage.relay(TICKETS, GUESTS)):
        await eventually(waits)

    assert (await stage.keys(GUESTS)).count("erased") == 1


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
