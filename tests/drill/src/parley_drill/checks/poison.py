"""G13: what cannot be applied is parked within a minute, and the rest of its partition goes on meanwhile."""

from collections.abc import Iterator

from parley_drill.checks.takeovers import effects_by_record
from parley_drill.checks.violation import Violation
from parley_drill.evidence import Evidence
from parley_drill.journal import Line

WITHIN = 60.0
AFTERMATH = 20.0
"""Seconds after a fault for which it may be the reason: what stood still meanwhile is being made up for."""

HARMLESS = ("records", "mail")
"""Faults that disturb no consumer."""


def check(evidence: Evidence) -> Iterator[Violation]:
    """Each parked record, and the effects of the witness in partitions that hold one; a clock that jumped measures nothing."""
    if any(fault["kind"] == "clock-jump" for fault in evidence.faults):
        return
    faults = [fault for fault in evidence.faults if fault["kind"] not in HARMLESS]
    for row, appended in _parked(evidence):
        if (waited := _quiet(faults, appended, row["at"].timestamp())) > WITHIN:
            what = f"{row['database']} parked {row['sequence']} of {row['topic']} {row['subject']} after {waited:.0f} s without a fault"
            yield Violation("I17 parked late", "G13", what)
    poisoned: dict[tuple[str, int], float] = {}
    frozen: set[tuple[str, str]] = set()
    for row, appended in _parked(evidence):
        if row["database"] == "witness":
            place = (row["topic"], row["partition"])
            poisoned[place] = min(appended, poisoned.get(place, appended))
            frozen.add((row["topic"], row["subject"]))
    for record, done in effects_by_record(evidence):
        since = poisoned.get((record.topic, record.partition))
        if (record.topic, record.key) in frozen or since is None:
            continue
        if record.timestamp >= since and (waited := _quiet(faults, record.timestamp, done)) > WITHIN:
            what = f"the witness applied {record.partition}/{record.offset} of {record.topic} {waited:.0f} s late, behind a parked record"
            yield Violation("I17 blocked", "G13", what)


def delays(evidence: Evidence) -> list[float]:
    """From the log to the row, faults or not."""
    return [row["at"].timestamp() - appended for row, appended in _parked(evidence)]


def _parked(evidence: Evidence) -> Iterator[tuple[Line, float]]:
    """Each parked row, with the time at which its record was appended."""
    appended = {(record.topic, record.partition, record.offset): record.timestamp for record in evidence.records}
    for row in evidence.rows.get("parked", []):
        place = (row["topic"], row.get("partition"), row.get("offset"))
        if place in appended:
            yield row, appended[place]


def _quiet(faults: list[Line], since: float, until: float) -> float:
    """The longest time between the two at which no fault was near."""
    longest, free = 0.0, since
    for fault in sorted(faults, key=lambda each: float(each["began"])):
        longest = max(longest, min(fault["began"], until) - free)
        free = max(free, fault["ended"] + AFTERMATH)
    return max(longest, until - free)
