"""How long it took until somebody else did the work of whoever was killed, and whether people noticed that the broker was away."""

from collections import defaultdict
from itertools import pairwise

from parley_contracts.topics import INQUIRIES, TICKETS

from parley_drill.evidence import Evidence
from parley_drill.journal import Line
from parley_drill.log import Record, in_order

KILLS = ("process-kill", "crash-point")
WINDOW = 30.0
"""Seconds after a kill in which nothing else may have gone wrong: else the figure would tell of that."""
SILENT = 3.0
"""Watermarks come each second; whoever was killed was the one who wrote them only if they stopped."""

_RELAYS = {"ticketing-work": TICKETS.name, "inquiries-work": INQUIRIES.name}


def relays(evidence: Evidence) -> list[float]:
    """From the last watermark of a killed relay to the first of the next one."""
    found = []
    for fault in _alone(evidence, tuple(_RELAYS)):
        marks = _marks(evidence)[_RELAYS[fault["target"].rpartition("-")[0]]]
        before = max((each for each in marks if each <= fault["ended"]), default=None)
        after = min((each for each in marks if each > fault["ended"]), default=None)
        if before is not None and after is not None and after - before > SILENT:
            found.append(after - before)
    return found


def consumers(evidence: Evidence) -> list[float]:
    """The longest way from the log to the effect after a kill of the witness."""
    found = []
    for fault in _alone(evidence, ("witness-work",)):
        late = [late for appended, late in effects(evidence) if fault["began"] - 1 <= appended <= fault["ended"] + WINDOW]
        if late and max(late) > SILENT:
            found.append(max(late))
    return found


def silences(evidence: Evidence) -> list[float]:
    """Between two watermarks of a topic, where nobody relayed for longer than usual."""
    times = _marks(evidence).values()
    return [later - earlier for each in times for earlier, later in pairwise(each) if later - earlier > SILENT]


def effects(evidence: Evidence) -> list[tuple[float, float]]:
    """For each effect of the witness when its event was appended, and how long the effect took."""
    return [(record.timestamp, done - record.timestamp) for record, done in effects_by_record(evidence)]


def effects_by_record(evidence: Evidence) -> list[tuple[Record, float]]:
    """The record of each effect of the witness, and when the effect was stored."""
    records = {(record.topic, record.envelope.id): record for record in evidence.firsts if record.envelope}
    places = ((row, (row["topic"], row["event"])) for row in evidence.rows.get("effects", []))
    return [(records[place], row["at"].timestamp()) for row, place in places if place in records]


def without_broker(evidence: Evidence) -> list[Line]:
    """The requests that were begun while the only broker was away."""
    if evidence.plan.get("brokers", 1) > 1:
        return []
    away = [fault for fault in evidence.faults if fault["target"] == "kafka"]
    return [line for line in evidence.history if any(fault["began"] <= line["began"] <= fault["ended"] for fault in away)]


def _alone(evidence: Evidence, targets: tuple[str, ...]) -> list[Line]:
    """The kills of these, where no other fault was near."""
    kills = [fault for fault in evidence.faults if fault["kind"] in KILLS and fault["target"].startswith(targets)]
    return [kill for kill in kills if not any(_near(kill, other) for other in evidence.faults if other is not kill)]


def _near(kill: Line, other: Line) -> bool:
    return bool(other["began"] <= kill["ended"] + WINDOW and other["ended"] >= kill["began"] - WINDOW)


def _marks(evidence: Evidence) -> dict[str, list[float]]:
    """The times of the watermarks of each topic's first partition."""
    marks: dict[str, list[float]] = defaultdict(list)
    for record in in_order(evidence.records):
        if record.watermark is not None and record.partition == 0:
            marks[record.topic].append(record.timestamp)
    return marks
