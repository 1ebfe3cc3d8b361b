"""Where the ways work: a real broker and a real database, of which every attempt gets a topic prefix and a database of its own."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from parley_chassis.kafka import producer, stop
from parley_chassis.mongo import Database, Index, close, connect, ensure_indexes
from parley_chassis.provision import provision
from parley_chassis.security import OPEN, KafkaSecurity
from parley_contracts.topics import PARTITIONS, Topic

LOOK = 0.01
"""Seconds between two looks whether the work is done."""
DONE_WITHIN = 300.0

Part = tuple[str, int]
Record = tuple[bytes | None, bytes | None, Sequence[tuple[str, bytes | None]]]


@dataclass(frozen=True)
class Servers:
    """The addresses."""

    kafka: str
    mongodb: str


@dataclass(frozen=True)
class Scene:
    """What one attempt works on; to the product it is the settings of a service as well."""

    database: Database
    kafka_bootstrap_servers: str
    topic_prefix: str
    service: str = "bench"
    kafka_security: KafkaSecurity = OPEN

    async def send(self, topic: Topic, parted: dict[int, list[Record]], *, client: AIOKafkaProducer | None = None) -> None:
        """Write records as fast as the client can: whole batches for each partition."""
        sending = client or await self.producer()
        try:
            waiting = []
            for partition, records in parted.items():
                for number in range(0, len(records), 500):
                    batch = sending.create_batch()
                    for key, value, headers in records[number : number + 500]:
                        batch.append(key=key, value=value, timestamp=None, headers=list(headers))
                    batch.close()
                    waiting.append(await sending.send_batch(batch, self.topic_prefix + topic.name, partition=partition))
            await asyncio.gather(*waiting)
        finally:
            if client is None:
                await stop(sending)

    async def producer(self) -> AIOKafkaProducer:
        started = producer(self.kafka_bootstrap_servers, client_id="bench")
        await started.start()
        return started

    @asynccontextmanager
    async def reading(self, topic: Topic) -> AsyncIterator["Reading"]:
        consumer = AIOKafkaConsumer(bootstrap_servers=self.kafka_bootstrap_servers, auto_offset_reset="earliest")
        await consumer.start()
        try:
            yield Reading(consumer, [TopicPartition(self.topic_prefix + topic.name, number) for number in range(PARTITIONS)])
        finally:
            await consumer.stop()


@dataclass(frozen=True)
class Reading:
    """A topic, looked at from outside."""

    consumer: AIOKafkaConsumer
    partitions: Sequence[TopicPartition]

    async def length(self) -> int:
        return sum((await self.consumer.end_offsets(self.partitions)).values())

    async def records(self) -> list[Any]:
        """All that stands in it."""
        length, found = await self.length(), list[Any]()
        self.consumer.assign(self.partitions)
        while len(found) < length:
            for records in (await self.consumer.getmany(timeout_ms=200)).values():
                found += records
        return found


@asynccontextmanager
async def scene(servers: Servers, topics: Sequence[Topic], indexes: Iterable[Index]) -> AsyncIterator[Scene]:
    """Fresh topics and a fresh database, which go afterwards."""
    name = f"bench-{os.urandom(6).hex()}"
    client = connect(servers.mongodb, app="bench")
    await provision(servers.kafka, topics=topics, prefix=f"{name}.")
    await ensure_indexes(client[name], tuple(indexes))
    try:
        yield Scene(client[name], servers.kafka, f"{name}.")
    finally:
        await client.drop_database(name)
        await close(client)
        admin = AIOKafkaAdminClient(bootstrap_servers=servers.kafka)
        await admin.start()
        await admin.delete_topics([f"{name}.{topic.name}" for topic in topics])
        await admin.close()


@asynccontextmanager
async def beside(module: str, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A module in a process of its own, whose standard input and output are ours; it is told to end afterwards."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process
        if process.returncode is not None:
            raise RuntimeError(f"{module} ended by itself with code {process.returncode}")
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def until(done: Callable[[], Awaitable[bool]]) -> None:
    """Look until it is done."""
    async with asyncio.timeout(DONE_WITHIN):
        while not await done():
            await asyncio.sleep(LOOK)


@asynccontextmanager
async def running(work: Awaitable[object]) -> AsyncIterator[None]:
    """Runs beside; an end before its time is a fault."""
    task = asyncio.ensure_future(work)
    try:
        yield
        if task.done():
            raise RuntimeError("what is measured has ended by itself") from task.exception()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
