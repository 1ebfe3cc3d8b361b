"""A broker in memory: producers whose records arrive after their death, groups that deal out partitions that are still at work.

A fake of what the relay's sender calls on a producer (``create_batch``, ``send_batch``), given to the relay as its ``Kafka``; and a
consumer that drives ``Subscription.handle`` as FastStream does with the wiring of ``consuming.attach``: batches that chain
partitions together, positions committed after the handler, a failed batch again from its beginning.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

from aiokafka import TopicPartition
from aiokafka.errors import OutOfOrderSequenceNumber
from parley_chassis.kafka import Kafka
from parley_contracts.topics import PARTITIONS, Topic

from parley_simulation.database.server import BEGINNING
from parley_simulation.loop import NOBODY, Process, VirtualLoop
from parley_simulation.waiting import News, end, pause

Place = tuple[str, int]
Sent = tuple[bytes | None, bytes | None, Any]
"""Key, value, headers."""

Handle = Callable[[Sequence[Any], Any], Awaitable[None]]

MOST = 40
"""Records of one batch at most; a real one has a thousand, and breaks histories less often."""


class Record(NamedTuple):
    """As a ``ConsumerRecord``."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


class Broker:
    """The logs, and how far each group committed."""

    def __init__(self, loop: VirtualLoop, chance: random.Random) -> None:
        self.loop = loop
        self.chance = chance
        self.logs: dict[Place, list[Record]] = {}
        self.committed: dict[str, dict[Place, int]] = {}
        self.down_until = 0.0
        self.lost_acks = 0.0
        self.refusing = 0.0
        self._broken: set[tuple[int, Place]] = set()
        self._arrivals: dict[tuple[int, Place], float] = {}
        self.news = News(loop)

    def receive(self, producer: int, place: Place, records: Sequence[Sent]) -> asyncio.Future[None]:
        """Records are under way: they are appended even if whoever sent them has died; the order of one producer's stays."""
        acknowledged: asyncio.Future[None] = self.loop.create_future()
        if (producer, place) in self._broken or self.chance.random() < self.refusing:
            # An idempotent producer that lost a batch cannot go on in that partition, ever.
            self._broken.add((producer, place))
            self._later(self.chance.random() * 5, _refuse, acknowledged)
            return acknowledged
        before = self._arrivals.get((producer, place), 0.0)
        at = max(self.loop.time() + self.chance.random() * 0.01, self.down_until + self.chance.random(), before + 1e-6)
        self._arrivals[producer, place] = at
        self._later(at - self.loop.time(), self._append, place, records, acknowledged)
        return acknowledged

    def _append(self, place: Place, records: Sequence[Sent], acknowledged: "asyncio.Future[None]") -> None:
        log = self.logs.setdefault(place, [])
        at = int(BEGINNING.timestamp() * 1000 + self.loop.time() * 1000)
        for key, value, headers in records:
            log.append(Record(*place, len(log), at, key, value, tuple(headers)))
        if self.chance.random() >= self.lost_acks:
            self._later(self.chance.random() * 0.01, end, acknowledged)
        self.news.tell()

    def put(self, record: Record) -> None:
        """Append a record as it is."""
        log = self.logs.setdefault((record.topic, record.partition), [])
        assert record.offset == len(log)
        log.append(record)
        self.news.tell()

    def _later(self, seconds: float, what: Callable[..., None], *args: Any) -> None:
        """In the broker, which outlives whoever asked."""
        self.loop.call_later(seconds, what, *args, context=NOBODY)

    def end_of(self, place: Place) -> int:
        return len(self.logs.get(place, ()))


def _refuse(acknowledged: "asyncio.Future[None]") -> None:
    if not acknowledged.done():
        acknowledged.set_exception(OutOfOrderSequenceNumber())
        acknowledged.exception()  # whoever asked may have died: nobody need look


class MemoryKafka(Kafka):
    """What a relay is given in place of brokers."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    async def started(self, topics: Iterable[Topic]) -> Any:
        await pause(self._broker.chance.random() * 0.1)
        producer = Producer(self._broker)
        await producer.start()
        return producer


@dataclass
class _Batch:
    records: list[Sent] = field(default_factory=list)

    def append(self, *, key: bytes | None, value: bytes | None, timestamp: int | None, headers: Any) -> object | None:
        # A small batch, so that the records of one call part.
        if len(self.records) >= 5:
            return None
        self.records.append((key, value, headers))
        return self


class Producer:
    """The calls that the relay makes."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._id = broker.chance.getrandbits(48)
        self.client = _Client()

    async def start(self) -> None:
        await pause(0.01)

    async def stop(self) -> None:
        await pause(0.01)

    def create_batch(self) -> _Batch:
        return _Batch()

    async def send_batch(self, batch: _Batch, topic: str, *, partition: int) -> asyncio.Future[None]:
        await pause(self._broker.chance.random() * 0.002)
        return self._broker.receive(self._id, (topic, partition), batch.records)


class _Client:
    async def close(self) -> None:
        await pause(0.001)

    async def fetch_all_metadata(self) -> "_Client":
        await pause(0.001)
        return self

    def partitions_for_topic(self, _: str) -> set[int]:
        return set(range(PARTITIONS))


class Group:
    """Deals out partitions. A new member gets some while the one that had them may still be in the middle of a batch."""

    def __init__(self, broker: Broker, name: str, topics: Sequence[Topic]) -> None:
        self.broker = broker
        self.committed = broker.committed.setdefault(name, {})
        self.places = [(topic.name, number) for topic in topics for number in range(PARTITIONS)]
        self.members: list[Process] = []
        self.generation = 0

    def join(self, member: Process) -> None:
        self.members = [each for each in self.members if each.alive] + [member]
        self.generation += 1

    def dealt_to(self, member: Process) -> list[Place]:
        """Those of the dead are dealt anew at once: a session that ends later only delays."""
        living = [each for each in self.members if each.alive and not each.stopped]
        if member not in living:
            return []
        return [place for number, place in enumerate(self.places) if living[number % len(living)] is member]


class Consumer:
    """One member of a group."""

    def __init__(self, group: Group, handle: Handle, *, ack_first: bool = False) -> None:
        self._group = group
        self._broker = group.broker
        self._handle = handle
        self._ack_first = ack_first
        self._positions: dict[Place, int] = {}

    async def beginning_offsets(self, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        await pause(0.001)
        return dict.fromkeys(places, 0)

    async def run(self) -> None:
        """Read for ever."""
        group, broker, me = self._group, self._broker, self._broker.loop.here()
        group.join(me)
        held: list[Place] = []
        while True:
            dealt = group.dealt_to(me)
            if dealt != held:
                held = dealt
                self._positions = {place: group.committed.get(place, 0) for place in held}
            records = self._fetch() if broker.loop.time() >= broker.down_until else []
            if not records:
                await broker.news.wait(2.0)
                continue
            await self._deliver(records)

    def _fetch(self) -> list[Record]:
        chance, found = self._broker.chance, list[Record]()
        for place, position in self._positions.items():
            # A fetch may bring any part of what is there.
            if position < self._broker.end_of(place):
                found += self._broker.logs[place][position : position + chance.randint(1, MOST)]
        return found

    async def _deliver(self, records: list[Record]) -> None:
        if self._ack_first:
            self._commit(records)
        try:
            await self._handle(records, cast(Any, self))
        except Exception:
            return
        for record in records:
            self._positions[record.topic, record.partition] = record.offset + 1
        # The commit is sent beside the next fetch, and a death in between repeats the batch.
        if self._broker.chance.random() < 0.5:
            await pause(self._broker.chance.random() * 0.01)
        self._commit(records)

    def _commit(self, records: list[Record]) -> None:
        """Of partitions that were dealt to somebody else meanwhile, a broker refuses it."""
        mine = self._group.dealt_to(self._broker.loop.here())
        for record in records:
            if (record.topic, record.partition) in mine:
                self._group.committed[record.topic, record.partition] = record.offset + 1
