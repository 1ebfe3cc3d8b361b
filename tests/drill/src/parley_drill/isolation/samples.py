"""What the quiet market saw: how long each answer, each overdue fact and each mail took, and in which window that began."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from notifier.domain.words import Notice

from parley_drill.checks import clock
from parley_drill.evidence import Evidence
from parley_drill.marketplace import QUIET

WINDOWS = "windows.jsonl"
GRACE = 10.0
"""Seconds that every wait has beyond its due time before a watermark can prove it: what Parley does begins after it."""
SENT_OR_TO_BE = ("sent", "pending", "claimed", "dot", "retry", "ambiguous", "unconfirmed", "expired")


@dataclass(frozen=True, slots=True)
class Window:
    """A time in which one thing was so."""

    kind: str
    began: float
    ended: float


@dataclass(frozen=True, slots=True)
class Sample:
    """Something that began ``at`` and took so many seconds: without end where it never came."""

    at: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that is measured. What begins less than ``margin`` seconds before the window ends belongs to no window."""

    name: str
    margin: float
    samples: Callable[[Evidence], Iterator[Sample]]

    def within(self, sample: Sample, window: Window) -> bool:
        """By its beginning alone: if its own length decided, the slow ones would be left out."""
        return window.began <= sample.at <= window.ended - self.margin


def _answers(kind: str) -> Callable[[Evidence], Iterator[Sample]]:
    def found(evidence: Evidence) -> Iterator[Sample]:
        for line in evidence.history:
            if line["kind"] == kind and line["market"] == QUIET.id:
                answered = 0 < line["status"] < 500
                yield Sample(line["began"], line["at"] - line["began"] if answered else inf)

    return found


def _detections(evidence: Evidence) -> Iterator[Sample]:
    """Only where a watermark was the proof: a late answer proves it at once."""
    answers = {(record.key, record.envelope.time) for record in evidence.real if record.envelope}
    for record in evidence.of_type(clock.OVERDUE):
        if record.data.market == QUIET.id and (record.key, record.data.proof) not in answers:
            due = record.data.due.timestamp()
            yield Sample(due, record.timestamp - due - GRACE)
    for record in clock.missed(evidence):
        if record.data.market == QUIET.id:
            yield Sample(record.data.due.timestamp(), inf)


def _mails(evidence: Evidence) -> Iterator[Sample]:
    """From the commit to the moment when the mail server had taken it over, where nothing makes it wait by choice."""
    accepted: dict[str, float] = {}
    for mail in evidence.mails:
        accepted.setdefault(mail["message_id"], mail["at"])
    events = {record.envelope.id: record for record in evidence.real if record.envelope}
    for row in evidence.rows.get("deliveries", []):
        record = events.get(row["event_id"])
        if record is None or record.envelope is None or getattr(record.data, "market", None) != QUIET.id:
            continue
        if row["state"] in SENT_OR_TO_BE and not Notice(row["notice"]).grouped:
            at = record.envelope.time.timestamp()
            yield Sample(at, accepted.get(row["message_id"], inf) - at)


COMMANDS = Measure("commands", 1.0, _answers("command"))
LOOKS = Measure("looks", 1.0, _answers("read"))
DETECTION = Measure("detection", 12.0, _detections)
MAIL = Measure("mail", 5.0, _mails)
MEASURES = (COMMANDS, LOOKS, DETECTION, MAIL)


def windows(lines: Iterable[Mapping[str, Any]]) -> list[Window]:
    """As the journal has them."""
    return [Window(line["kind"], line["began"], line["ended"]) for line in lines]
