"""The pytest plugin: real servers, a fresh database and topic prefix for each test, one way to wait."""

import os
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from pymongo import MongoClient

from parley_chassis.testing import servers
from parley_chassis.testing.smtp import Mail, Rule, SmtpSink, Stage, running_smtp_sink
from parley_chassis.testing.waiting import eventually
from parley_chassis.testing.workers import SharedServers, handed

__all__ = ["Mail", "Rule", "SmtpSink", "Stage", "eventually"]


def pytest_configure(config: pytest.Config) -> None:
    # Whether there will be workers is not known yet; without any, nobody asks it for servers.
    config.pluginmanager.register(SharedServers())


@pytest.fixture(scope="session")
def mongodb_uri(pytestconfig: pytest.Config) -> Iterator[str]:
    """A real replica set: MONGODB_URI, else a container, else the embedded mongod; workers share one."""
    with servers.mongodb(handed(pytestconfig, "mongodb_uri")) as uri:
        yield uri


@pytest.fixture(scope="session")
def kafka_servers(pytestconfig: pytest.Config) -> Iterator[str]:
    """A real broker: KAFKA_BOOTSTRAP_SERVERS, else a container, else the embedded Kafka; workers share one."""
    with servers.kafka(handed(pytestconfig, "kafka_servers")) as addresses:
        yield addresses


@pytest.fixture(scope="session")
def _mongodb_client(mongodb_uri: str) -> Iterator[MongoClient[dict[str, Any]]]:
    with MongoClient[dict[str, Any]](mongodb_uri) as client:
        yield client


@pytest.fixture
def database_name(_mongodb_client: MongoClient[dict[str, Any]]) -> Iterator[str]:
    """A database of this test's own; it goes afterwards, and so does each one whose name begins with it."""
    name = f"test_{os.urandom(6).hex()}"
    yield name
    for made in _mongodb_client.list_databases(filter={"name": re.compile(f"^{name}")}, nameOnly=True):
        _mongodb_client.drop_database(made["name"])


@pytest.fixture
async def topic_prefix(kafka_servers: str) -> AsyncIterator[str]:
    """A prefix of this test's own; the topics and groups that begin with it go afterwards."""
    prefix = f"test-{os.urandom(6).hex()}."
    yield prefix
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_servers)
    await admin.start()
    try:
        if topics := [topic for topic in await admin.list_topics() if topic.startswith(prefix)]:
            await admin.delete_topics(topics)
    finally:
        await admin.close()


@pytest.fixture
async def smtp_sink() -> AsyncIterator[SmtpSink]:
    """A real SMTP server that keeps what it accepts; see SmtpSink.next for how it misbehaves on demand."""
    async with running_smtp_sink() as sink:
        yield sink
