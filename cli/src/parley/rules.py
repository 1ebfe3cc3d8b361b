"""The contract's rules for a whole record: catalogue, schema, limits, and what stands before it in the log."""

from collections.abc import Iterator
from datetime import datetime

from parley_contracts.envelope import MAX_HEADER_BYTES, MAX_VALUE_BYTES, SCHEMA_BASE
from parley_contracts.reading import Verdict
from parley_contracts.records import Erasure, Mark, Record, Refusal, Unreadable
from parley_contracts.subscriber import Fact, Progress, Unknown, understand

_GAP = "a sequence is missing before {sequence}: an event was lost, or stands outside of what was read"


class Rules:
    """Records in the order of the log, each partition for itself; what a rule forbids is named."""

    def __init__(self) -> None:
        self._progress: dict[tuple[str, int], Progress] = {}
        self._times: dict[tuple[str, str], datetime] = {}
        self._marks: dict[tuple[str, int], datetime] = {}
        self.repeats = 0

    def faults(self, record: Record) -> Iterator[str]:
        """What is wrong with the next record."""
        place = record.topic.name, record.partition
        # Where the reading begins above offset 0, a subject may have lost its beginning to retention.
        progress = self._progress.setdefault(place, Progress(late=record.offset > 0))
        told = understand(record)
        match told:
            case Unreadable() | Refusal():
                yield told.reason
            case Mark():
                self._marks[place] = max(told.at, self._marks.get(place, told.at))
            case Fact() | Unknown():
                yield from _of_itself(told)
                if not record.topic.compacted:
                    yield from self._in_the_log(place, progress, told)
            case Erasure():
                pass

    def _in_the_log(self, place: tuple[str, int], progress: Progress, event: Fact | Unknown) -> Iterator[str]:
        verdict = progress.judge(event)
        if verdict is Verdict.DUPLICATE:
            self.repeats += 1
            return
        if verdict is Verdict.CONFLICT:
            yield f"sequence {event.sequence} of {event.subject} has another id than the event before it"
            return
        if verdict is Verdict.GAP:
            yield _GAP.format(sequence=event.sequence)
        progress.take(event)
        about, time = (place[0], event.subject), event.envelope.time
        if time < self._times.get(about, time):
            yield "its time is before that of the event before it"
        self._times[about] = time
        if (mark := self._marks.get(place)) and time <= mark:
            yield "it stands after a watermark that says that everything up to its time has come"


def _of_itself(event: Fact | Unknown) -> Iterator[str]:
    envelope, topic = event.envelope, event.record.topic
    if isinstance(event, Unknown):
        yield f"the contract has no type {envelope.type}"
    elif envelope.type not in topic.types:
        yield f"{envelope.type} does not belong on {topic.name}"
    elif envelope.dataschema and envelope.dataschema != SCHEMA_BASE + envelope.type:
        yield f"ce_dataschema is {envelope.dataschema} and must be {SCHEMA_BASE}{envelope.type}"
    if topic.publisher != "marketplace":
        if envelope.source != f"/{topic.publisher}":
            yield f"ce_source is {envelope.source} and must be /{topic.publisher}"
        if envelope.causationid in ("", envelope.id):
            yield "ce_causationid must name the event or command that caused it, not itself"
    if len(envelope.value or b"") > MAX_VALUE_BYTES:
        yield f"the value has more than {MAX_VALUE_BYTES} bytes"
    if sum(len(name) + len(value or b"") for name, value in event.record.headers) > MAX_HEADER_BYTES:
        yield f"the headers have more than {MAX_HEADER_BYTES} bytes"
