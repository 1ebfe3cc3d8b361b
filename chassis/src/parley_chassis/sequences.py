"""Topics with sequences: each subject's next event is applied, repeats are dropped, anything else is parked and freezes the subject."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from parley_contracts.envelope import EventData
from parley_contracts.reading import Last, Verdict, verdict
from parley_contracts.records import Event, Refusal, Unreadable, classify
from parley_contracts.topics import Topic

from parley_chassis import tracing
from parley_chassis.handlers import Handlers, blaming
from parley_chassis.mongo.documents import Unit
from parley_chassis.parking import PARKED, Poison, in_order, kept, parked_id, record_of
from parley_chassis.positions import FORGOTTEN, POSITIONS, born, subject_id
from parley_chassis.records import Received
from parley_chassis.tracing import Trace

Tx = TypeVar("Tx")
Row = dict[str, Any]


class Sequences(Generic[Tx]):
    """The subjects of one partition inside one attempt of one transaction.

    ``doomed`` names the offsets that are to be parked, with the reason. ``watermark`` is the partition's present one, ``applied``
    its last offset that was applied before, and ``late`` says that records were gone from it when the group began.
    """

    def __init__(self, unit: Unit, tx: Tx, handlers: Handlers[Tx], topic: Topic, doomed: Mapping[int, str], tally: Counter[str]) -> None:
        self._unit = unit
        self._tx = tx
        self._handlers = handlers
        self._topic = topic
        self._doomed = doomed
        self._tally = tally
        self._rows = unit.documents(POSITIONS)
        self._parked = unit.documents(PARKED)
        self.watermark: datetime | None = None
        self.applied = -1
        self.late = False

    async def load(self, items: Iterable[Event | Unreadable]) -> None:
        """Read what is parked of the items' subjects, with one query, where any is frozen."""
        frozen = [item for item in items if (await self.row(item.subject))["parked"]]
        await self._parked.load(parked_id(item.record, item.subject, item.sequence) for item in frozen)

    async def row(self, subject: str) -> Row:
        """How far a subject was applied."""
        id = subject_id(self._topic.name, subject)
        return await self._rows.get(id) or {"_id": id, "sequence": 0, "parked": 0}

    async def take(self, item: Event | Unreadable, data: EventData | None) -> None:
        """Apply, drop or park one record."""
        row = await self.row(item.subject)
        seen = self._verdict(item, row)
        if seen is Verdict.CONFLICT:
            self._tally["conflicting"] += 1
        if seen in (Verdict.DUPLICATE, Verdict.CONFLICT) or await self._waits(item, row):
            self._tally["duplicate"] += 1
        elif isinstance(item, Unreadable):
            await self._park(item, row, item.reason)
        elif reason := self._doomed.get(item.record.offset):
            await self._park(item, row, reason)
        elif row["parked"]:
            await self._fill(item, data, row)
        elif seen is Verdict.GAP:
            await self._park(item, row, f"sequence {row['sequence'] + 1} is missing before it")
        else:
            if seen is Verdict.PARTIAL:
                row["partial"] = True
                self._tally["partial"] += 1
            await self._apply(item, data, row, self.watermark)

    def _verdict(self, item: Event | Unreadable, row: Row) -> Verdict:
        if item.sequence is None:
            return Verdict.DUPLICATE if item.record.offset <= self.applied else Verdict.NEW
        last = Last(row["sequence"], row["event"]) if "event" in row else None
        late = self.late or (last is None and self._may_be_forgotten(item.subject))
        return verdict(last, item.sequence, item.envelope.id if isinstance(item, Event) else None, late=late)

    def _may_be_forgotten(self, subject: str) -> bool:
        made = born(subject)
        return made is not None and made < self._unit.now - FORGOTTEN

    def _keep(self, subject: str, row: Row) -> None:
        """Nothing that waits for a person expires, and no row of a subject that could begin again: its sequence goes on."""
        row.pop("expires", None)
        if not row["parked"] and born(subject) is not None:
            # Whole days: the index is written once a day for a subject, and not with each of its events.
            row["expires"] = self._unit.now.replace(hour=0, minute=0, second=0, microsecond=0) + FORGOTTEN + timedelta(days=1)
        self._rows.put(row)

    async def _waits(self, item: Event | Unreadable, row: Row) -> bool:
        """Whether it is parked already."""
        id = parked_id(item.record, item.subject, item.sequence)
        return bool(row["parked"]) and item.sequence is not None and await self._parked.get(id) is not None

    async def _apply(self, event: Event, data: EventData | None, row: Row, watermark: datetime | None) -> None:
        """Hand the event to the service and move the subject's sequence; a type that nobody handles moves it too."""
        envelope, record = event.envelope, event.record
        handler = self._handlers.events.get(envelope.type)
        if handler is not None and data is not None:
            received = Received(record.topic, record.partition, record.offset, envelope, data, watermark)
            with tracing.under(Trace.after(envelope.traceparent, envelope.first_traceparent)):
                await blaming(record.offset, handler[1](self._tx, received))
        self._tally["applied" if handler else "unknown"] += 1
        row["sequence"] = envelope.sequence
        row["event"] = envelope.id
        self._keep(event.subject, row)

    async def _park(self, item: Event | Unreadable, row: Row, reason: str) -> None:
        """Keep the record; the first one of a subject freezes it."""
        if not row["parked"] and self._handlers.clock is not None:
            await blaming(item.record.offset, self._handlers.clock.freeze(self._tx, self._topic.name, item.subject))
        row["parked"] += 1
        self._keep(item.subject, row)
        self._parked.put(
            {
                "_id": parked_id(item.record, item.subject, item.sequence),
                **kept(item.record),
                "subject": item.subject,
                "sequence": item.sequence,
                "reason": reason,
                "at": self._unit.now,
                "watermark": self.watermark,
            }
        )
        self._tally["parked"] += 1

    async def _fill(self, event: Event, data: EventData | None, row: Row) -> None:
        """The subject is frozen: the record that its first parked one misses is applied at that one's place, others are parked."""
        waiting = await self.waiting(event.subject)
        misses = waiting[0]["sequence"] is not None and waiting[0]["sequence"] > row["sequence"] + 1
        if misses and event.sequence == row["sequence"] + 1:
            await self._apply(event, data, row, waiting[0]["watermark"])
            await self.follow(event.subject, row, event.record.offset)
        else:
            await self._park(event, row, "a record of its subject is parked before it")

    async def waiting(self, subject: str) -> list[Row]:
        """The subject's parked rows, in the order in which they are to be applied."""
        return in_order(await self._parked.find({"topic": self._topic.name, "subject": subject}))

    async def follow(self, subject: str, row: Row, offset: int) -> None:
        """Apply the parked records that are next now, each with the watermark of its place; thaw when none is left."""
        waiting = await self.waiting(subject)
        while waiting and waiting[0]["sequence"] is not None and await self.retry(waiting[0], row):
            waiting.pop(0)
        row["parked"] = len(waiting)
        self._keep(subject, row)
        if not waiting and self._handlers.clock is not None:
            await blaming(offset, self._handlers.clock.thaw(self._tx, self._topic.name, subject, self.watermark))

    async def retry(self, parked: Row, row: Row) -> bool:
        """Apply a parked record at its own place; False, with the reason noted, where it stays parked."""
        item = classify(record_of(parked, self._topic))
        reason = self._doomed.get(parked["offset"])
        if isinstance(item, Event) and reason is None:
            try:
                data = self._handlers.data_of(item.envelope)
            except Poison as poison:
                reason = poison.reason
            else:
                if item.envelope.sequence == row["sequence"] + 1:
                    await self._apply(item, data, row, parked["watermark"])
                    self._parked.remove(parked["_id"])
                    return True
                reason = f"sequence {row['sequence'] + 1} is missing before it"
        elif isinstance(item, Unreadable | Refusal):
            reason = item.reason
        self._parked.put(parked | {"reason": reason})
        return False

    def drop(self, parked: Row) -> None:
        """Forget a parked record."""
        self._parked.remove(parked["_id"])
