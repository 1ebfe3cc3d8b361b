"""Applies a partition's records inside one transaction: in log order, each exactly once, or parked."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from parley_contracts.envelope import EventData
from parley_contracts.reading import is_newer, milliseconds
from parley_contracts.records import Erasure, Event, Item, Mark, Nothing, Record, Refusal, Unreadable, classify
from parley_contracts.topics import Tier, Topic

from parley_chassis import tracing
from parley_chassis.handlers import Handlers, blaming
from parley_chassis.mongo.documents import Unit
from parley_chassis.parking import PARKED, REFUSED, Poison, kept, parked_id, record_of
from parley_chassis.positions import POSITIONS, place_id, subject_id
from parley_chassis.records import Received, Tombstone
from parley_chassis.sequences import Sequences
from parley_chassis.tracing import Trace

Tx = TypeVar("Tx")

ERASED_KEPT = timedelta(days=30)
"""How long a tombstone's time stays, so that an older record does not bring back what was erased."""


class Inbox(Generic[Tx]):
    """One partition inside one attempt of one transaction."""

    def __init__(self, unit: Unit, tx: Tx, handlers: Handlers[Tx], topic: Topic, partition: int, doomed: Mapping[int, str]) -> None:
        self._unit = unit
        self._tx = tx
        self._handlers = handlers
        self._topic = topic
        self._partition = partition
        self._doomed = doomed
        self._positions = unit.documents(POSITIONS)
        self._place: dict[str, Any] = {}
        self._applied = -1
        self.tally: Counter[str] = Counter()
        self.sequences = Sequences(unit, tx, handlers, topic, doomed, self.tally)

    async def open(self, items: Sequence[Item] = (), data: Mapping[int, EventData] | None = None) -> None:
        """Read what the records need: how far the partition and each subject are, and what the service asks for."""
        id = place_id(self._topic.name, self._partition)
        named = [item for item in items if isinstance(item, Event | Unreadable | Erasure)]
        await self._positions.load([id, *(subject_id(self._topic.name, item.subject) for item in named)])
        self._place = await self._positions.get(id) or {"_id": id, "began": 0, "offset": -1, "watermark": None}
        self._applied = self._place["offset"]
        self.sequences.watermark = self._place["watermark"]
        self.sequences.applied = self._applied
        self.sequences.late = self._place["began"] > 0
        if not self._topic.compacted:
            await self.sequences.load(item for item in named if not isinstance(item, Erasure))
        if self._handlers.prefetch is not None and data:
            await self._handlers.prefetch(self._tx, list(self._expected(items, data)))

    def close(self, last: int = -1) -> int:
        """Note how far the partition was applied, and say it. The row keeps two from working on a partition at the same time."""
        offset: int = max(self._place["offset"], last)
        self._place["offset"] = offset
        self._positions.put(self._place)
        return offset

    async def apply(self, item: Item, data: EventData | None = None) -> bool:
        """Apply one item. True: there is more to do for it, the clock or an erasure, in a transaction of its own."""
        match item:
            case Mark():
                return await self._advance(item)
            case Refusal():
                self._refuse(item)
            case Erasure():
                return await self._erase(item)
            case Event() | Unreadable() if self._topic.compacted:
                await self._newest(item, data)
            case Event() | Unreadable():
                await self.sequences.take(item, data)
            case Nothing():
                pass
        return False

    async def _advance(self, mark: Mark) -> bool:
        """Move the clock. Only a service with one sees watermarks here; a repeated or older one says nothing new."""
        present: datetime | None = self._place["watermark"]
        if self._handlers.clock is None or (present is not None and mark.at <= present):
            return False
        work = self._handlers.clock.advance(self._tx, self._topic.name, self._partition, mark.at)
        if await blaming(mark.record.offset, work):
            return True
        self._place["watermark"] = self.sequences.watermark = mark.at
        return False

    def _refuse(self, refusal: Refusal) -> None:
        """Keep what cannot come from a relay; of a restricted topic without its value, which may be personal."""
        if refusal.record.offset <= self._applied:
            return
        row = kept(refusal.record) | {"_id": parked_id(refusal.record, "", None), "reason": refusal.reason, "at": self._unit.now}
        if self._topic.tier is Tier.RESTRICTED:
            row["value"] = None
        self._unit.documents(REFUSED).put(row)
        self.tally["refused"] += 1

    async def _newest(self, item: Event | Unreadable, data: EventData | None) -> None:
        """A compacted topic: the newest record of a subject holds."""
        reason = item.reason if isinstance(item, Unreadable) else self._doomed.get(item.record.offset)
        if reason is not None or isinstance(item, Unreadable):
            self._set_aside(item.record, item.subject, reason)
        elif await self._is_newer(item.subject, item.envelope.time, item.record.offset):
            handler = self._handlers.events.get(item.envelope.type)
            if handler is not None and data is not None:
                received = Received(self._topic, self._partition, item.record.offset, item.envelope, data, None)
                with tracing.under(Trace.after(item.envelope.traceparent, item.envelope.first_traceparent)):
                    await blaming(item.record.offset, handler[1](self._tx, received))
            self._keep(item.subject, item.envelope.time, item.record.offset, None)
            self.tally["applied" if handler else "unknown"] += 1

    async def _erase(self, item: Erasure) -> bool:
        """A tombstone: the service forgets the subject, and so does parking. True: there is more to forget."""
        offset = item.record.offset
        if reason := self._doomed.get(offset):
            self._set_aside(item.record, item.subject, reason)
            return False
        if not await self._is_newer(item.subject, item.time, offset):
            return False
        if handler := self._handlers.tombstones.get(self._topic.name):
            tombstone = Tombstone(self._topic, self._partition, offset, item.subject, item.time)
            with tracing.under(Trace.after_record(item.record)):
                if await blaming(offset, handler(self._tx, tombstone)):
                    return True
        parked = self._unit.documents(PARKED)
        for row in await parked.find({"topic": self._topic.name, "subject": item.subject}):
            parked.remove(row["_id"])
        self._keep(item.subject, item.time, offset, self._unit.now + ERASED_KEPT)
        self.tally["erased"] += 1
        return False

    def _set_aside(self, record: Record, subject: str, reason: str | None) -> None:
        """Park poison of a compacted topic. It freezes nothing: the subject's next record replaces it."""
        if record.offset <= self._applied:
            return
        notes = {"subject": subject, "sequence": None, "watermark": None, "reason": reason, "at": self._unit.now}
        self._unit.documents(PARKED).put(kept(record) | notes | {"_id": parked_id(record, subject, None)})
        self.tally["parked"] += 1

    async def again(self, parked: dict[str, Any]) -> str | None:
        """Apply a parked record of a compacted topic after all; the reason where it still cannot be."""
        item = classify(record_of(parked, self._topic))
        if reason := self._doomed.get(parked["offset"]):
            return reason
        match item:
            case Erasure():
                while await self._erase(item):
                    pass
            case Event():
                try:
                    data = self._handlers.data_of(item.envelope)
                except Poison as poison:
                    return poison.reason
                await self._newest(item, data)
            case Unreadable() | Refusal():
                return item.reason
        return None

    async def _is_newer(self, subject: str, time: datetime, offset: int) -> bool:
        row = await self._positions.get(subject_id(self._topic.name, subject))
        if is_newer((row["time"], row["offset"]) if row else None, time, offset):
            return True
        self.tally["duplicate"] += 1
        return False

    def _keep(self, subject: str, time: datetime, offset: int, expires: datetime | None) -> None:
        row: dict[str, Any] = {"_id": subject_id(self._topic.name, subject), "time": milliseconds(time), "offset": offset}
        if expires is not None:
            row["expires"] = expires
        self._positions.put(row)

    def _expected(self, items: Sequence[Item], data: Mapping[int, EventData]) -> Iterator[Received[Any]]:
        """What the handlers are about to get, repeats and records that will be parked included."""
        watermark: datetime | None = self._place["watermark"]
        for item in items:
            if isinstance(item, Mark) and self._handlers.clock is not None:
                watermark = max(watermark, item.at) if watermark else item.at
            elif isinstance(item, Event) and item.record.offset in data:
                parsed = data[item.record.offset]
                yield Received(self._topic, self._partition, item.record.offset, item.envelope, parsed, watermark)
