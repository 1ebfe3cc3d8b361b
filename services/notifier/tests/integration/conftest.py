"""A marketplace's log on a real broker, a running notifier, and the settings that join them."""

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from joserfc.jwk import ECKey, KeySet
from notifier.main import create_worker
from notifier.settings import Settings
from parley_chassis.kafka import producer
from parley_chassis.provision import provision
from parley_chassis.testing import SmtpSink
from parley_contracts import inquiries, marketplace, sla, ticketing
from parley_contracts.envelope import Envelope, EventData
from parley_contracts.topics import GUESTS, INQUIRIES, PARTIES, RESPONSES, TICKETS, Topic
from parley_contracts.words import Kind, Role, Side, State
from parley_local.ports import free
from pymongo import AsyncMongoClient

ORIGIN = {
    TICKETS: ticketing.SOURCE,
    INQUIRIES: inquiries.SOURCE,
    RESPONSES: sla.SOURCE,
    PARTIES: marketplace.SOURCE,
    GUESTS: inquiries.SOURCE,
}

MARKET = """
id: north
name: Nordmarkt
languages: [de, en]
time_zone: Europe/Berlin
addresses: {sender: no-reply@north.example, support: support@north.example, oncall: oncall@north.example}
imprint: "Nordmarkt GmbH · Beispielstraße 1"
colours: {accent: "#0b5cad"}
"""


@dataclass
class Log:
    """Writes what the other services would."""

    producer: AIOKafkaProducer
    prefix: str
    sequences: Counter[tuple[str, str]] = field(default_factory=Counter)

    async def say(self, topic: Topic, subject: str, data: EventData, *, at: datetime | None = None, id: str | None = None) -> Envelope:
        """One event, as its service's relay would write it."""
        sequence = None
        if not topic.compacted:
            self.sequences[topic.name, subject] += 1
            sequence = self.sequences[topic.name, subject]
        id = id or str(uuid4())
        envelope = Envelope.of(
            data,
            id=id,
            source=ORIGIN[topic],
            subject=subject,
            time=at or datetime.now(UTC),
            sequence=sequence,
            correlationid=id,
            causationid="command:test",
        )
        await self.repeat(topic, envelope)
        return envelope

    async def repeat(self, topic: Topic, envelope: Envelope) -> None:
        """The same record once more."""
        await self.producer.send_and_wait(self.prefix + topic.name, envelope.value, key=envelope.key, headers=list(envelope.headers()))

    async def erase(self, topic: Topic, subject: str) -> None:
        await self.producer.send_and_wait(self.prefix + topic.name, None, key=subject.encode())

    async def person(self, id: str, name: str, address: str | None, **more: Any) -> None:
        said = {"id": id, "kind": "buyer", "display_name": name, "email": address, "market": "north"} | more
        await self.say(PARTIES, id, marketplace.PartyChanged.model_validate(said))


@pytest.fixture
async def log(kafka_servers: str, topic_prefix: str) -> AsyncIterator[Log]:
    await provision(kafka_servers, prefix=topic_prefix)
    writer = producer(kafka_servers, client_id="test")
    await writer.start()
    yield Log(writer, topic_prefix)
    await writer.stop()


@pytest.fixture
def signing_key() -> ECKey:
    return ECKey.generate_key("P-256", {"kid": "test"}, auto_kid=False)


@pytest.fixture
def environment(
    tmp_path: Path, mongodb_uri: str, database_name: str, kafka_servers: str, topic_prefix: str, smtp_sink: SmtpSink, signing_key: ECKey
) -> dict[str, str]:
    """The notifier's settings as a process gets them."""
    markets = tmp_path / "markets"
    markets.mkdir()
    (markets / "north.yaml").write_text(MARKET, "utf-8")
    (tmp_path / "keys").write_text("k" * 40)
    (tmp_path / "jwks.json").write_text(json.dumps(KeySet([signing_key]).as_dict(private=False)))
    return {
        "ENVIRONMENT": "test",
        "MONGODB_URI": mongodb_uri,
        "MONGODB_DATABASE": database_name,
        "KAFKA_BOOTSTRAP_SERVERS": kafka_servers,
        "TOPIC_PREFIX": topic_prefix,
        "PUBLIC_URL": "http://mails.test",
        "MARKETS_DIR": str(markets),
        "AUTH_ISSUER": "https://identity.test",
        "AUTH_JWKS_FILE": str(tmp_path / "jwks.json"),
        "LINK_KEYS_FILE": str(tmp_path / "keys"),
        "TICKETING_PUBLIC_URL": "http://help.test/tickets",
        "INQUIRIES_PUBLIC_URL": "http://help.test/questions",
        "SLA_MONITOR_PUBLIC_URL": "http://clock.test",
        "SMTP_HOST": smtp_sink.host,
        "SMTP_PORT": str(smtp_sink.port),
        "SMTP_TLS": "none",
        "SMTP_TIMEOUT": "2s",
        "SMTP_REPLY_TIMEOUT": "2s",
        "ANSWER_HOLD": "200ms",
        "GROUP_WINDOW": "500ms",
    }


Configured = Callable[..., Settings]


@pytest.fixture
def configured(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Configured:
    """The settings, with changes."""

    def settings(**changes: str) -> Settings:
        for name, value in (environment | changes).items():
            monkeypatch.setenv(name, value)
        return Settings()

    return settings


Running = Callable[..., AbstractAsyncContextManager[None]]


@pytest.fixture
def running(configured: Configured) -> Running:
    """Runs the worker in this process, and stops it as SIGTERM does."""

    @asynccontextmanager
    async def run(**changes: str) -> AsyncIterator[None]:
        working = asyncio.create_task(create_worker(configured(**changes)).run())
        try:
            yield
            assert not working.done(), working
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    return run


@pytest.fixture
async def database(mongodb_uri: str, database_name: str) -> AsyncIterator[Any]:
    async with AsyncMongoClient[dict[str, Any]](mongodb_uri, tz_aware=True) as client:
        yield client[database_name]


@pytest.fixture
def a_ticket() -> Callable[..., dict[str, Any]]:
    """What every event of a ticket between Anna and the shop says, with changes."""

    def said(**changes: Any) -> dict[str, Any]:
        return {
            "number": "T-7F3K-92QD",
            "kind": Kind.TICKET,
            "category": "post_purchase",
            "problem_type": "damaged",
            "market": "north",
            "buyer_id": "anna",
            "buyer_role": Role.BUYER,
            "seller_id": "shop",
            "order_id": "order-1",
            "order_number": "4711",
            "language": "de",
            "state": State.AWAITING_SELLER,
            "handler": Side.SELLER,
            "actor_id": "anna",
            "actor_role": Role.BUYER,
        } | changes

    return said


@pytest.fixture
def a_message() -> Callable[..., dict[str, Any]]:
    def said(author: str = "anna", role: Role = Role.BUYER, **changes: Any) -> dict[str, Any]:
        return {"id": str(uuid4()), "author_id": author, "author_role": role, "length": 12} | changes

    return said


@pytest.fixture
def a_wait() -> Callable[..., dict[str, Any]]:
    """What every event of the seller's wait says, with changes."""

    def said(opened_by: str, **changes: Any) -> dict[str, Any]:
        start = datetime.now(UTC)
        return {
            "cycle_id": "cycle-1",
            "opened_by": opened_by,
            "conversation_source": ticketing.SOURCE,
            "number": "T-7F3K-92QD",
            "market": "north",
            "seller_id": "shop",
            "buyer_id": "anna",
            "owed_by": Side.SELLER,
            "start": start,
            "due": start + timedelta(hours=48),
            "policy": "standard",
            "policy_version": 1,
        } | changes

    return said


@dataclass
class Process:
    """`python -m notifier work` as the operating system sees it."""

    child: asyncio.subprocess.Process

    def kill(self) -> None:
        """The power goes: nothing is cleaned up."""
        self.child.kill()

    def stop(self) -> None:
        """Somebody asks it to end."""
        self.child.terminate()

    async def ended(self) -> int:
        return await asyncio.wait_for(self.child.wait(), 60)


Started = Callable[..., Awaitable[Process]]


@pytest.fixture
async def started(environment: dict[str, str], tmp_path: Path) -> AsyncIterator[Started]:
    """Starts notifiers as processes of their own, with changes; all of them end with the test."""
    processes: list[Process] = []

    async def start(**changes: str) -> Process:
        (port,) = free(1)
        # What a killed one claimed is free again after seven times this; before, the group has not missed it either.
        own = {"WORKER_PORT": str(port), "SMTP_TIMEOUT": "1s"} | changes
        with (tmp_path / f"log-{len(processes)}").open("wb") as log:
            child = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "notifier", "work", env={**os.environ, **environment, **own}, stdout=log, stderr=log
            )
        processes.append(Process(child))
        return processes[-1]

    yield start
    for process in processes:
        if process.child.returncode is None:
            process.kill()
        await process.ended()
