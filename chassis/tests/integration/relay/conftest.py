"""A relay on its stage: one service's outbox, and the topics behind it."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from parley_chassis.mongo import Database, Transactions, Unit, close, connect, ensure_indexes
from parley_chassis.mongo.transactions import INDEXES
from parley_chassis.provision import provision
from parley_chassis.relay import Relay
from parley_chassis.relay.lease import LEASES
from parley_chassis.security import OPEN, KafkaSecurity
from parley_contracts.envelope import Envelope
from parley_contracts.topics import DELIVERIES, GUESTS, TICKETS, WATERMARK, Topic


@dataclass(frozen=True)
class Settings:
    kafka_bootstrap_servers: str
    topic_prefix: str
    kafka_security: KafkaSecurity = OPEN
    service: str = "ticketing"


@dataclass
class Stage:
    """One service's outbox and the topics behind it."""

    database: Database
    settings: Settings

    def relay(self, *topics: Topic, marked: Topic | None = TICKETS, **more: Any) -> Relay:
        return Relay(self.database, self.settings, topics or [TICKETS], marked, "/ticketing", **more)

    async def write(
        self, subject: str, sequence: int | None = 1, *, topic: Topic = TICKETS, age: timedelta = timedelta(), **more: Any
    ) -> None:
        async def add(unit: Unit) -> None:
            unit.outbox.add(replace(self.event(subject, sequence, unit.now - age), **more), topic)

        await Transactions(self.database, lambda unit: unit)(add)

    async def records(self, topic: Topic = TICKETS) -> list[Any]:
        """All that stands in the topic by now."""
        name = self.settings.topic_prefix + topic.name
        consumer = AIOKafkaConsumer(name, bootstrap_servers=self.settings.kafka_bootstrap_servers, auto_offset_reset="earliest")
        await consumer.start()
        try:
            ends = await consumer.end_offsets(consumer.assignment())
            found: list[Any] = []
            while len(found) < sum(ends.values()):
                for batch in (await consumer.getmany(timeout_ms=100)).values():
                    found.extend(batch)
        finally:
            await consumer.stop()
        return found

    async def keys(self, topic: Topic = TICKETS) -> list[str]:
        return [record.key.decode() for record in await self.records(topic) if record.key]

    async def marks(self) -> list[datetime]:
        marks = [record for record in await self.records() if self.kind(record) == WATERMARK]
        return [datetime.fromisoformat(json.loads(mark.value)["at"]) for mark in marks]

    async def state(self) -> dict[str, Any]:
        row = await self.database[LEASES].find_one({"_id": "relay"})
        state: dict[str, Any] = (row or {}).get("state", {})
        return state

    @staticmethod
    def kind(record: Any) -> str:
        return dict(record.headers)["ce_type"].decode()

    @staticmethod
    def event(subject: str, sequence: int | None, at: datetime) -> Envelope:
        return Envelope(
            id=f"{subject}-{sequence}",
            source="/ticketing",
            type="parley.reply.posted.v1",
            subject=subject,
            time=at,
            sequence=sequence,
            dataschema="urn:x",
            correlationid="c",
            causationid="command:test",
            value=b"{}",
        )

    @staticmethod
    @contextlib.asynccontextmanager
    async def running(relay: Relay) -> AsyncIterator[None]:
        task = asyncio.create_task(relay.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def has(self, id: str) -> bool:
        return any(dict(record.headers)["ce_id"].decode() == id for record in await self.records())

    @staticmethod
    async def holds(check: Callable[[], Any]) -> bool:
        assert await check()
        return True


@pytest.fixture(params=["motor"])
async def stage(
    request: pytest.FixtureRequest, mongodb_uri: str, database_name: str, kafka_servers: str, topic_prefix: str
) -> AsyncIterator[Stage]:
    client = connect(mongodb_uri, driver=request.param, app="test")
    await ensure_indexes(client[database_name], INDEXES)
    await provision(kafka_servers, topics=[TICKETS, DELIVERIES, GUESTS], prefix=topic_prefix)
    yield Stage(client[database_name], Settings(kafka_servers, topic_prefix))
    await close(client)
