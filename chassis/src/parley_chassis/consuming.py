"""A subscription on the broker: FastStream wired so that nothing is skipped, acknowledged too early or sent anywhere."""

import asyncio
import contextlib
from collections.abc import Callable
from itertools import chain
from typing import Any, TypeVar

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import IllegalStateError
from faststream import AckPolicy
from faststream.exceptions import NackMessage
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka import Topic as KafkaTopic
from faststream.kafka.message import KafkaAckableMessage
from pymongo.errors import PyMongoError

from parley_chassis import fetching
from parley_chassis.assignment import Assignment, exit_process
from parley_chassis.commands import NotRun
from parley_chassis.kafka import KafkaSettings, begin, broker, wait_for_topics
from parley_chassis.loops import Loop, every, supervise
from parley_chassis.probes import Readiness
from parley_chassis.subscription import BESIDE, Subscription
from parley_chassis.watchdog import Patience, Watchdog

Tx = TypeVar("Tx")

BATCH = 1_000
"""Records of one look: few enough to be applied while a process that was told to stop may still take its time."""
STOP_WITHIN = 22.0

SESSION_MS = 6_000
HEARTBEAT_MS = 2_000
BATCH_WAIT_MS = 1_000
"""How long an empty look for records lasts. It ends as soon as one comes."""
FETCH_WAIT_MS = 500
"""How long a broker may keep a fetch open. While one is open nothing else is fetched: neither a batch that was given back nor a
partition whose records were still being applied when it was sent. Measured with two events a second that take 150 ms each, no other
partition moving: p99 1.2 s with 5,000, 0.8 s with 1,000, 0.4 s with 500, for 0.2 % of a core more than with 5,000 while idle."""

log = structlog.get_logger(__name__)


class Batch(KafkaAckableMessage):
    """What one look found: acknowledged or given back as a whole."""

    async def nack(self) -> None:
        """Give it back; where the group has been assigned anew since, every partition begins at its committed place by itself."""
        with contextlib.suppress(IllegalStateError):
            await super().nack()


async def consume(
    subscription: Subscription[Tx],
    settings: KafkaSettings,
    readiness: Readiness | None = None,
    *,
    patience: Patience = Patience(),
    die: Callable[[str], Any] = exit_process,
) -> None:
    """Read the subscription's topics until cancelled; waits for the broker and the topics first, and is ready with its partitions."""
    assigned = asyncio.Event()

    async def has_partitions() -> str | None:
        return None if assigned.is_set() else "the group has not assigned its partitions yet"

    if readiness is not None:
        readiness.add("kafka", has_partitions)
    servers, prefix = settings.kafka_bootstrap_servers, settings.topic_prefix
    await wait_for_topics(servers, subscription.topics, prefix=prefix, client_id=subscription.group, security=settings.kafka_security)
    connection = broker(servers, client_id=subscription.group, security=settings.kafka_security)
    assignment = attach(subscription, connection, prefix=prefix, die=die)
    watchdog = Watchdog(assignment, subscription, patience, die)

    async def read() -> None:
        await begin(connection.start())
        assigned.set()
        await asyncio.Event().wait()

    async def watch() -> None:
        await assignment.observe()
        await watchdog.look()

    try:
        await supervise(
            [
                Loop("reading", read),
                every(2, subscription.carry_out, name="decisions", transient=(NotRun, PyMongoError)),
                every(min(5.0, patience.fetch / 2), watch, name="consumer metrics"),
                every(15, subscription.measure, name="parked records", transient=(PyMongoError,)),
            ]
        )
    finally:
        # Measured: with its broker gone this hangs for ever, or raises CancelledError out of the blue.
        with contextlib.suppress(TimeoutError, asyncio.CancelledError):
            await asyncio.wait_for(connection.stop(), STOP_WITHIN)


def attach(subscription: Subscription[Tx], connection: KafkaBroker, *, prefix: str, die: Callable[[str], Any] = exit_process) -> Assignment:
    """Subscribe on a broker object. Each setting is there because a default loses, repeats or delays records."""
    fetching.install()
    topics = {prefix + topic.name: topic for topic in subscription.topics}
    assignment = Assignment(subscription.group, topics, die=die)

    async def parse(records: Any) -> KafkaMessage:
        # FastStream's own parser decodes the headers' values: one that is not UTF-8 raises, and the next commit passes over the record.
        return Batch(records, b"", message_id="-", correlation_id="-", consumer=subscriber.consumer)

    async def whole(message: KafkaMessage) -> KafkaMessage:
        return message

    async def handle(message: KafkaMessage) -> None:
        try:
            await subscription.handle(message.raw_message, topics, subscriber.consumer)
        except Exception as error:
            # Said in one line already; the framework would print every frame each time.
            raise NackMessage from error
        except asyncio.CancelledError:
            log.error("A handler was cancelled; its records come again", group=subscription.group)
            raise

    subscriber = connection.subscriber(
        *(KafkaTopic(name, declare=False) for name in topics),
        group_id=prefix + subscription.group,
        batch=True,
        max_records=BATCH,
        batch_timeout_ms=BATCH_WAIT_MS,
        fetch_max_wait_ms=FETCH_WAIT_MS,
        session_timeout_ms=SESSION_MS,
        heartbeat_interval_ms=HEARTBEAT_MS,
        auto_offset_reset="earliest",
        # On the subscriber: given to the broker it would be ignored by every router.
        ack_policy=AckPolicy.NACK_ON_ERROR,
        # Without it the handler's result would be sent to whatever topic a record's `reply_to` header names.
        no_reply=True,
        listener=assignment,
        parser=parse,
        decoder=whole,
    )
    # FastStream sleeps after an empty look, as long again: that delays the next record, or wakes the process all the time.
    subscriber.get_msg = spread  # type: ignore[method-assign]
    subscriber(handle)
    assignment.consumer = lambda: subscriber.consumer
    return assignment


async def spread(consumer: AIOKafkaConsumer) -> tuple[ConsumerRecord[Any, Any], ...]:
    """The next records, of several partitions where several have some: those are applied beside one another. Waits for the first one."""
    share = BATCH // BESIDE
    found: dict[TopicPartition, list[ConsumerRecord[Any, Any]]] = await consumer.getmany(timeout_ms=BATCH_WAIT_MS, max_records=share)
    try:
        await _fill(consumer, found, share)
    except Exception as error:
        # The client stands behind what it gave: without that, the next commit would pass over it. The fault comes again by itself.
        log.warning("A partition could not be read beside others", reason=repr(error))
    return tuple(chain.from_iterable(found.values()))


async def _fill(consumer: AIOKafkaConsumer, found: dict[TopicPartition, list[ConsumerRecord[Any, Any]]], share: int) -> None:
    """A share of further partitions; where no other one has any, the rest of those that are there."""
    for _ in range(1, BESIDE):
        taken = sum(map(len, found.values()))
        if taken == 0 or taken % share:
            return
        # A full share may be all one partition's, and the client would go on with that one.
        others = consumer.assignment() - found.keys()
        more = await consumer.getmany(*others, max_records=share) if others else {}
        if not more:
            for partition, records in (await consumer.getmany(max_records=BATCH - taken)).items():
                found.setdefault(partition, []).extend(records)
            return
        found |= more
