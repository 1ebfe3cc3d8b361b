"""A reader makes no topic, and refuses one whose events would part."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from parley_chassis.consuming import attach, consume
from parley_chassis.kafka import MissingTopic, UnusableTopic, broker, wait_for_topics
from parley_chassis.security import OPEN, KafkaSecurity
from parley_chassis.testing import eventually
from parley_contracts.topics import TICKETS


@dataclass(frozen=True)
class Settings:
    kafka_bootstrap_servers: str
    topic_prefix: str
    kafka_security: KafkaSecurity = OPEN


@contextlib.asynccontextmanager
async def administration(servers: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def test_nothing_creates_a_topic_and_a_missing_one_is_named(notebook: Any, kafka_servers: str, topic_prefix: str) -> None:
    with pytest.raises(MissingTopic, match=r"parley_chassis\.provision"):
        await wait_for_topics(kafka_servers, [TICKETS], prefix=topic_prefix, client_id="test", patience=0)

    connection = broker(kafka_servers, client_id="test")
    attach(notebook.subscription(), connection, prefix=topic_prefix)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(connection.start(), 2)
    await connection.stop()

    async with administration(kafka_servers) as admin:
        assert not [name for name in await admin.list_topics() if name.startswith(topic_prefix)]


@pytest.fixture
async def too_few(kafka_servers: str, topic_prefix: str) -> Settings:
    """A topic with three partitions."""
    async with administration(kafka_servers) as admin:
        await admin.create_topics([NewTopic(topic_prefix + TICKETS.name, 3, 1)])
    return Settings(kafka_servers, topic_prefix)


async def test_a_topic_with_another_number_of_partitions_is_refused(notebook: Any, too_few: Settings) -> None:
    with pytest.raises(UnusableTopic, match="has 3 partitions and must have 6"):
        await consume(notebook.subscription(), too_few)


async def test_a_topic_that_changed_while_we_read_ends_the_process(notebook: Any, too_few: Settings) -> None:
    died: list[str] = []
    connection = broker(too_few.kafka_bootstrap_servers, client_id="test")
    attach(notebook.subscription(), connection, prefix=too_few.topic_prefix, die=died.append)
    await connection.start()
    try:
        await eventually(lambda: died)
    finally:
        await connection.stop()
    assert "has 3 partitions and must have 6" in died[0]
