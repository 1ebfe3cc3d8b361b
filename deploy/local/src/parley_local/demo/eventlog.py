"""The events as they stand on the log: everything about given conversations, in the order of each topic."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from parley_contracts.envelope import Envelope, Malformed, read
from parley_contracts.topics import DELIVERIES, INQUIRIES, PARTITIONS, RESPONSES, TICKETS, WATERMARK, Topic

_TOPICS = (TICKETS, INQUIRIES, RESPONSES, DELIVERIES)


@dataclass(frozen=True)
class Stored:
    """One event and where it stands."""

    topic: Topic
    partition: int
    offset: int
    envelope: Envelope


async def events_about(servers: str, prefix: str, subjects: Sequence[str]) -> list[Stored]:
    """Every event about the subjects that is on the log now."""
    partitions = {TopicPartition(prefix + topic.name, number): topic for topic in _TOPICS for number in range(PARTITIONS)}
    consumer = AIOKafkaConsumer(bootstrap_servers=servers, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign(list(partitions))
        ends = await consumer.end_offsets(list(partitions))
        begins = await consumer.beginning_offsets(list(partitions))
        left = {place for place in partitions if ends[place] > begins[place]}
        found: list[Stored] = []
        while left:
            for place, records in (await consumer.getmany(timeout_ms=1000, max_records=5000)).items():
                found += [
                    Stored(partitions[place], place.partition, record.offset, envelope)
                    for record in records
                    if (envelope := _read(record.headers, record.value)) and envelope.subject in subjects and envelope.type != WATERMARK
                ]
            left = {place for place in left if await consumer.position(place) < ends[place]}
    finally:
        await consumer.stop()
    return sorted(found, key=lambda each: (each.envelope.time, each.topic.name, each.envelope.sequence or 0))


def _read(headers: Sequence[tuple[str, bytes]], value: bytes | None) -> Envelope | None:
    try:
        return read(headers, value)
    except Malformed:
        return None
