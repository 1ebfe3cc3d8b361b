"""What the relay does when brokers, leases, cursors or the database's history fail it."""

import asyncio
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from parley_chassis.kafka import Kafka, producer
from parley_chassis.mongo import Database
from parley_chassis.mongo.driver import command
from parley_chassis.outbox import OUTBOX, row_of
from parley_chassis.provision import provision
from parley_chassis.relay import metrics, sending
from parley_chassis.relay.lease import LEASES, RELAY, Lease
from parley_chassis.testing import eventually
from parley_contracts.topics import TICKETS, WATERMARK

PROGRAM = Path(__file__).parents[1] / "relay_process.py"


@pytest.mark.parametrize("stage", ["pymongo"], indirect=True)
async def test_it_runs_on_the_other_driver_too(stage: Any) -> None:
    async with stage.running(stage.relay()):
        await stage.write("a")
        await eventually(lambda: stage.holds(stage.keys))
        await eventually(lambda: stage.holds(stage.marks))


async def test_what_kafka_does_not_acknowledge_ends_the_process_and_is_sent_by_the_next(
    stage: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    died: list[str] = []
    monkeypatch.setattr(sending, "ACK_TIMEOUT", 1.5)
    async with stage.running(stage.relay(marked=None, die=died.append)):
        await stage.write("a")
        await eventually(lambda: stage.holds(stage.state))
        await eventually(lambda: stage.holds(stage.keys))
        admin = AIOKafkaAdminClient(bootstrap_servers=stage.settings.kafka_bootstrap_servers)
        await admin.start()
        await admin.delete_topics([stage.settings.topic_prefix + TICKETS.name])
        await admin.close()

        await stage.write("b")
        await eventually(lambda: died)

    assert "did not acknowledge" in died[0]
    monkeypatch.undo()
    await provision(stage.settings.kafka_bootstrap_servers, topics=[TICKETS], prefix=stage.settings.topic_prefix)
    async with stage.running(stage.relay(marked=None)):
        await eventually(lambda: stage.has("b-1"))


class Gone(Kafka):
    """A broker that goes away between the relay's wait for it and its start, as often as said."""

    tries = 0

    def producer(self) -> AIOKafkaProducer:
        self.tries += 1
        return super().producer() if self.tries > 2 else producer("127.0.0.1:1", client_id="gone")


async def test_a_relay_whose_broker_goes_away_during_its_start_keeps_no_lease_and_comes_back(stage: Any) -> None:
    broker = Gone(stage.settings, client_id="gone")
    await stage.write("a")
    async with stage.running(stage.relay(kafka=broker)):
        await eventually(lambda: broker.tries > 1)
        assert await stage.database[LEASES].find_one() is None, "nobody may lead who cannot publish yet"
        await eventually(lambda: stage.has("a-1"))
    assert await Lease(stage.database, RELAY, "next").take(), "who leaves in order gives the lease back"


async def test_a_relay_that_slept_through_its_lease_ends_itself_and_the_next_one_goes_on(stage: Any, mongodb_uri: str) -> None:
    program = [sys.executable, str(PROGRAM), mongodb_uri, stage.database.name]
    sleeper = await asyncio.create_subprocess_exec(*program, stage.settings.kafka_bootstrap_servers, stage.settings.topic_prefix)
    try:
        await stage.write("a")
        await eventually(lambda: stage.holds(stage.keys))
        sleeper.send_signal(signal.SIGSTOP)
        async with stage.running(stage.relay()):
            await stage.write("a", 2)
            await eventually(lambda: stage.has("a-2"))
            sleeper.send_signal(signal.SIGCONT)
            assert await asyncio.wait_for(sleeper.wait(), 60) == 70
            await stage.write("a", 3)
            await eventually(lambda: stage.has("a-3"))
    finally:
        if sleeper.returncode is None:
            sleeper.kill()
            await sleeper.wait()
    firsts = list(dict.fromkeys(dict(record.headers)["ce_id"].decode() for record in await stage.records() if record.key))
    assert firsts == ["a-1", "a-2", "a-3"]


async def test_an_event_behind_its_watermark_is_published_and_alarmed(stage: Any) -> None:
    before = metrics.LATE._value.get()
    async with stage.running(stage.relay()):
        await eventually(lambda: stage.holds(stage.marks))
        await stage.write("late", age=timedelta(minutes=5))
        await eventually(lambda: stage.holds(stage.keys))
    assert metrics.LATE._value.get() == before + 1


async def test_a_start_from_the_rows_repeats_an_hour_before_the_last_watermark_and_alarms_nobody(stage: Any) -> None:
    before = metrics.LATE._value.get()
    now = datetime.now(UTC)
    for subject, age in (("old", 200), ("recent", 70), ("new", 1)):
        await stage.database[OUTBOX].insert_one(row_of(stage.event(subject, 1, now - timedelta(minutes=age)), TICKETS))
    lease = Lease(stage.database, "relay", "somebody")
    assert await lease.take()
    await lease.save({"token": await _token_of_nowhere(stage.database), "watermark": now - timedelta(minutes=30)})
    await lease.release()

    with structlog.testing.capture_logs() as said:
        async with stage.running(stage.relay()):
            await eventually(lambda: stage.holds(stage.marks))
    assert [line["reason"] for line in said if "lost the relay's place" in line["event"]] == ["code 280"]

    assert sorted(await stage.keys()) == ["new", "recent"]
    assert metrics.LATE._value.get() == before
    records = await stage.records()
    partition = next(record.partition for record in records if record.key == b"new")
    mine = [stage.kind(record) for record in sorted(records, key=lambda each: each.offset) if record.partition == partition]
    assert mine.index(WATERMARK) > mine.index("parley.reply.posted.v1"), "watermarks wait until the repeated rows stand"


async def _token_of_nowhere(database: Database) -> dict[str, Any]:
    """A place that the outbox's stream never passes: it belongs to another collection."""
    other = await command(database, {"aggregate": "other", "pipeline": [{"$changeStream": {}}], "cursor": {}})
    await database["other"].insert_one({"_id": 1})
    more = await command(database, {"getMore": other["cursor"]["id"], "collection": "other", "maxTimeMS": 5_000})
    token: dict[str, Any] = more["cursor"]["nextBatch"][0]["_id"]
    return token


async def test_rows_of_a_subject_are_repeated_in_the_order_of_their_sequence(stage: Any) -> None:
    now = datetime.now(UTC)
    for sequence in (3, 1, 2):
        await stage.database[OUTBOX].insert_one(row_of(stage.event("a", sequence, now), TICKETS))

    async with stage.running(stage.relay()):
        await eventually(lambda: stage.has("a-3"))

    assert [dict(record.headers)["ce_id"].decode() for record in await stage.records() if record.key] == ["a-1", "a-2", "a-3"]


async def test_a_cursor_that_the_database_gave_up_is_opened_again(stage: Any) -> None:
    async with stage.running(stage.relay(marked=None)):
        await stage.write("a")
        await eventually(lambda: stage.holds(stage.keys))
        admin = stage.database.client["admin"]

        async def killed() -> bool:
            running = await admin.command({"currentOp": 1, "ns": f"{stage.database.name}.{OUTBOX}", "op": "getmore"})
            for operation in running["inprog"]:
                await admin.command({"killOp": 1, "op": operation["opid"]})
            return bool(running["inprog"])

        await eventually(killed)
        await stage.write("b")

        async def both() -> bool:
            return list(dict.fromkeys(await stage.keys())) == ["a", "b"]

        await eventually(both)
