"""Reads topics once more from their beginning, up to given places and without a group: to build a state again beside the live one."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Generic, TypeVar

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from parley_contracts.topics import Topic

from parley_chassis import fetching
from parley_chassis.consuming import BATCH
from parley_chassis.decisions import DECISIONS, OF_PARKED, Decision, decision
from parley_chassis.handlers import passes
from parley_chassis.kafka import REQUEST_TIMEOUT_MS, KafkaSettings, KafkaUnreachable, wait_for_topics
from parley_chassis.mongo.driver import Database
from parley_chassis.subscription import Subscription

Tx = TypeVar("Tx")

PATIENCE = 10.0
ATTEMPTS = 5

Places = Mapping[tuple[str, int], int]
"""For each (topic, partition) the offset of the last record that counts."""


class AnotherLog(RuntimeError):
    """A partition ends before the place up to which it was to be read: it is not the log that the place was taken from."""


@asynccontextmanager
async def replaying(subscription: Subscription[Tx], database: Database, settings: KafkaSettings) -> AsyncIterator["Replay[Tx]"]:
    """Open the log for a subscription whose effects go into this database, which knows nothing of it yet."""
    fetching.install()
    servers, prefix, security = settings.kafka_bootstrap_servers, settings.topic_prefix, settings.kafka_security
    await wait_for_topics(servers, subscription.topics, prefix=prefix, client_id="replay", security=security, patience=PATIENCE)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=servers,
        client_id="replay",
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        request_timeout_ms=REQUEST_TIMEOUT_MS,
        **security.arguments,
    )
    await consumer.start()
    try:
        yield Replay(subscription, database, consumer, prefix)
    finally:
        await consumer.stop()


class Replay(Generic[Tx]):
    """A log that is read again, each partition for itself, and how far it is."""

    def __init__(self, subscription: Subscription[Tx], database: Database, consumer: AIOKafkaConsumer, prefix: str) -> None:
        self._subscription = subscription
        self._database = database
        self._consumer = consumer
        self._topics: dict[str, Topic] = {prefix + topic.name: topic for topic in subscription.topics}
        self._next: dict[TopicPartition, int] = {}
        self._repeated: set[str] = set()
        self.applied = 0

    async def read_to(self, places: Places, decisions: Sequence[Decision]) -> list[Decision]:
        """Apply what stands up to these places, and at its own place what people decided; returns the decisions with their new results."""
        repeated = []
        for name, topic in self._topics.items():
            for partition in {partition for at, partition in places if at == topic.name}:
                last = places[topic.name, partition]
                for each in decisions:
                    if self._belongs(each, topic, partition, last):
                        await self._read(TopicPartition(name, partition), each.offset or 0)
                        repeated.append(await self._repeat(each))
                await self._read(TopicPartition(name, partition), last)
        return repeated

    def _belongs(self, each: Decision, topic: Topic, partition: int, last: int) -> bool:
        here = (each.topic, each.partition) == (topic.name, partition) and each.verb in OF_PARKED
        return here and each.id not in self._repeated and each.offset is not None and each.offset <= last

    async def _repeat(self, each: Decision) -> Decision:
        """Ask for the same here, and have it carried out."""
        self._repeated.add(each.id)
        asked = {name: getattr(each, name) for name in ("by", "reason", "asked_at", "topic", "subject", "record")}
        await self._database[DECISIONS].insert_one({"_id": each.id, "verb": each.verb.value, **asked, "done_at": None})
        await self._subscription.carry_out()
        again = await decision(self._database, each.id)
        assert again is not None
        return again

    async def _read(self, partition: TopicPartition, last: int) -> None:
        """Apply a partition's records up to this offset."""
        self._consumer.assign([partition])
        begins = (await self._consumer.beginning_offsets([partition]))[partition]
        ends = (await self._consumer.end_offsets([partition]))[partition]
        where = f"{partition.topic}/{partition.partition}"
        if ends <= last:
            raise AnotherLog(f"{where} ends at offset {ends - 1}, and was to be read up to {last}: it is not the log that was read before")
        position = max(begins, self._next.get(partition, 0))
        self._consumer.seek(partition, position)
        while position <= last:
            found = await self._consumer.getmany(partition, timeout_ms=int(PATIENCE * 1000), max_records=BATCH)
            records = [record for record in found.get(partition, []) if record.offset <= last]
            if not records:
                raise KafkaUnreachable(f"{where} gave no record within {PATIENCE:.0f} s; see to Kafka first")
            await self._apply(records)
            position = self._next[partition] = records[-1].offset + 1

    async def _apply(self, records: list[ConsumerRecord[Any, Any]]) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                await self._subscription.handle(records, self._topics, self._consumer)
            except Exception as error:
                if attempt == ATTEMPTS or not passes(error):
                    raise
            else:
                break
        self.applied += len(records)
