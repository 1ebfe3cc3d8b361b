"""On a real broker: no default of the framework loses, repeats or misplaces a record, and no death does."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.record.util import calc_crc32c
from parley_chassis import telemetry
from parley_chassis.commands import Busy
from parley_chassis.consuming import consume
from parley_chassis.kafka import producer
from parley_chassis.parking import REFUSED, content, parked
from parley_chassis.provision import provision
from parley_chassis.security import OPEN, KafkaSecurity
from parley_chassis.testing import eventually
from parley_contracts.partitions import partition_of
from parley_contracts.topics import INQUIRIES, PARTITIONS, TICKETS

ODD = "x-not-utf-8"
"""Stands for a header's name of as many bytes that is no text, which no client here would write."""
NO_TEXT = b"x-\xff\xfet-utf-8"

PROGRAM = Path(__file__).with_name("consumer_process.py")
NAME = TICKETS.name


@dataclass(frozen=True)
class Settings:
    kafka_bootstrap_servers: str
    topic_prefix: str
    kafka_security: KafkaSecurity = OPEN


@pytest.fixture
async def settings(kafka_servers: str, topic_prefix: str) -> Settings:
    await provision(kafka_servers, topics=[TICKETS], prefix=topic_prefix)
    return Settings(kafka_servers, topic_prefix)


@pytest.fixture
def log(new_log: Any) -> Any:
    """Events of now: the broker's own time stands beside theirs."""
    now = datetime.now(UTC)
    return new_log(now=now.replace(microsecond=now.microsecond // 1000 * 1000))


@pytest.fixture
async def sender(kafka_servers: str) -> AsyncIterator[AIOKafkaProducer]:
    sender = producer(kafka_servers, client_id="test")
    await sender.start()
    yield sender
    await sender.stop()


Send = Callable[..., Awaitable[None]]


@pytest.fixture
def send(sender: AIOKafkaProducer, settings: Settings) -> Send:
    """Write records as the relay does: built in memory, one batch for each partition."""

    async def send(*records: Any) -> None:
        batches: dict[int, Any] = {}
        for record in records:
            partition = partition_of(record.key) if record.key else 0
            batch = batches.setdefault(partition, sender.create_batch())
            assert batch.append(timestamp=None, key=record.key, value=record.value, headers=list(record.headers)) is not None
        for partition, batch in batches.items():
            _spoil(batch)
            await (await sender.send_batch(batch, settings.topic_prefix + NAME, partition=partition))

    return send


def _spoil(batch: Any) -> None:
    """Write the odd name into the finished batch, and its checksum again."""
    built = batch._builder.build().replace(ODD.encode(), NO_TEXT)
    batch._buffer = built[:17] + calc_crc32c(built[21:]).to_bytes(4, "big") + built[21:]
    batch.close()


@contextlib.asynccontextmanager
async def running(subscription: Any, settings: Settings) -> AsyncIterator[None]:
    reading = asyncio.create_task(consume(subscription, settings))
    try:
        yield
    finally:
        reading.cancel()
        await asyncio.wait({reading})
        assert reading.cancelled() or reading.exception() is None, reading.exception()


async def committed(settings: Settings, group: str = "test") -> int:
    """How many records of the topic the group has behind it."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap_servers)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(settings.topic_prefix + group)
    finally:
        await admin.close()
    return sum(max(0, each.offset) for each in offsets.values())


async def texts_of(notebook: Any, subjects: Sequence[str]) -> dict[str, list[str]]:
    return {subject: await notebook.texts(subject) for subject in subjects}


async def test_what_was_written_before_the_group_began_is_read_from_the_start_and_committed(
    notebook: Any, log: Any, settings: Settings, send: Send
) -> None:
    subjects = [f"s{number}" for number in range(20)]
    await send(*(log.event(subject, sequence) for sequence in (1, 2, 3) for subject in subjects))

    async with running(notebook.subscription(), settings):
        expected = {subject: ["1", "2", "3"] for subject in subjects}
        await eventually(lambda: _equal(texts_of(notebook, subjects), expected))
        await eventually(lambda: _equal(committed(settings), 60))


async def _equal(found: Awaitable[Any], expected: Any) -> bool:
    return bool(await found == expected)


async def test_a_batch_puts_each_record_where_the_java_client_would(
    settings: Settings, sender: AIOKafkaProducer, send: Send, log: Any
) -> None:
    keys = [f"conversation-{number}" for number in range(30)]
    await send(*(log.event(key, 1) for key in keys))

    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka_bootstrap_servers, auto_offset_reset="earliest")
    await consumer.start()
    consumer.assign([TopicPartition(settings.topic_prefix + NAME, partition) for partition in range(PARTITIONS)])
    try:
        placed = [await asyncio.wait_for(consumer.getone(), 60) for _ in keys]
    finally:
        await consumer.stop()
    assert {record.key.decode(): record.partition for record in placed} == {key: partition_of(key.encode()) for key in keys}
    assert {record.timestamp_type for record in placed} == {1}, "the broker's time, not the sender's"


async def test_poison_of_every_kind_reaches_its_place_and_nothing_behind_it_is_lost(
    notebook: Any, log: Any, settings: Settings, send: Send
) -> None:
    odd = log.event("odd", 1)
    odd.headers = (*odd.headers, ("x-null", None), ("x-bytes", b"\xff\xfe"), ("reply_to", (settings.topic_prefix + "evil").encode()))
    null = log.event("null-value", 1)
    null.value = None
    await send(
        log.event("bad-header", 1, ce_time=b"\xff\xfe"),
        log.event("null-header", 1, ce_id=None),
        null,
        log.event("bad-json", 1, value=b"\xff{"),
        log.raw(key=None, value=b"{}"),
        log.raw(key=b"\xff\xfe", value=None),
        odd,
        *(log.event(subject, 2) for subject in ("bad-header", "null-header", "null-value", "bad-json", "odd")),
    )

    async with running(notebook.subscription(), settings):
        await eventually(lambda: _equal(notebook.texts("odd"), ["1", "2"]))
        await eventually(lambda: _equal(committed(settings), 12))

    rows = await parked(notebook.database)
    assert sorted({row.subject for row in rows}) == ["bad-header", "bad-json", "null-header", "null-value"]
    assert len(rows) == 8
    assert await notebook.database[REFUSED].count_documents({}) == 2
    topics = await _topics(settings)
    assert settings.topic_prefix + "evil" not in topics, "nobody answers to a topic that the sender names"


async def test_a_header_name_that_is_no_text_stops_no_partition_and_loses_nothing_of_any(
    notebook: Any, log: Any, settings: Settings, sender: AIOKafkaProducer, send: Send
) -> None:
    subjects = [f"s{number}" for number in range(24)]
    assert {partition_of(subject.encode()) for subject in subjects} == set(range(PARTITIONS))
    named = log.event("s0", 2)
    named.headers = (*named.headers, (ODD, b"1"))
    nameless = log.event("s1", 1)
    nameless.headers = ((ODD, b"1"),)
    await send(log.event("s0", 1), named, nameless, *(log.event(subject, 1) for subject in subjects[2:]), log.event("s0", 3))

    async with running(notebook.subscription(), settings):
        await eventually(lambda: _equal(committed(settings), 26))

    assert await notebook.texts("s0") == ["1", "2", "3"]
    assert await texts_of(notebook, subjects[2:]) == {subject: ["1"] for subject in subjects[2:]}
    [row] = await parked(notebook.database)
    assert row.subject == "s1"
    assert row.reason.startswith("ce_specversion is not 1.0")
    shown = await content(notebook.database, row.id)
    assert shown is not None
    assert shown.headers == {r"x-\xff\xfet-utf-8": "1"}


async def _topics(settings: Settings) -> set[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap_servers)
    await admin.start()
    try:
        return set(await admin.list_topics())
    finally:
        await admin.close()


async def test_a_batch_that_fails_comes_again_and_is_not_committed_meanwhile(
    notebook: Any, log: Any, settings: Settings, send: Send
) -> None:
    notebook.fails["2"] = Busy()
    notebook.recovers_after["2"] = 1
    await send(log.event("a", 1), log.event("a", 2), log.event("a", 3))

    async with running(notebook.subscription(), settings):
        await eventually(lambda: notebook.prefetched)
        assert await committed(settings) == 0
        await eventually(lambda: _equal(committed(settings), 3))

    assert await notebook.texts("a") == ["1", "2", "3"]
    assert len(notebook.prefetched) == 2


async def test_one_partitions_failure_leaves_no_hole_in_the_others(notebook: Any, log: Any, settings: Settings, send: Send) -> None:
    subjects = [f"s{number}" for number in range(12)]
    notebook.fails["bad"] = Busy()
    notebook.recovers_after["bad"] = 1
    await send(*(log.event(subject, 1, "bad" if subject == "s3" else "good") for subject in subjects))

    async with running(notebook.subscription(), settings):
        await eventually(lambda: _equal(committed(settings), 12))

    assert set(map(len, (await texts_of(notebook, subjects)).values())) == {1}


@pytest.mark.parametrize("place", ["in-transaction", "before-offset-commit"])
async def test_a_consumer_killed_at_its_worst_moment_repeats_no_effect_and_loses_none(
    notebook: Any, log: Any, settings: Settings, send: Send, mongodb_uri: str, place: str
) -> None:
    await send(log.event("a", 1), log.event("a", 2), log.event("a", 3))
    started = (mongodb_uri, notebook.database.name, settings.kafka_bootstrap_servers, settings.topic_prefix)

    killed = await asyncio.create_subprocess_exec(sys.executable, str(PROGRAM), *started, place)
    assert await asyncio.wait_for(killed.wait(), 60) == -signal.SIGKILL
    assert await committed(settings) == 0
    assert len(await notebook.texts("a")) == (3 if place == "before-offset-commit" else 0)

    async with running(notebook.subscription(), settings):
        await eventually(lambda: _equal(committed(settings), 3))
    assert await notebook.texts("a") == ["1", "2", "3"]
    assert await notebook.database["outbox"].count_documents({}) == 3


async def test_a_second_reader_that_comes_and_goes_repeats_no_effect(notebook: Any, log: Any, settings: Settings, send: Send) -> None:
    subjects = [f"s{number}" for number in range(24)]
    async with running(notebook.subscription(), settings):
        await send(*(log.event(subject, 1) for subject in subjects))
        async with running(notebook.subscription(), settings):
            await send(*(log.event(subject, 2) for subject in subjects))
            await eventually(lambda: _equal(texts_of(notebook, subjects), {subject: ["1", "2"] for subject in subjects}))
        await send(*(log.event(subject, 3) for subject in subjects))
        await eventually(lambda: _equal(texts_of(notebook, subjects), {subject: ["1", "2", "3"] for subject in subjects}))

    assert await notebook.database["outbox"].count_documents({}) == 72


async def test_it_is_seen_how_far_a_consumer_is(notebook: Any, log: Any, settings: Settings, send: Send) -> None:
    await send(log.event("a", 1))
    labels = {"group": "test", "topic": NAME, "partition": str(partition_of(b"a"))}

    def sample(name: str, **labels: str) -> float | None:
        return telemetry.REGISTRY.get_sample_value(name, labels)

    async with running(notebook.subscription(topics=[TICKETS]), settings):
        await eventually(lambda: _equal(notebook.texts("a"), ["1"]))
        await eventually(lambda: sample("parley_consumer_assigned_partitions", group="test") == 6)
        await eventually(lambda: sample("parley_consumer_fetch_age_seconds", **labels) is not None)
        assert sample("parley_consumer_lag_records", **labels) == 0
    assert f'group="test",partition="0",topic="{INQUIRIES.name}"' not in telemetry.exposition().decode()
