"""What a consumer was assigned and how far it is, so that one that stands still is seen."""

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError
from parley_contracts.topics import PARTITIONS, Topic

from parley_chassis import telemetry

LAG = telemetry.gauge(
    "parley_consumer_lag_records", "Records of an assigned partition that were not read yet", ["group", "topic", "partition"]
)
FETCHED = telemetry.gauge(
    "parley_consumer_fetch_age_seconds", "Time since a broker last answered for a partition", ["group", "topic", "partition"]
)
ASSIGNED = telemetry.gauge("parley_consumer_assigned_partitions", "Partitions that this process reads", ["group"])

POSITION_TIMEOUT = 1.0

log = structlog.get_logger(__name__)


def exit_process(reason: str) -> NoReturn:
    """End at once, to be started again: nothing of this process may go on."""
    log.critical("This process ends, to be started again", reason=reason)
    os._exit(1)


class Assignment(ConsumerRebalanceListener):  # type: ignore[misc]
    """The partitions that one subscriber has; refuses a topic with another number of partitions."""

    def __init__(self, group: str, topics: Mapping[str, Topic], *, die: Callable[[str], Any] = exit_process) -> None:
        self._group = group
        self._topics = topics
        self._die = die
        self._held: set[TopicPartition] = set()
        self._answers: dict[TopicPartition, tuple[int | None, float]] = {}
        self.waiting_since: float | None = time.monotonic()
        """Since when the group owes an assignment, by the monotonic clock; one without partitions is one too."""
        self.consumer: Callable[[], AIOKafkaConsumer | None] = lambda: None

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        for partition in self._held:
            for metric in (LAG, FETCHED):
                metric.remove(*self._labels(partition))
        self._held = set()
        self.waiting_since = time.monotonic()
        ASSIGNED.labels(self._group).set(0)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        self._held = set(assigned)
        self._answers = dict.fromkeys(assigned, (None, time.monotonic()))
        self.waiting_since = None
        for partition in assigned:
            for metric in (LAG, FETCHED):
                metric.labels(*self._labels(partition)).set(0)
        ASSIGNED.labels(self._group).set(len(assigned))
        log.info("Partitions assigned", group=self._group, partitions=len(assigned))
        consumer = self.consumer()
        if consumer is None:
            return
        for name in {partition.topic for partition in assigned}:
            found = consumer.partitions_for_topic(name) or ()
            if len(found) != PARTITIONS:
                self._die(f"Kafka topic {name} has {len(found)} partitions and must have {PARTITIONS}; the events of a subject would part")

    async def observe(self) -> None:
        """Measure lag and the age of the last answer of each partition."""
        consumer = self.consumer()
        if consumer is None:
            return
        for partition in tuple(self._held):
            try:
                stamp, end = consumer.last_poll_timestamp(partition), consumer.highwater(partition)
                async with asyncio.timeout(POSITION_TIMEOUT):
                    position = await consumer.position(partition)
            except (TimeoutError, IllegalStateError, AssertionError):
                continue  # being assigned anew
            if partition in self._held:
                LAG.labels(*self._labels(partition)).set(max(0, (end or position) - position))
                FETCHED.labels(*self._labels(partition)).set(self._age(partition, stamp))

    def _age(self, partition: TopicPartition, stamp: int | None) -> float:
        """Seconds since the broker's answers were last seen to move: wall clocks jump."""
        now = time.monotonic()
        known, at = self._answers[partition]
        if stamp != known:
            self._answers[partition] = stamp, now
            return 0.0
        return now - at

    def oldest_answer(self, default: float) -> float:
        """When the partition was answered for that waits longest, by the monotonic clock."""
        return min((at for _, at in self._answers.values()), default=default)

    def _labels(self, partition: TopicPartition) -> tuple[str, str, str]:
        return self._group, self._topics[partition.topic].name, str(partition.partition)
