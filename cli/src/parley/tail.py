"""`parley tail`: what stands on the log, one JSON object a record, and what is added."""

import argparse
import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from parley_contracts.envelope import Envelope, Malformed, read, timestamp
from parley_contracts.topics import PARTITIONS, TICK, TOPICS, WATERMARK, Tier, Topic
from pydantic_core import from_json

from parley import printing
from parley.brokers import Brokers, brokers
from parley.problem import CannotDo
from parley.settings import Settings

PATIENCE = 10.0
POLL_MS = 500

_BY_NAME = {topic.name: topic for topic in TOPICS}
_PUBLIC = [topic.name for topic in TOPICS if topic.tier is Tier.PUBLIC]


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("topic", nargs="*", default=_PUBLIC, help=f"of these alone (default: {', '.join(_PUBLIC)})")
    parser.add_argument("--subject", help="about this conversation, seller, party or order alone")
    parser.add_argument("--type", help="of this type alone, such as parley.ticket.created.v1")
    parser.add_argument("--beginning", action="store_true", help="from the first record that is kept (default: what is added from now on)")
    parser.add_argument("--once", action="store_true", help="end at the last record that is there now")
    parser.add_argument("--watermarks", action="store_true", help="watermarks and ticks too")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace, settings: Settings) -> None:
    unknown = [name for name in given.topic if name not in _BY_NAME]
    if unknown:
        raise CannotDo(f"There is no topic {', '.join(unknown)}; there are: {', '.join(_BY_NAME)}.")
    with suppress(KeyboardInterrupt):
        asyncio.run(_tail(brokers(), [_BY_NAME[name] for name in given.topic], given, lambda record: printing.one(record)))


async def _tail(at: Brokers, topics: Sequence[Topic], given: argparse.Namespace, tell: Callable[[dict[str, Any]], None]) -> None:
    places = {TopicPartition(at.topic_prefix + topic.name, number): topic for topic in topics for number in range(PARTITIONS)}
    consumer = AIOKafkaConsumer(
        bootstrap_servers=at.kafka_bootstrap_servers, enable_auto_commit=False, auto_offset_reset="earliest", **at.kafka_security.arguments
    )
    try:
        async with asyncio.timeout(PATIENCE):
            await consumer.start()
    except (KafkaError, TimeoutError):
        await consumer.stop()
        raise CannotDo(
            f"No Kafka broker answered at {at.kafka_bootstrap_servers} within {PATIENCE:g} s. "
            "Check PARLEY_KAFKA_BOOTSTRAP_SERVERS and PARLEY_KAFKA_SECURITY_…."
        ) from None
    try:
        missing = {place.topic for place in places} - await consumer.topics()
        if missing:
            raise CannotDo(f"The brokers have no topic {', '.join(sorted(missing))}. Check PARLEY_TOPIC_PREFIX.")
        consumer.assign(list(places))
        await _follow(consumer, places, given, tell)
    finally:
        await consumer.stop()


async def _follow(
    consumer: AIOKafkaConsumer, places: Mapping[TopicPartition, Topic], given: argparse.Namespace, tell: Callable[[dict[str, Any]], None]
) -> None:
    ends = await consumer.end_offsets(list(places))
    if not given.beginning:
        for place, end in ends.items():
            consumer.seek(place, end)
    while not given.once or [place for place in places if await consumer.position(place) < ends[place]]:
        for place, records in (await consumer.getmany(timeout_ms=POLL_MS)).items():
            for record in records:
                if not given.once or record.offset < ends[place]:
                    found = told(places[place], record)
                    if _wanted(found, given):
                        tell(found)


def told(topic: Topic, record: Any) -> dict[str, Any]:
    """A record as it is printed; `parley validate` reads it."""
    place = {"topic": topic.name, "partition": record.partition, "offset": record.offset}
    try:
        envelope = read(record.headers, record.value)
        return place | attributes(envelope) | {"data": None if envelope.value is None else from_json(envelope.value)}
    except Malformed as error:
        return place | {"subject": (record.key or b"").decode(errors="replace"), "unreadable": str(error)}
    except ValueError:
        return place | attributes(envelope) | {"unreadable": "the data is not JSON"}


def attributes(envelope: Envelope) -> dict[str, Any]:
    """The attributes of an event by their names in CloudEvents."""
    return {
        "type": envelope.type,
        "source": envelope.source,
        "subject": envelope.subject,
        "sequence": envelope.sequence,
        "time": timestamp(envelope.time),
        "id": envelope.id,
        "correlationid": envelope.correlationid,
        "causationid": envelope.causationid,
    }


def _wanted(found: Mapping[str, Any], given: argparse.Namespace) -> bool:
    if found.get("type") in (WATERMARK, TICK) and not given.watermarks:
        return False
    return given.subject in (None, found.get("subject")) and given.type in (None, found.get("type"))
