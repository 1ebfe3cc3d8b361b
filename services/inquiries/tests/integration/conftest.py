"""Inquiries on real servers: the two processes' applications, and both ends of the log."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from inquiries.main import create_app, create_worker
from inquiries.settings import InquiriesSettings
from parley_chassis.kafka import producer
from parley_chassis.mongo import Database, close, connect
from parley_chassis.provision import provision
from parley_contracts.envelope import Envelope, EventData, Malformed, read
from parley_contracts.topics import Topic
from parley_conversation.testing.issuer import Issuer

MARKET = """
id: de
name: Marktplatz
languages: [de, en]
time_zone: Europe/Berlin
contact_window: 30d
imprint: "Marktplatz GmbH"
colours: {accent: "#0b5cad"}
urls: {signin: "https://www.marktplatz.example/sign-in"}
"""

Page = Callable[..., str]


@pytest.fixture
def settings(
    tmp_path: Path, issuer: Issuer, shop: Any, mongodb_uri: str, database_name: str, kafka_servers: str, topic_prefix: str
) -> InquiriesSettings:
    (tmp_path / "de.yaml").write_text(MARKET, "utf-8")
    servers = {"mongodb_uri": mongodb_uri, "mongodb_database": database_name, "kafka_bootstrap_servers": kafka_servers}
    trusted = {"issuer": shop.issuer, "jwks_file": shop.jwks_file}
    return InquiriesSettings(**{**issuer.settings(tmp_path), **servers, "topic_prefix": topic_prefix, "shop": trusted})


@pytest.fixture
async def database(settings: InquiriesSettings) -> AsyncIterator[Database]:
    client = connect(settings.mongodb_uri.get_secret_value(), app="inquiries-tests")
    yield client[settings.mongodb_database]
    await close(client)


@pytest.fixture
async def client(settings: InquiriesSettings) -> AsyncIterator[httpx.AsyncClient]:
    """What `serve` runs, without a broker anywhere."""
    app = create_app(settings.model_copy(update={"kafka_bootstrap_servers": "127.0.0.1:1"}))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="https://help.example.com") as http:
        yield http


@pytest.fixture
async def worker(settings: InquiriesSettings, log: "Log") -> AsyncIterator[None]:
    """What `work` runs."""
    running = asyncio.create_task(create_worker(settings).run())
    yield
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


@dataclass
class Log:
    """Writes what the marketplace and the clock would, and reads what inquiries publish."""

    writer: AIOKafkaProducer
    servers: str
    prefix: str

    async def say(
        self, topic: Topic, subject: str, data: EventData, *, source: str, sequence: int | None = None, at: datetime | None = None
    ) -> Envelope:
        id = f"{subject}/{data.type}/{sequence}"
        envelope = Envelope.of(
            data,
            id=id,
            source=source,
            subject=subject,
            time=at or datetime.now(UTC),
            sequence=sequence,
            correlationid=id,
            causationid="command:test",
        )
        await self.write(topic, envelope.value, key=envelope.key, headers=envelope.headers())
        return envelope

    async def write(self, topic: Topic, value: bytes | None, *, key: bytes | None, headers: Any = ()) -> None:
        await self.writer.send_and_wait(self.prefix + topic.name, value, key=key, headers=list(headers))

    async def records(self, topic: Topic) -> list[ConsumerRecord]:
        """Everything that stands on the topic."""
        consumer = AIOKafkaConsumer(self.prefix + topic.name, bootstrap_servers=self.servers, auto_offset_reset="earliest")
        await consumer.start()
        try:
            ends, found = await consumer.end_offsets(consumer.assignment()), []
            for partition, end in ends.items():
                while await consumer.position(partition) < end:
                    found += (await consumer.getmany(partition, timeout_ms=1000)).get(partition, [])
            return found
        finally:
            await consumer.stop()

    async def events(self, topic: Topic, subject: str) -> list[Envelope]:
        """The events of a subject, in order, each once."""
        found: dict[str, Envelope] = {}
        for record in await self.records(topic):
            with contextlib.suppress(Malformed):
                event = read(record.headers, record.value)
                if event.subject == subject:
                    found.setdefault(event.id, event)
        return list(found.values())


@pytest.fixture
async def log(kafka_servers: str, topic_prefix: str) -> AsyncIterator[Log]:
    await provision(kafka_servers, prefix=topic_prefix)
    writer = producer(kafka_servers, client_id="test")
    await writer.start()
    yield Log(writer, kafka_servers, topic_prefix)
    await writer.stop()


@dataclass(frozen=True)
class Shop:
    """People at the door."""

    client: httpx.AsyncClient
    page: Page

    async def guest_asks(self, name: str = "Zoë", email: str = "zoe@example.org", text: str = "Does it dim?") -> dict[str, Any]:
        body = {"context": self.page(), "text": text, "guest": {"name": name, "email": email, "language": "en"}}
        answer = await self.client.post("/v1/inquiries", json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())


@pytest.fixture
def door(client: httpx.AsyncClient, page: Page) -> Shop:
    return Shop(client, page)
