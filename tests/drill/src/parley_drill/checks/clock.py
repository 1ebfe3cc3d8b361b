"""G8 to G10: no false overdue, none missed, each once, and what the clock said is what the log gives."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from parley_contracts import words
from parley_contracts.conversation import Closed, ReplyPosted
from parley_contracts.sla import Outcome, ResponseExpected, ResponseOverdue, ResponseOverdueRetracted, ResponseSettled

from parley_drill.checks.reference import told_by
from parley_drill.checks.violation import Violation
from parley_drill.evidence import Evidence
from parley_drill.log import Record

EXPECTED, OVERDUE, RETRACTED, SETTLED = (
    each.type for each in (ResponseExpected, ResponseOverdue, ResponseOverdueRetracted, ResponseSettled)
)
ESCALATED = ("parley.ticket.escalated.v1", "parley.inquiry.escalated.v1")


def check(evidence: Evidence) -> Iterator[Violation]:
    """Two oracles: the answers alone, which know nothing of watermarks, and the pure fold over the log."""
    yield from _answered_in_time(evidence)
    yield from _proved(evidence)
    yield from _once(evidence)
    yield from _retracted(evidence)
    yield from _as_the_log_says(evidence)


def false_overdue(evidence: Evidence) -> list[Record]:
    """Overdue facts although an answer, or a close, stood in the conversation at or before due."""
    by_conversation: dict[str, list[Record]] = defaultdict(list)
    for record in evidence.real:
        if isinstance(record.data, ReplyPosted | Closed) and record.key:
            by_conversation[record.key].append(record)
    return [record for record in evidence.of_type(OVERDUE) if any(map(_ends(record.data), by_conversation[record.key or ""]))]


def _ends(cycle: Any) -> Any:
    def ended(record: Record) -> bool:
        assert record.envelope is not None
        if not cycle.start < record.envelope.time <= cycle.due:
            return False
        said = record.data
        return isinstance(said, Closed) or (
            said.message.visibility is words.Visibility.PUBLIC and said.message.author_role.value == cycle.owed_by.value
        )

    return ended


def _answered_in_time(evidence: Evidence) -> Iterator[Violation]:
    for record in false_overdue(evidence):
        yield Violation(
            "I11 false overdue", "G8", f"wait {record.data.cycle_id} of {record.key} was called overdue and had an answer in time"
        )


def _proved(evidence: Evidence) -> Iterator[Violation]:
    """An overdue fact names what proved it: a watermark of the conversation's partition, or an event of the conversation, after due."""
    marks = {(record.partition, record.watermark) for record in evidence.records if record.watermark is not None}
    times = {(record.key, record.envelope.time) for record in evidence.real if record.envelope}
    for record in evidence.of_type(OVERDUE):
        proof = record.data.proof
        if proof <= record.data.due or not {(record.partition, proof), (record.key, proof)} & (marks | times):
            yield Violation("I11 unproved overdue", "G8", f"wait {record.data.cycle_id} of {record.key}: nothing on the log proves {proof}")


def missed(evidence: Evidence) -> list[Record]:
    """Waits that passed their due time unanswered, and of which nothing was said; judged by the lowest last watermark."""
    lowest = _lowest_watermark(evidence)
    overdue = {record.data.cycle_id for record in evidence.of_type(OVERDUE)}
    settled = [record.data for record in evidence.of_type(SETTLED)]
    # A wait that was voided, because its conversation was erased, needs no overdue fact first.
    ended = {each.cycle_id: each.start if each.outcome is Outcome.VOIDED else each.settled_at for each in settled}
    return [
        record
        for record in evidence.of_type(EXPECTED)
        if record.data.due < lowest
        and record.data.cycle_id not in overdue
        and ended.get(record.data.cycle_id, datetime.max.replace(tzinfo=UTC)) > record.data.due
    ]


def _lowest_watermark(evidence: Evidence) -> datetime:
    highest: dict[tuple[str, int], datetime] = {}
    for record in evidence.records:
        if record.watermark is not None:
            place = (record.topic, record.partition)
            highest[place] = max(record.watermark, highest.get(place, record.watermark))
    return min(highest.values(), default=datetime.min.replace(tzinfo=UTC))


def _once(evidence: Evidence) -> Iterator[Violation]:
    for record in missed(evidence):
        yield Violation(
            "I12 missed overdue", "G9", f"wait {record.data.cycle_id} of {record.key} passed {record.data.due} and nothing was said"
        )
    for what, records in (("overdue", evidence.of_type(OVERDUE)), ("settled", evidence.of_type(SETTLED))):
        for cycle, count in Counter(record.data.cycle_id for record in records).items():
            if count > 1:
                yield Violation("I13 once", "G10", f"wait {cycle} was told {what} {count} times")
    escalated = [record for record in evidence.of_type(*ESCALATED) if record.data.reason is words.EscalationReason.OVERDUE]
    for cycle, count in Counter(record.data.cycle_id for record in escalated).items():
        if count > 1:
            yield Violation("I13 once", "G10", f"wait {cycle} was escalated {count} times")
    acted = {record.data.cycle_id for record in escalated} | {row["cycle_id"] for row in evidence.rows.get("reactions", [])}
    for record in evidence.of_type(OVERDUE):
        if record.data.escalates and record.data.owed_by is words.Side.SELLER and record.data.cycle_id not in acted:
            yield Violation(
                "I13 once", "G10", f"wait {record.data.cycle_id} is overdue, and was neither escalated nor left alone for a reason"
            )


def _retracted(evidence: Evidence) -> Iterator[Violation]:
    for record in evidence.of_type(RETRACTED):
        if record.data.reason.value == "answered_in_time":
            yield Violation("I14 retraction", "G8", f"wait {record.data.cycle_id} was overdue, and then answered in time after all")


def _as_the_log_says(evidence: Evidence) -> Iterator[Violation]:
    """What the monitor published is what the fold gives, fact by fact."""
    expected = told_by(evidence)
    published = {fact for record in evidence.of_type(EXPECTED, OVERDUE, SETTLED) if (fact := _fact(record))}
    for fact in sorted(expected - published, key=str):
        yield Violation("I15 fold", "G9", f"the log gives {fact}, and the monitor did not say it")
    for fact in sorted(published - expected, key=str):
        yield Violation("I15 fold", "G8", f"the monitor said {fact}, and the log does not give it")


def _fact(record: Record) -> tuple[str, ...]:
    said = record.data
    outcome = said.outcome.value if isinstance(said, ResponseSettled) else ""
    return (record.type.split(".")[2], said.cycle_id, outcome)
