"""A service's one subscription: at least once from Kafka, in log order, each effect exactly once."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from itertools import starmap
from typing import Any, Generic, TypeVar

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from parley_contracts.envelope import EventData
from parley_contracts.records import Item, Mark, Nothing, Record, classify
from parley_contracts.topics import Topic
from pymongo import UpdateOne

from parley_chassis import decisions, delivery, parking, positions
from parley_chassis.delivery import Delivery
from parley_chassis.handlers import Clock, Handlers, Prefetch, TombstoneHandler, passes
from parley_chassis.mongo.transactions import Transactions
from parley_chassis.positions import POSITIONS, place_id
from parley_chassis.records import Received, Tombstone
from parley_chassis.resolving import Resolver

__all__ = ["INDEXES", "Clock", "Received", "Subscription", "Tombstone"]

Tx = TypeVar("Tx")
D = TypeVar("D", bound=EventData)

INDEXES = (*positions.INDEXES, *parking.INDEXES, *decisions.INDEXES, *delivery.INDEXES)
"""What the database of a service that subscribes needs beside its own."""

ASK_TIMEOUT = 10.0
LONGEST_PAUSE = 10.0
BESIDE = 3
"""Partitions that are applied at the same time: the database works on one while this process works on another."""

log = structlog.get_logger(__name__)

Place = tuple[Topic, int]


class Subscription(Generic[Tx]):
    """Handlers for the events of some topics; each runs in the transaction that applies its partition's batch.

    ``prefetch`` gets what a batch holds, before its first handler, to read all that they need at once.
    """

    def __init__(
        self,
        *,
        group: str,
        topics: Sequence[Topic],
        transact: Transactions[Tx],
        clock: Clock[Tx] | None = None,
        prefetch: Prefetch[Tx] | None = None,
        pauses: Sequence[float] = delivery.PAUSES,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.group = group
        self.topics = tuple(topics)
        self._handlers: Handlers[Tx] = Handlers(clock, prefetch)
        self._transact = transact
        self._delivery = Delivery(transact, self._handlers, group, pauses=pauses, jitter=jitter)
        self._resolver = Resolver(transact, self._handlers, {topic.name: topic for topic in topics})
        self._jitter = jitter
        self._begun: set[Place] = set()
        self._failures = 0
        self._handling = False

    @property
    def step(self) -> float | None:
        """When the present batch made its last step, by the monotonic clock; None between batches."""
        return self._delivery.stepped if self._handling else None

    def on(self, data_type: type[D], handler: Callable[[Tx, Received[D]], Awaitable[None]]) -> None:
        """Hand events of this type to the handler; data that breaks the contract is parked, not handed."""
        if data_type.type in self._handlers.events:
            raise ValueError(f"{data_type.type} has a handler already; call both from one")
        self._handlers.events[data_type.type] = (data_type, handler)

    def on_tombstone(self, topic: Topic, handler: TombstoneHandler[Tx]) -> None:
        """Hand the erasures of a compacted topic to the handler."""
        if not topic.compacted:
            raise ValueError(f"{topic.name} is not compacted: it has no tombstones")
        self._handlers.tombstones[topic.name] = handler

    async def carry_out(self) -> int:
        """Carry out what people decided about parked records; returns how many decisions."""
        return await self._resolver.carry_out()

    async def measure(self) -> None:
        """Say as a metric how many records wait for a person."""
        await parking.measure(self._transact.database, self.group)

    async def handle(self, records: Sequence[ConsumerRecord], topics: Mapping[str, Topic], consumer: AIOKafkaConsumer) -> None:
        """Apply a batch of any partitions. What fails and will pass is raised, after a pause: the batch comes again."""
        self._delivery.step()
        self._handling = True
        try:
            await self._handle(_parted(records, topics), topics, consumer)
        except Exception as error:
            self._failures += 1
            pause = min(LONGEST_PAUSE, 0.2 * 2 ** min(self._failures, 8)) * (0.5 + self._jitter())
            level = log.warning if passes(error) else log.error
            level("A batch could not be applied and comes again", reason=repr(error), pause=round(pause, 2), failures=self._failures)
            await asyncio.sleep(pause)
            raise
        else:
            self._failures = 0
        finally:
            self._handling = False

    async def _handle(self, parted: dict[Place, list[Item]], topics: Mapping[str, Topic], consumer: AIOKafkaConsumer) -> None:
        work = {place: wanted for place, items in parted.items() if (wanted := self._wanted(place[0], items))}
        if not work:
            return
        await self._begin([place for place in work if place not in self._begun], topics, consumer)
        quiet = _quiet(work)
        if quiet and await self._nothing_due(quiet):
            await self._pass(quiet, work)
            work = {place: items for place, items in work.items() if place not in quiet}
        turn = asyncio.Semaphore(BESIDE)

        async def deliver(place: Place, items: list[Item]) -> None:
            async with turn:
                await self._delivery.deliver(*place, items)

        # What one of them failed with waits for the others: none is given up in the middle of a transaction.
        failed = await asyncio.gather(*starmap(deliver, work.items()), return_exceptions=True)
        if error := next(filter(None, failed), None):
            raise error

    def _wanted(self, topic: Topic, items: list[Item]) -> list[Item]:
        """Without watermarks where no clock asks for them: then they cost no database work. A tick says how far its topic was read."""
        if topic.compacted:
            return items
        unwanted = Nothing if self._handlers.clock is not None else (Nothing, Mark)
        return [item for item in items if not isinstance(item, unwanted)]

    async def _nothing_due(self, quiet: Mapping[Place, datetime]) -> bool:
        assert self._handlers.clock is not None
        marks = {(topic.name, partition): at for (topic, partition), at in quiet.items()}
        try:
            return await self._handlers.clock.nothing_due(marks)
        except Exception as error:
            if passes(error):
                raise
            log.error("The clock could not say whether anything is due", group=self.group, exc_info=error)
            return False

    async def _pass(self, quiet: Mapping[Place, datetime], work: Mapping[Place, list[Item]]) -> None:
        """Store watermarks that make nothing due: one statement for all their partitions."""
        await self._transact.database[POSITIONS].bulk_write(
            [
                UpdateOne(
                    {"_id": place_id(topic.name, partition)},
                    {"$max": {"watermark": at, "offset": work[topic, partition][-1].record.offset}},
                )
                for (topic, partition), at in quiet.items()
            ],
            ordered=False,
        )

    async def _begin(self, places: Sequence[Place], topics: Mapping[str, Topic], consumer: AIOKafkaConsumer) -> None:
        """Note, when the group first meets a partition, its first offset that can be read: a subject may be older."""
        if not places:
            return
        names = {topic: name for name, topic in topics.items()}
        async with asyncio.timeout(ASK_TIMEOUT):
            first = await consumer.beginning_offsets([TopicPartition(names[topic], partition) for topic, partition in places])
        await self._transact.database[POSITIONS].bulk_write(
            [
                UpdateOne(
                    {"_id": place_id(topic.name, partition)},
                    {"$setOnInsert": {"began": first[TopicPartition(names[topic], partition)], "offset": -1, "watermark": None}},
                    upsert=True,
                )
                for topic, partition in places
            ],
            ordered=False,
        )
        self._begun.update(places)


def _parted(records: Sequence[Any], topics: Mapping[str, Topic]) -> dict[Place, list[Item]]:
    """A batch chains partitions together; each has its own order."""
    parted: dict[tuple[str, int], list[Item]] = {}
    for raw in records:
        parted.setdefault((raw.topic, raw.partition), []).append(classify(Record.of(topics[raw.topic], raw)))
    return {(topics[name], partition): items for (name, partition), items in parted.items()}


def _quiet(work: Mapping[Place, list[Item]]) -> dict[Place, datetime]:
    """The partitions that hold nothing but watermarks, with the highest of each."""
    found: dict[Place, datetime] = {}
    for place, items in work.items():
        marks = [item.at for item in items if isinstance(item, Mark)]
        if len(marks) == len(items):
            found[place] = max(marks)
    return found
