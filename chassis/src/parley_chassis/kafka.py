"""Kafka as the promises need it: the settings of producer and broker, and the check that a topic has its partitions."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Iterable
from typing import Protocol

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker
from parley_contracts.topics import PARTITIONS, Topic

from parley_chassis.security import OPEN, KafkaSecurity

log = structlog.get_logger(__name__)

REQUEST_TIMEOUT_MS = 5_000
"""A frozen broker stalls its partitions this long; the default would be 40 s."""

STOP_WITHIN = 2.0

MAX_BATCH_BYTES = 512 * 1024

_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 0.5


class UnusableTopic(RuntimeError):
    """A topic has another number of partitions than the catalogue says."""


class MissingTopic(RuntimeError):
    """A topic of the catalogue does not exist."""


class KafkaUnreachable(RuntimeError):
    """No broker answered."""


class KafkaSettings(Protocol):
    """What a service's settings say about Kafka."""

    @property
    def kafka_bootstrap_servers(self) -> str: ...
    @property
    def kafka_security(self) -> KafkaSecurity: ...
    @property
    def topic_prefix(self) -> str: ...


def producer(servers: str, *, client_id: str, security: KafkaSecurity = OPEN) -> AIOKafkaProducer:
    """Idempotent, not transactional; acknowledged by all in-sync replicas; nothing waits for company."""
    return AIOKafkaProducer(
        bootstrap_servers=servers,
        client_id=client_id,
        acks="all",
        enable_idempotence=True,
        linger_ms=0,
        max_batch_size=MAX_BATCH_BYTES,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
        **security.arguments,
    )


class Kafka:
    """The brokers as one process meets them to publish. Whoever gives a relay another one chooses where its records go."""

    def __init__(self, settings: KafkaSettings, *, client_id: str) -> None:
        self._settings = settings
        self._client_id = client_id

    async def started(self, topics: Iterable[Topic]) -> AIOKafkaProducer:
        """A producer that can publish to these topics at once. A broker that goes away before that is waited for again."""
        wanted, prefix = tuple(topics), self._settings.topic_prefix
        servers, security = self._settings.kafka_bootstrap_servers, self._settings.kafka_security
        while True:
            await wait_for_topics(servers, wanted, prefix=prefix, client_id=self._client_id, security=security)
            starting = self.producer()
            try:
                await begin(starting.start())
                for topic in wanted:
                    await starting.partitions_for(prefix + topic.name)
            except KafkaError as error:
                log.warning("Kafka went away during a start and is waited for", reason=repr(error))
                await stop(starting)
                await asyncio.sleep(0.5)
            except BaseException:
                await stop(starting)
                raise
            else:
                return starting

    def producer(self) -> AIOKafkaProducer:
        """One that is not started yet."""
        return producer(self._settings.kafka_bootstrap_servers, client_id=self._client_id, security=self._settings.kafka_security)


def broker(servers: str, *, client_id: str, security: KafkaSecurity = OPEN, graceful_timeout: float = 20.0) -> KafkaBroker:
    """The broker object that subscribers hang on. It makes no topics and publishes nothing."""
    return KafkaBroker(
        # One text with several addresses would be taken for one address.
        [address.strip() for address in servers.split(",")],
        client_id=client_id,
        security=security.of_framework,
        graceful_timeout=graceful_timeout,
        allow_auto_create_topics=False,
        consumer_only=True,
        apply_types=False,
        # Its own logger would write lines of its own form.
        logger=logging.getLogger(__name__),
        log_level=logging.DEBUG,
    )


async def stop(producer: AIOKafkaProducer) -> None:
    """Stop sending and close; neither may hang where the broker is gone."""
    for step in (producer.stop, producer.client.close):
        with contextlib.suppress(TimeoutError, asyncio.CancelledError, KafkaError):
            await asyncio.wait_for(step(), STOP_WITHIN)


async def begin(start: Awaitable[object]) -> None:
    """Await a start of aiokafka; cancelled, let it come to its end first, so that a stop finds all that it opened.

    Measured: a bootstrap that is cancelled while it waits for the metadata leaves its connection open, and nothing knows of it.
    """
    starting = asyncio.ensure_future(start)
    try:
        await asyncio.shield(starting)
    except asyncio.CancelledError:
        await asyncio.gather(asyncio.wait_for(starting, REQUEST_TIMEOUT_MS / 1000), return_exceptions=True)
        raise


async def check_partitions(client: AIOKafkaClient, topics: Iterable[Topic], *, prefix: str = "") -> None:
    """Refuse a topic whose records would be spread over another number of partitions; ask the brokers, not the cache."""
    cluster = await client.fetch_all_metadata()
    for topic in topics:
        name = prefix + topic.name
        found = cluster.partitions_for_topic(name)
        if not found:
            raise MissingTopic(f"Kafka has no topic {name}; create it with `python -m parley_chassis.provision`")
        if len(found) != PARTITIONS:
            raise UnusableTopic(
                f"Kafka topic {name} has {len(found)} partitions and must have {PARTITIONS}: with another number the events of a "
                "conversation part. Delete it and run `python -m parley_chassis.provision`; to grow, publish a new topic version"
            )


async def wait_for_topics(
    servers: str,
    topics: Iterable[Topic],
    *,
    prefix: str = "",
    client_id: str,
    security: KafkaSecurity = OPEN,
    patience: float = 60.0,
) -> None:
    """Wait until a broker answers and all topics are there; raise what is wrong when patience ends, a wrong topic at once."""
    wanted = tuple(topics)
    deadline, pause = time.monotonic() + patience, _FIRST_PAUSE
    while True:
        client = AIOKafkaClient(bootstrap_servers=servers, client_id=client_id, request_timeout_ms=REQUEST_TIMEOUT_MS, **security.arguments)
        try:
            await begin(client.bootstrap())
            await check_partitions(client, wanted, prefix=prefix)
        except (KafkaError, MissingTopic) as error:
            if time.monotonic() >= deadline:
                if isinstance(error, MissingTopic):
                    raise
                raise KafkaUnreachable(
                    f"no Kafka broker answered at {servers} within {patience:.0f} s; check KAFKA_BOOTSTRAP_SERVERS and KAFKA_SECURITY_…"
                ) from error
        else:
            return
        finally:
            await client.close()
        await asyncio.sleep(pause)
        pause = min(_LONGEST_PAUSE, pause * 2)
