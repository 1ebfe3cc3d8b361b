"""Records that no healthy relay writes: repeats, gaps, wrong order and poison, about conversations of the drill's own."""

import json
import random
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from parley_contracts.envelope import Envelope
from parley_contracts.partitions import partition_of
from parley_contracts.topics import INQUIRIES, PARTITIONS, TICKETS, Topic

from parley_drill.witness import Noted

SOURCES = {TICKETS: "/ticketing", INQUIRIES: "/inquiries"}
ENDS_WITHIN_MS = 5_000
REPEATED = 25


class Records:
    """Writes to the topics of conversations; the checker learns from the log itself what must become of it."""

    def __init__(self, servers: str) -> None:
        self._servers = servers

    async def disturb(self, chance: random.Random) -> int:
        """One disturbance; returns how many records it was."""
        what: Callable[..., object] = chance.choice([self._repeat, self._gap, self._reorder, self._poison])
        producer = AIOKafkaProducer(bootstrap_servers=self._servers, acks="all", request_timeout_ms=ENDS_WITHIN_MS)
        try:
            await producer.start()
            return int(await what(producer, chance))  # type: ignore[misc]
        except KafkaError:
            return 0  # the broker is down just now
        finally:
            await producer.stop()

    async def _repeat(self, producer: AIOKafkaProducer, chance: random.Random) -> int:
        """What a relay that was thought dead does: old records once more, watermarks among them."""
        topic, partition = chance.choice(list(SOURCES)), chance.randrange(PARTITIONS)
        place = TopicPartition(topic.name, partition)
        consumer = AIOKafkaConsumer(bootstrap_servers=self._servers, enable_auto_commit=False)
        await consumer.start()
        try:
            consumer.assign([place])
            end = (await consumer.end_offsets([place]))[place]
            consumer.seek(place, max(0, end - chance.randrange(1, 400)))
            batches = await consumer.getmany(place, timeout_ms=2_000, max_records=REPEATED)
        finally:
            await consumer.stop()
        old = batches.get(place, [])
        for record in old:
            await producer.send_and_wait(topic.name, record.value, key=record.key, headers=list(record.headers), partition=partition)
        return len(old)

    async def _gap(self, producer: AIOKafkaProducer, chance: random.Random) -> int:
        """The third record never comes: those after it stay parked."""
        topic, subject = _own(chance)
        for sequence in (1, 2, 4, 5):
            await self._note(producer, topic, subject, sequence)
        return 4

    async def _reorder(self, producer: AIOKafkaProducer, chance: random.Random) -> int:
        """What is missing comes late: then everything is applied, in order."""
        topic, subject = _own(chance)
        for sequence in (1, 3, 4, 2, 3):
            await self._note(producer, topic, subject, sequence)
        return 5

    async def _poison(self, producer: AIOKafkaProducer, chance: random.Random) -> int:
        """A record that cannot be read, and one after it that could."""
        topic, subject = _own(chance)
        await self._note(producer, topic, subject, 1)
        good = noted(topic, subject, 2)
        value, headers = chance.choice(
            [
                (b"\xff\xfe not JSON", list(good.headers())),
                (b"{" * 5_000, list(good.headers())),
                (b"[]", list(good.headers())),
                (json.dumps({"text": 7}).encode(), list(good.headers())),
                (None, list(good.headers())),
            ]
        )
        await producer.send_and_wait(topic.name, value, key=good.key, headers=headers, partition=partition_of(good.key))
        await self._note(producer, topic, subject, 3)
        return 3

    async def _note(self, producer: AIOKafkaProducer, topic: Topic, subject: str, sequence: int) -> None:
        event = noted(topic, subject, sequence)
        await producer.send_and_wait(
            topic.name, event.value, key=event.key, headers=list(event.headers()), partition=partition_of(event.key)
        )


def _own(chance: random.Random) -> tuple[Topic, str]:
    return chance.choice(list(SOURCES)), str(uuid.UUID(int=chance.getrandbits(128), version=4))


def noted(topic: Topic, subject: str, sequence: int) -> Envelope:
    """One event of a subject of the drill's own."""
    id = str(uuid.uuid5(uuid.UUID(subject), str(sequence)))
    data = Noted(text=f"note {sequence}")
    return Envelope.of(
        data,
        id=id,
        source=SOURCES[topic],
        subject=subject,
        time=datetime.now(UTC),
        sequence=sequence,
        correlationid=id,
        causationid="drill",
    )
