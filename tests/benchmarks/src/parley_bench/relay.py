"""B2: the outbox to Kafka. The textbook finds one row, sends it, marks it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from aiokafka import AIOKafkaProducer
from parley_chassis.kafka import Kafka, stop
from parley_chassis.mongo.driver import database_now
from parley_chassis.mongo.transactions import INDEXES
from parley_chassis.outbox import OUTBOX, row_of
from parley_chassis.relay import Relay
from parley_contracts.envelope import Envelope
from parley_contracts.partitions import partition_of
from parley_contracts.topics import RESPONSES

from parley_bench.scene import Record, Scene, Servers, running, scene, until
from parley_bench.ways import OURS, Benchmark, Stage, Way, cheaper, faster

TEXTBOOK, CEILING = "find, send, mark", "aiokafka's batches"


def benchmark(servers: Servers, *, many: int, few: int) -> Benchmark:
    """Rows of 600 bytes of 500 conversations that wait in the outbox when the clock starts."""
    ways = (
        Way(OURS, many, lambda items: _relay(servers, items)),
        Way(TEXTBOOK, few, lambda items: _textbook(servers, items)),
        Way(CEILING, many, lambda items: _ceiling(servers, items)),
    )
    goals = (faster(70, TEXTBOOK), faster(0.30, CEILING), cheaper(40, TEXTBOOK))
    return Benchmark("B2", "relay, outbox to Kafka", ways, goals, alike=40)


class _Held(Kafka):
    """Gives the relay its producer, and from then on the word to begin."""

    def __init__(self, settings: Scene) -> None:
        super().__init__(settings, client_id="bench-relay")
        self.ready, self.go = asyncio.Event(), asyncio.Event()

    async def started(self, topics: Any) -> AIOKafkaProducer:
        found = await super().started(topics)
        self.ready.set()
        await self.go.wait()
        return found


@asynccontextmanager
async def _relay(servers: Servers, items: int) -> AsyncIterator[Stage]:
    """The relay of the response clock, from the place where an earlier one stopped, so that it reads the stream."""
    async with scene(servers, [RESPONSES], INDEXES) as at, at.reading(RESPONSES) as topic:
        first = _relay_of(at)
        async with running(first.run()):
            await until(lambda: _leads(first))
            await _insert(at, 1, first=-1)
            await until(lambda: _has(topic, 1))
        await _insert(at, items)
        held = _Held(at)
        async with running(_relay_of(at, kafka=held).run()):
            await held.ready.wait()

            async def work() -> None:
                held.go.set()
                await until(lambda: _has(topic, 1 + items))

            yield Stage(work, lambda: _told(topic))


@asynccontextmanager
async def _textbook(servers: Servers, items: int) -> AsyncIterator[Stage]:
    async with scene(servers, [RESPONSES], INDEXES) as at, at.reading(RESPONSES) as topic:
        outbox, producer = at.database[OUTBOX], await at.producer()
        await outbox.create_index([("sent", 1), ("n", 1)])
        await _insert(at, items, sent=False)

        async def work() -> None:
            while row := await outbox.find_one({"sent": False}, sort=[("n", 1)]):
                headers = list(row["headers"].items())
                await producer.send_and_wait(at.topic_prefix + row["topic"], row["value"], key=row["key"].encode(), headers=headers)
                await outbox.update_one({"_id": row["_id"]}, {"$set": {"sent": True}})

        yield Stage(work, lambda: _told(topic))
        await stop(producer)


@asynccontextmanager
async def _ceiling(servers: Servers, items: int) -> AsyncIterator[Stage]:
    """The same bytes, from memory."""
    async with scene(servers, [RESPONSES], INDEXES) as at, at.reading(RESPONSES) as topic:
        producer, parted = await at.producer(), dict[int, list[Record]]()
        for row in await _rows(at, items):
            key = row["key"].encode()
            parted.setdefault(partition_of(key), []).append((key, row["value"], list(row["headers"].items())))
        await producer.partitions_for(at.topic_prefix + RESPONSES.name)
        yield Stage(lambda: at.send(RESPONSES, parted, client=producer), lambda: _told(topic))
        await stop(producer)


def _relay_of(at: Scene, **more: Any) -> Relay:
    return Relay(at.database, at, [RESPONSES], None, "/sla-monitor", **more)


async def _leads(relay: Relay) -> bool:
    return relay.leading


async def _has(topic: Any, items: int) -> bool:
    return bool(await topic.length() >= items)


async def _told(topic: Any) -> dict[str, list[str]]:
    """The ids in the order of each conversation, without the row that made the first relay save its place."""
    told: dict[str, list[str]] = {}
    for record in await topic.records():
        told.setdefault(record.key.decode(), []).append(dict(record.headers)["ce_id"].decode())
    told.pop("c-leads", None)
    return told


async def _insert(at: Scene, items: int, *, first: int = 0, **more: Any) -> None:
    rows = await _rows(at, items, first=first)
    await at.database[OUTBOX].insert_many([row | {"n": n} | more for n, row in enumerate(rows)] if more else rows)


async def _rows(at: Scene, items: int, *, first: int = 0) -> list[dict[str, Any]]:
    now = await database_now(at.database) - timedelta(milliseconds=1)
    example = Envelope(
        id="", source="/sla-monitor", type="parley.response.expected.v1", subject="", time=now, sequence=1,
        dataschema="urn:parley:response", correlationid="c", causationid="e", value=b'{"note": "' + b"x" * 580 + b'"}',
    )  # fmt: skip
    named = [("c-leads" if n < 0 else f"c-{n % 500}", f"e-{n}", n // 500 + 1) for n in range(first, first + items)]
    return [row_of(replace(example, id=id, subject=subject, sequence=max(1, sequence)), RESPONSES) for subject, id, sequence in named]
