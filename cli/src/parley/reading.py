"""Reads topics from the brokers without a group: nothing is committed, and nobody's place moves."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from typing import Literal

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from parley_chassis import fetching
from parley_contracts.records import Record
from parley_contracts.topics import PARTITIONS, Topic

from parley.brokers import Brokers
from parley.problem import CannotDo

PATIENCE = 10.0
POLL_MS = 500

Start = Literal["beginning", "now"] | datetime


async def records(at: Brokers, topics: Sequence[Topic], start: Start, *, once: bool) -> AsyncGenerator[Record, None]:
    """Each record from ``start`` on, in order within its partition; ``once``: up to the last one that is there now."""
    fetching.install()
    places = {TopicPartition(at.topic_prefix + topic.name, number): topic for topic in topics for number in range(PARTITIONS)}
    consumer = AIOKafkaConsumer(
        bootstrap_servers=at.kafka_bootstrap_servers, enable_auto_commit=False, auto_offset_reset="earliest", **at.kafka_security.arguments
    )
    try:
        await _start(consumer, at)
        if missing := {place.topic for place in places} - await consumer.topics():
            raise CannotDo(f"The brokers have no topic {', '.join(sorted(missing))}. Check PARLEY_TOPIC_PREFIX.")
        consumer.assign(list(places))
        ends = await consumer.end_offsets(list(places))
        for place, offset in (await _begin(consumer, ends, start)).items():
            consumer.seek(place, offset)
        while not once or [place for place in places if await consumer.position(place) < ends[place]]:
            for place, found in (await consumer.getmany(timeout_ms=POLL_MS)).items():
                for record in found:
                    if not once or record.offset < ends[place]:
                        yield Record.of(places[place], record)
    except KafkaError as error:
        raise CannotDo(f"The brokers at {at.kafka_bootstrap_servers} cannot be read: {error}.") from None
    finally:
        await consumer.stop()


async def _start(consumer: AIOKafkaConsumer, at: Brokers) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            await consumer.start()
    except (KafkaError, TimeoutError):
        raise CannotDo(
            f"No Kafka broker answered at {at.kafka_bootstrap_servers} within {PATIENCE:g} s. "
            "Check PARLEY_KAFKA_BOOTSTRAP_SERVERS and PARLEY_KAFKA_SECURITY_…."
        ) from None


async def _begin(consumer: AIOKafkaConsumer, ends: dict[TopicPartition, int], start: Start) -> dict[TopicPartition, int]:
    if start == "now":
        return ends
    first: dict[TopicPartition, int] = await consumer.beginning_offsets(list(ends))
    if isinstance(start, datetime):
        found = await consumer.offsets_for_times(dict.fromkeys(ends, int(start.timestamp() * 1000)))
        return {place: found[place].offset if found.get(place) else ends[place] for place in ends}
    return first
