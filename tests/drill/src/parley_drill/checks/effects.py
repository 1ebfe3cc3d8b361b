"""G5 and G13: each consumer applied each event exactly once, or parked it, and its place is the log's end."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from parley_contracts.topics import INQUIRIES, RESPONSES, TICKETS

from parley_drill.checks.violation import Violation
from parley_drill.evidence import Evidence
from parley_drill.log import Record, in_order
from parley_drill.witness import Noted

_CONVERSATIONS = (TICKETS.name, INQUIRIES.name)
READS = {
    "ticketing": (RESPONSES.name,),
    "inquiries": (RESPONSES.name,),
    "notifier": (*_CONVERSATIONS, RESPONSES.name),
    "sla_monitor": _CONVERSATIONS,
    "witness": _CONVERSATIONS,
}
"""The topics with sequences that each consumer reads."""


@dataclass
class Place:
    """How far one subject must have come: the reference of page 5's rule, in ten lines."""

    sequence: int = 0
    parked: dict[int, Record] = field(default_factory=dict)
    applied: list[str] = field(default_factory=list)
    poisoned: set[int] = field(default_factory=set)

    def take(self, record: Record, *, readable: bool) -> None:
        envelope = record.envelope
        if envelope is None or envelope.sequence is None or envelope.sequence <= self.sequence or envelope.sequence in self.parked:
            return
        if not readable or self.parked or envelope.sequence != self.sequence + 1:
            self.parked[envelope.sequence] = record
            if not readable:
                self.poisoned.add(envelope.sequence)
            self._drain()
            return
        self.sequence = envelope.sequence
        self.applied.append(envelope.id)

    def _drain(self) -> None:
        while (following := self.sequence + 1) in self.parked and following not in self.poisoned:
            record = self.parked.pop(following)
            assert record.envelope is not None
            self.sequence = following
            self.applied.append(record.envelope.id)


def places(evidence: Evidence, consumer: str) -> dict[tuple[str, str], Place]:
    """How far the consumer must have come with each subject."""
    found: dict[tuple[str, str], Place] = {}
    for record in in_order(evidence.records):
        if record.topic in READS[consumer] and record.is_event and record.key is not None:
            # What is of the drill's own only the witness can read, and so only the witness can fail to.
            readable = record.value is not None and (record.data is not None or (record.type == Noted.type and consumer != "witness"))
            found.setdefault((record.topic, record.key), Place()).take(record, readable=readable)
    return found


def check(evidence: Evidence) -> Iterator[Violation]:
    """Places, parked records and the witness's effects against the log."""
    for consumer in READS:
        yield from _consumer(evidence, consumer)
    yield from _witness(evidence)


def _consumer(evidence: Evidence, consumer: str) -> Iterator[Violation]:
    kept = {row["_id"]: row for row in evidence.rows.get("positions", []) if row["database"] == consumer}
    parked = {(row["topic"], row["subject"], row["sequence"]) for row in evidence.rows.get("parked", []) if row["database"] == consumer}
    expected = places(evidence, consumer)
    for (topic, subject), place in expected.items():
        row = kept.get(f"{topic}/{subject}")
        applied = row["sequence"] if row else 0
        if applied != place.sequence:
            what = f"{consumer} is at {applied} of {topic} {subject}, the log says {place.sequence}"
            yield Violation("I8 place", "G5", what)
        for sequence in place.parked.keys() - {number for name, key, number in parked if (name, key) == (topic, subject)}:
            yield Violation("I8 parked", "G13", f"{consumer} neither applied nor parked {sequence} of {topic} {subject}")
    for topic, subject, sequence in parked:
        if sequence is not None and sequence not in expected.get((topic, subject), Place()).parked:
            yield Violation("I8 parked", "G5", f"{consumer} holds {sequence} of {topic} {subject} parked for no reason")


def _witness(evidence: Evidence) -> Iterator[Violation]:
    done = Counter((row["topic"], row["event"]) for row in evidence.rows.get("effects", []))
    due = {(topic, event) for (topic, _), place in places(evidence, "witness").items() for event in place.applied}
    for topic, event in due - done.keys():
        yield Violation("I7 lost effect", "G5", f"event {event} of {topic} had no effect")
    for (topic, event), count in done.items():
        if count > 1:
            yield Violation("I7 repeated effect", "G5", f"event {event} of {topic} had its effect {count} times")
        if (topic, event) not in due:
            yield Violation("I7 phantom effect", "G5", f"event {event} of {topic} had an effect that the log does not allow")
