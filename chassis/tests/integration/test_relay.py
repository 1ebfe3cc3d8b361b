"""Every committed event reaches its partition, in order, through crashes; watermarks stand behind all that was before them."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from parley_chassis.kafka import UnusableTopic
from parley_chassis.mongo.documents import Unit
from parley_chassis.mongo.driver import Database, close, connect
from parley_chassis.mongo.indexes import ensure_indexes
from parley_chassis.mongo.transactions import INDEXES, Transactions
from parley_chassis.outbox import OUTBOX, row_of
from parley_chassis.relay import Relay
from parley_chassis.relay.lease import LEASES, Lease
from parley_chassis.security import OPEN, KafkaSecurity
from parley_chassis.testing import eventually
from parley_contracts.envelope import Envelope
from parley_contracts.partitions import partition_of
from parley_contracts.topics import PARTITIONS, TICKETS, WATERMARK

pytestmark = pytest.mark.integration

PROGRAM = Path(__file__).with_name("relay_process.py")


@dataclass(frozen=True)
class Settings:
    kafka_bootstrap_servers: str
    topic_prefix: str
    kafka_security: KafkaSecurity = OPEN
    service: str = "ticketing"


def event(subject: str, sequence: int, at: datetime) -> Envelope:
    return Envelope(
        id=f"{subject}-{sequence}",
        source="/ticketing",
        type="parley.reply.posted.v1",
        subject=subject,
        time=at,
        sequence=sequence,
        dataschema="urn:x",
        correlationid=f"{subject}-1",
        causationid="command:test",
        value=b"{}",
    )


async def write(unit: Unit, subject: str, sequences: range) -> None:
    for sequence in sequences:
        unit.outbox.add(event(subject, sequence, unit.now), TICKETS)


@pytest.fixture
async def database(mongodb_uri: str, database_name: str) -> AsyncIterator[Database]:
    client = connect(mongodb_uri, app="test")
    await ensure_indexes(client[database_name], INDEXES)
    yield client[database_name]
    await close(client)


@pytest.fixture
def transact(database: Database) -> Transactions[Unit]:
    return Transactions(database, lambda unit: unit)


@pytest.fixture
async def topic(kafka_servers: str, topic_prefix: str) -> str:
    await make_topic(kafka_servers, topic_prefix, PARTITIONS)
    return topic_prefix + TICKETS.name


async def make_topic(servers: str, prefix: str, partitions: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    await admin.create_topics([NewTopic(prefix + TICKETS.name, partitions, 1)])
    await admin.close()


@pytest.fixture
async def read(kafka_servers: str, topic: str) -> AsyncIterator[Callable[[], Awaitable[list[ConsumerRecord[Any, Any]]]]]:
    """All records that were written to the topic up to now."""
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka_servers, auto_offset_reset="earliest")
    await consumer.start()
    seen: list[ConsumerRecord[Any, Any]] = []

    async def records() -> list[ConsumerRecord[Any, Any]]:
        for batch in (await consumer.getmany(timeout_ms=100)).values():
            seen.extend(batch)
        return seen

    yield records
    await consumer.stop()


def kind(record: ConsumerRecord[Any, Any]) -> str:
    return dict(record.headers)["ce_type"].decode()


def events(records: list[ConsumerRecord[Any, Any]], subject: str) -> list[int]:
    """The sequences of one subject in the order in which they stand in its partition."""
    mine = [each for each in records if each.key == subject.encode()]
    assert {each.partition for each in mine} <= {partition_of(subject.encode())}
    return [int(dict(each.headers)["ce_sequence"]) for each in sorted(mine, key=lambda each: each.offset)]


@contextlib.asynccontextmanager
async def running(relay: Relay) -> AsyncIterator[None]:
    task = asyncio.create_task(relay.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def relay_of(database: Database, servers: str, prefix: str) -> Relay:
    def die(reason: str) -> None:
        raise AssertionError(reason)

    return Relay(database, Settings(servers, prefix), [TICKETS], TICKETS, "/ticketing", die=die)


async def test_events_come_in_order_to_the_partition_of_their_subject(
    database: Database, transact: Transactions[Unit], kafka_servers: str, topic_prefix: str, read: Any
) -> None:
    await transact(write, "before", range(1, 4))
    async with running(relay_of(database, kafka_servers, topic_prefix)):
        for n in range(1, 1500, 500):
            await transact(write, "after", range(n, n + 500))

        async def all_there() -> bool:
            records = await read()
            assert events(records, "before") == [1, 2, 3]
            assert events(records, "after") == list(range(1, 1501))
            return True

        await eventually(all_there)


async def test_a_watermark_comes_to_every_partition_behind_the_events_before_it(
    database: Database, transact: Transactions[Unit], kafka_servers: str, topic_prefix: str, read: Any
) -> None:
    async with running(relay_of(database, kafka_servers, topic_prefix)):
        await transact(write, "a", range(1, 2))

        async def marked() -> bool:
            marks = [each for each in await read() if kind(each) == WATERMARK]
            assert {each.partition for each in marks} == set(range(PARTITIONS))
            latest = max(json.loads(each.value)["at"] for each in marks)
            written = await database[OUTBOX].find_one({"_id": "a-1"})
            assert written is not None
            assert datetime.fromisoformat(latest) > written["at"] - timedelta(seconds=10)
            assert all(each.key is None and "ce_subject" not in dict(each.headers) for each in marks)
            return True

        await eventually(marked)
        own = [each for each in await read() if each.partition == partition_of(b"a")]
        first_mark_beyond = [
            each.offset
            for each in own
            if kind(each) == WATERMARK and datetime.fromisoformat(json.loads(each.value)["at"]) >= datetime.now(UTC) - timedelta(seconds=10)
        ]
        assert all(offset > next(each.offset for each in own if each.key == b"a") for offset in first_mark_beyond)


async def test_a_relay_killed_before_it_keeps_its_place_repeats_and_loses_nothing(
    database: Database, transact: Transactions[Unit], mongodb_uri: str, kafka_servers: str, topic_prefix: str, read: Any
) -> None:
    await transact(write, "a", range(1, 101))
    command = [sys.executable, str(PROGRAM), mongodb_uri, database.name, kafka_servers, topic_prefix, "before-save"]
    for _ in range(2):
        process = await asyncio.create_subprocess_exec(*command)
        async with asyncio.timeout(60):
            assert await process.wait() == -9
    await transact(write, "a", range(101, 111))
    async with running(relay_of(database, kafka_servers, topic_prefix)):

        async def whole() -> bool:
            came = events(await read(), "a")
            firsts = list(dict.fromkeys(came))
            assert firsts == list(range(1, 111))
            assert len(came) > len(firsts)
            return True

        await eventually(whole)


async def test_a_relay_goes_on_where_the_last_one_stopped(
    database: Database, transact: Transactions[Unit], kafka_servers: str, topic_prefix: str, read: Any
) -> None:
    async with running(relay_of(database, kafka_servers, topic_prefix)):
        await transact(write, "a", range(1, 3))

        async def kept() -> bool:
            assert events(await read(), "a") == [1, 2]
            lease = await database[LEASES].find_one({"_id": "relay"})
            assert lease is not None
            assert lease.get("state", {}).get("token")
            return True

        await eventually(kept)
    await transact(write, "a", range(3, 5))
    async with running(relay_of(database, kafka_servers, topic_prefix)):

        async def all_there() -> bool:
            assert list(dict.fromkeys(events(await read(), "a"))) == [1, 2, 3, 4]
            return True

        await eventually(all_there)


async def test_a_lost_place_is_found_again_from_the_rows(
    database: Database, transact: Transactions[Unit], kafka_servers: str, topic_prefix: str, read: Any
) -> None:
    await transact(write, "a", range(1, 6))
    lease = Lease(database, "relay", "somebody")
    assert await lease.take()
    await lease.save({"token": {"_data": "8200000000000000002B0229296E04"}, "watermark": None})
    await lease.release()
    async with running(relay_of(database, kafka_servers, topic_prefix)):

        async def all_there() -> bool:
            assert list(dict.fromkeys(events(await read(), "a"))) == [1, 2, 3, 4, 5]
            return True

        await eventually(all_there)


async def test_one_of_two_relays_publishes(database: Database, kafka_servers: str, topic_prefix: str, topic: str) -> None:
    first, second = (relay_of(database, kafka_servers, topic_prefix) for _ in range(2))
    async with running(first):

        async def leads() -> bool:
            assert first.leading
            return True

        await eventually(leads)
        assert not await Lease(database, "relay", "another").take()
        async with running(second):
            assert not second.leading


async def test_a_topic_with_another_number_of_partitions_is_refused(database: Database, kafka_servers: str, topic_prefix: str) -> None:
    await make_topic(kafka_servers, topic_prefix, 1)

    with pytest.raises(UnusableTopic, match="1 partitions and must have 6"):
        await relay_of(database, kafka_servers, topic_prefix).run()


async def test_old_rows_go_only_when_they_are_below_the_last_watermark(database: Database, kafka_servers: str, topic_prefix: str) -> None:
    old = datetime.now(UTC) - timedelta(days=8)
    await database[OUTBOX].insert_one(row_of(event("old", 1, old), TICKETS))
    relay = relay_of(database, kafka_servers, topic_prefix)

    await relay.clean_up()
    assert await database[OUTBOX].count_documents({}) == 1

    relay._heart.watermarks.last = old + timedelta(hours=1)
    await relay.clean_up()
    assert await database[OUTBOX].count_documents({}) == 0
