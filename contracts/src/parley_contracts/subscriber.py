"""For a subscriber with any Kafka client: what a record tells, typed, and whether it is new to its subject."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from parley_contracts.envelope import EventData, faults
from parley_contracts.reading import Last, Verdict, is_newer, milliseconds, verdict
from parley_contracts.records import Erasure, Event, Mark, Nothing, Record, Refusal, Unreadable, classify
from parley_contracts.registry import data_of


@dataclass(frozen=True, slots=True)
class Fact(Event):
    """An event whose data is what its type promises."""

    data: EventData


@dataclass(frozen=True, slots=True)
class Unknown(Event):
    """An event of a type that this version does not know: nothing to do, but it moves the last sequence."""


Told = Fact | Unknown | Erasure | Mark | Unreadable | Refusal | Nothing


def understand(record: Record) -> Told:
    """What a record tells. Never fails: poison is ``Unreadable``, what cannot come from a relay is a ``Refusal``; both say why."""
    item = classify(record)
    if not isinstance(item, Event):
        return item
    try:
        data = data_of(item.envelope)
    except ValidationError as error:
        return Unreadable(record, item.subject, item.sequence, "; ".join(faults(error)))
    return Unknown(record, item.envelope) if data is None else Fact(record, item.envelope, data)


class Progress:
    """How far each subject of a topic was taken, from ``last`` on: keep it with the effects, in the same transaction.

    ``late`` says that the partition's first readable offset was above 0 when the reading began: some subjects have no beginning.
    """

    def __init__(self, last: Mapping[str, Last] | None = None, *, late: bool = False) -> None:
        self.last = dict(last or {})
        self._late = late

    def judge(self, event: Event | Unreadable) -> Verdict:
        """Whether to take it; poison too has its place where its sequence could be read, and is a gap where not."""
        if event.sequence is None:
            return Verdict.GAP
        id = event.envelope.id if isinstance(event, Event) else None
        return verdict(self.last.get(event.subject), event.sequence, id, late=self._late)

    def take(self, event: Event | Unreadable) -> None:
        """Its effect is stored, or there is none; or a person decided that it counts as read. The subject moves on."""
        if event.sequence is not None:
            self.last[event.subject] = Last(event.sequence, event.envelope.id if isinstance(event, Event) else None)


class Newest:
    """A compacted topic, which has no sequences: of each subject the newest record holds, a tombstone too."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[datetime, int]] = {}

    def take(self, item: Event | Erasure) -> bool:
        """Whether it is newer than what was taken of its subject; then it holds."""
        time, offset = item.time if isinstance(item, Erasure) else item.envelope.time, item.record.offset
        newer = is_newer(self.kept.get(item.subject), time, offset)
        if newer:
            self.kept[item.subject] = milliseconds(time), offset
        return newer
