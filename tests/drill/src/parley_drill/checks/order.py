"""G3 and G4: everything that was committed is on the log, in order, in its partition, and not behind its watermark."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from parley_contracts.partitions import partition_of

from parley_drill.checks.violation import Violation
from parley_drill.evidence import Evidence
from parley_drill.log import TOPICS, Record, in_order


def check(evidence: Evidence) -> Iterator[Violation]:
    """The outboxes against the log, and the log against itself."""
    yield from _published(evidence)
    yield from _sequences(evidence)
    yield from _watermarks(evidence)


def unpublished(evidence: Evidence) -> list[str]:
    """What is in an outbox and not on the log."""
    logged = {(record.topic, record.envelope.id) for record in evidence.firsts if record.envelope}
    return [row["_id"] for row in evidence.rows.get("outbox", []) if row["topic"] in TOPICS and (row["topic"], row["_id"]) not in logged]


def _published(evidence: Evidence) -> Iterator[Violation]:
    for id in unpublished(evidence):
        yield Violation("I5 unpublished", "G3", f"event {id} is in the outbox and not on the log")
    committed = {(row["topic"], row["_id"]) for row in evidence.rows.get("outbox", [])}
    erased = {(record.topic, record.key): record for record in evidence.real if TOPICS[record.topic].compacted and record.value is None}
    for record in evidence.real:
        if record.envelope and (record.topic, record.envelope.id) not in committed and not _stands_before(record, erased):
            yield Violation("I5 phantom", "G3", f"event {record.envelope.id} of {record.topic} is on the log and in no outbox")


def _stands_before(record: Record, erased: dict[tuple[str, str | None], Record]) -> bool:
    """What was told of somebody who was erased since is in no outbox any more."""
    tombstone = erased.get((record.topic, record.key))
    return tombstone is not None and record.offset < tombstone.offset


def _sequences(evidence: Evidence) -> Iterator[Violation]:
    last: dict[tuple[str, str], int] = defaultdict(int)
    homes: dict[tuple[str, str], int] = {}
    for record in evidence.real:
        if record.envelope is None or record.envelope.sequence is None or record.key is None:
            continue
        subject = (record.topic, record.key)
        if record.envelope.sequence != last[subject] + 1:
            what = f"{record.topic} {record.key}: {record.envelope.sequence} came after {last[subject]}"
            yield Violation("I6 order", "G4", f"{what} (partition {record.partition}, offset {record.offset})")
        last[subject] = max(last[subject], record.envelope.sequence)
        if homes.setdefault(subject, record.partition) != record.partition or record.partition != partition_of(record.key.encode()):
            yield Violation("I6 order", "G4", f"{record.topic} {record.key} is in partition {record.partition}, where it does not belong")


def _watermarks(evidence: Evidence) -> Iterator[Violation]:
    """Behind a watermark no event comes that it excluded, unless it was there before."""
    highest: dict[tuple[str, int], datetime] = {}
    seen: set[str] = set()
    for record in in_order(evidence.records):
        place = (record.topic, record.partition)
        if record.watermark is not None:
            highest[place] = max(record.watermark, highest.get(place, record.watermark))
        elif record.envelope is not None and not record.own and record.is_event and record.envelope.id not in seen:
            seen.add(record.envelope.id)
            if place in highest and record.envelope.time <= highest[place]:
                behind = (highest[place] - record.envelope.time).total_seconds()
                yield Violation("I19 watermark", "G8", f"event {record.envelope.id} came {behind:.3f} s behind a watermark of {place}")
