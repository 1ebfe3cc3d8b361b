"""A consumer that stands still ends its process, and one without its partitions is not ready; seen on the real broker."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener
from parley_chassis.consuming import consume
from parley_chassis.probes import Readiness
from parley_chassis.provision import provision
from parley_chassis.security import OPEN, KafkaSecurity
from parley_chassis.testing import eventually
from parley_chassis.watchdog import Patience
from parley_contracts.topics import TICKETS


@dataclass
class Settings:
    kafka_bootstrap_servers: str
    topic_prefix: str
    kafka_security: KafkaSecurity = OPEN


@dataclass
class Watched:
    """A consumer under a watchdog whose bite is noted."""

    settings: Settings
    died: list[str] = field(default_factory=list)
    readiness: Readiness = field(default_factory=Readiness)

    @contextlib.asynccontextmanager
    async def reading(self, subscription: Any, **patience: float) -> AsyncIterator[None]:
        reading = asyncio.create_task(
            consume(subscription, self.settings, self.readiness, patience=Patience(**patience), die=self.died.append)
        )
        try:
            yield
        finally:
            reading.cancel()
            await asyncio.wait({reading})

    async def ready(self) -> bool:
        self.readiness.started()
        return (await self.readiness.report())[0]


@pytest.fixture
async def watched(kafka_servers: str, topic_prefix: str) -> Watched:
    await provision(kafka_servers, topics=[TICKETS], prefix=topic_prefix)
    return Watched(Settings(kafka_servers, topic_prefix))


async def send(watched: Watched, record: Any) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=watched.settings.kafka_bootstrap_servers)
    await producer.start()
    try:
        name = watched.settings.topic_prefix + TICKETS.name
        await producer.send_and_wait(name, key=record.key, value=record.value, headers=list(record.headers))
    finally:
        await producer.stop()


async def test_a_partition_that_is_not_fetched_any_more_ends_the_process(watched: Watched, notebook: Any, log: Any) -> None:
    subscription = notebook.subscription()
    handle = subscription.handle

    async def stop_fetching(records: Any, topics: Any, consumer: AIOKafkaConsumer) -> None:
        consumer.pause(*consumer.assignment())
        await handle(records, topics, consumer)

    subscription.handle = stop_fetching
    async with watched.reading(subscription, fetch=2.0):
        await eventually(watched.ready)
        await send(watched, log.event("a", 1))
        await eventually(lambda: watched.died)
    assert watched.died[0] == "a partition of the consumer was not fetched for 2 s"


async def test_a_batch_that_makes_no_step_ends_the_process(watched: Watched, notebook: Any, log: Any) -> None:
    go_on = asyncio.Event()

    async def prefetch(*_: Any) -> None:
        await go_on.wait()

    notebook.prefetch = prefetch
    async with watched.reading(notebook.subscription(), fetch=2.0, step=1.0):
        await send(watched, log.event("a", 1))
        await eventually(lambda: watched.died)
        go_on.set()
    assert watched.died[0] == "the consumer's batch has made no step for 1 s"


class Clinging(ConsumerRebalanceListener):  # type: ignore[misc]
    """A member of the group that gives its partitions back only when told to."""

    def __init__(self) -> None:
        self.let_go = asyncio.Event()

    async def on_partitions_revoked(self, revoked: Any) -> None:
        if revoked:
            await self.let_go.wait()

    async def on_partitions_assigned(self, assigned: Any) -> None: ...


async def test_a_group_that_assigns_nothing_leaves_the_worker_unready_and_ends_it(watched: Watched, notebook: Any) -> None:
    clinging = Clinging()
    servers, prefix = watched.settings.kafka_bootstrap_servers, watched.settings.topic_prefix
    rival = AIOKafkaConsumer(bootstrap_servers=servers, group_id=prefix + "test", heartbeat_interval_ms=200)
    rival.subscribe([prefix + TICKETS.name], listener=clinging)
    await rival.start()
    try:
        async with watched.reading(notebook.subscription(), fetch=2.0, assignment=3.0):
            await eventually(lambda: watched.died)
            assert watched.died[0] == "the consumer has no assignment for 3 s"
            assert not await watched.ready()
            assert (await watched.readiness.report())[1]["kafka"] == "the group has not assigned its partitions yet"

            clinging.let_go.set()
            await eventually(watched.ready)
    finally:
        clinging.let_go.set()
        await rival.stop()
