"""Delivers a partition's records to the service: a batch in one transaction, and one by one what fails for a reason of its own."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Generic, TypeVar

import structlog
from parley_contracts.envelope import EventData
from parley_contracts.records import Event, Item, Mark
from parley_contracts.topics import Topic
from pymongo import ReturnDocument

from parley_chassis import telemetry, tracing
from parley_chassis.handlers import Handlers, Spoilt, passes
from parley_chassis.inbox import Inbox
from parley_chassis.mongo.documents import Unit
from parley_chassis.mongo.indexes import Index
from parley_chassis.mongo.transactions import Transactions
from parley_chassis.parking import Poison
from parley_chassis.tracing import Trace

Tx = TypeVar("Tx")

ATTEMPTS = "attempts"
INDEXES = (Index(ATTEMPTS, [("first", 1)], expire_after=timedelta(days=7)),)

PAUSES = (0.5, 2.0, 6.0, 12.0)
"""Seconds before the second to fifth attempt of a record; with jitter all five stay within 45 s."""

LONGEST = 1.5
"""Seconds after which a transaction takes no further record: well inside the database's limit for one."""

POISONED = 3
"""Poisonous records of one batch after which its rest is taken one by one, so that it is not run again for each."""

RECORDS = telemetry.counter("parley_consumer_records_total", "Records of a topic by what became of them", ["group", "topic", "outcome"])
STUCK = telemetry.counter("parley_consumer_clock_failures_total", "Watermarks that the service's clock failed on", ["group", "topic"])

ALARMS = {
    "parked": "A record was parked; its subject is frozen until a person decides",
    "refused": "A record cannot come from a relay and was refused",
    "conflicting": "Two events share a sequence",
    "partial": "A subject began before what can be read",
}

log = structlog.get_logger(__name__)


class Delivery(Generic[Tx]):
    """The failure policy: what passes is left to the caller, poison is parked, anything else is tried five times and parked."""

    def __init__(
        self,
        transact: Transactions[Tx],
        handlers: Handlers[Tx],
        group: str,
        *,
        pauses: Sequence[float] = PAUSES,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._transact = transact
        self._handlers = handlers
        self._group = group
        self._pauses = pauses
        self._jitter = jitter
        self.stepped = time.monotonic()
        """When the last step was made: a transaction tried, a failure counted."""

    def step(self) -> None:
        self.stepped = time.monotonic()

    async def deliver(self, topic: Topic, partition: int, items: Sequence[Item]) -> None:
        """Apply or park every item, in order; raises what is not the records' fault."""
        data, doomed = self._read(items)
        done, alone, poisoned = 0, False, 0
        while done < len(items):
            self.step()
            batch = items[done : done + 1] if alone else items[done:]
            try:
                done += await self._apply(topic, partition, batch, data, doomed, alone=alone)
            except Exception as error:
                spoilt = error if isinstance(error, Spoilt) else Spoilt(batch[0].record.offset, error)
                if passes(error) or spoilt.offset in doomed:
                    raise
                if spoilt.hopeless:
                    doomed[spoilt.offset] = spoilt.reason
                    poisoned += 1
                    alone = alone or poisoned >= POISONED
                elif not alone:
                    alone = True
                elif isinstance(batch[0], Mark):
                    # A watermark has no subject that could be parked; the next one says all that it says.
                    STUCK.labels(self._group, topic.name).inc()
                    log.error(
                        "The clock failed at a watermark, which is passed over", topic=topic.name, partition=partition, exc_info=error
                    )
                    done += 1
                else:
                    with tracing.under(Trace.after_record(batch[0].record)):
                        await self._count(topic, partition, spoilt, doomed)

    def _read(self, items: Sequence[Item]) -> tuple[dict[int, EventData], dict[int, str]]:
        """The data of the events that somebody listens for; what breaks its contract is to be parked."""
        data: dict[int, EventData] = {}
        doomed: dict[int, str] = {}
        for item in items:
            if isinstance(item, Event):
                try:
                    parsed = self._handlers.data_of(item.envelope)
                except Poison as poison:
                    doomed[item.record.offset] = poison.reason
                else:
                    if parsed is not None:
                        data[item.record.offset] = parsed
        return data, doomed

    async def _apply(
        self, topic: Topic, partition: int, items: Sequence[Item], data: Mapping[int, EventData], doomed: Mapping[int, str], *, alone: bool
    ) -> int:
        """One transaction; returns how many of the items are done."""

        loop = asyncio.get_running_loop()

        async def body(unit: Unit, tx: Tx) -> tuple[int, Counter[str]]:
            inbox = Inbox(unit, tx, self._handlers, topic, partition, doomed)
            await inbox.open(items, data)
            done, enough = 0, loop.time() + LONGEST
            for item in items:
                if await inbox.apply(item, data.get(item.record.offset)):
                    break
                done += 1
                if loop.time() > enough:
                    break
            if done:
                inbox.close(items[done - 1].record.offset)
            if alone:
                unit.documents(ATTEMPTS).remove(_attempt_id(topic, partition, items[0].record.offset))
            return done, inbox.tally

        done, tally = await self._transact.in_unit(body)
        self._tell(topic, partition, items, tally)
        return done

    def _tell(self, topic: Topic, partition: int, items: Sequence[Item], tally: Counter[str]) -> None:
        for outcome, count in tally.items():
            RECORDS.labels(self._group, topic.name, outcome).inc(count)
            if outcome in ALARMS:
                first, last = items[0].record.offset, items[-1].record.offset
                log.error(ALARMS[outcome], topic=topic.name, partition=partition, count=count, first_offset=first, last_offset=last)

    async def _count(self, topic: Topic, partition: int, spoilt: Spoilt, doomed: dict[int, str]) -> None:
        """Note the failed attempt, where a restart finds it; wait for the next one, or give the record up."""
        row = await self._transact.database[ATTEMPTS].find_one_and_update(
            {"_id": _attempt_id(topic, partition, spoilt.offset)},
            [{"$set": {"count": {"$add": [{"$ifNull": ["$count", 0]}, 1]}, "first": {"$ifNull": ["$first", "$$NOW"]}}}],
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        attempts: int = row["count"] if row else 1
        log.error(
            "A record could not be applied",
            topic=topic.name, partition=partition, offset=spoilt.offset, attempt=attempts, reason=spoilt.reason, where=spoilt.where,
        )  # fmt: skip
        if attempts > len(self._pauses):
            doomed[spoilt.offset] = spoilt.reason
        else:
            await asyncio.sleep(self._pauses[attempts - 1] * (0.75 + self._jitter() / 2))


def _attempt_id(topic: Topic, partition: int, offset: int) -> str:
    return f"{topic.name}/{partition}/{offset}"
