"""G1 and G2: what was answered is there, what was refused is not, and one key acts once."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from operator import itemgetter
from typing import Any

from parley_drill.checks.violation import Violation
from parley_drill.evidence import Evidence
from parley_drill.journal import Line

OK, REFUSED, UNKNOWN = "ok", "refused", "unknown"
MAY_CHANGE_NOTHING = ("/acknowledge", "/take-over", "/close")
"""Whoever has the conversation already, or closes a closed one, is answered, and nothing is told."""


def check(evidence: Evidence) -> Iterator[Violation]:
    """By command: the answers to all of its attempts, and the events that name it as their cause."""
    attempts: dict[str, list[Line]] = defaultdict(list)
    for line in evidence.history:
        if line["kind"] == "command":
            attempts[line["command"]].append(line)
    caused = _caused(evidence)
    there = {(row["key"], row["sequence"]): row["at"].timestamp() for row in _of_conversations(evidence)}
    for command, tried in attempts.items():
        yield from _one(command, tried, caused.get(command, []), there)
    yield from _atomic(evidence)
    yield from _seen(evidence)


def _of_conversations(evidence: Evidence) -> list[dict[str, Any]]:
    """The events of conversations: others have the same subjects, with sequences of their own."""
    return [row for row in evidence.rows.get("outbox", []) if row["database"] in ("ticketing", "inquiries")]


def _caused(evidence: Evidence) -> dict[str, list[dict[str, Any]]]:
    caused: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in evidence.rows.get("outbox", []):
        kind, _, command = row["headers"].get("ce_causationid", "").partition(":")
        if kind == "command":
            caused[command].append(row)
    return caused


def _stood_before(line: Line, there: dict[tuple[str, int], float]) -> bool:
    """Whether the version that was answered had been there already."""
    return bool(there.get((line["id"], line["version"]), float("inf")) <= line["at"])


def _one(command: str, tried: list[Line], rows: list[dict[str, Any]], there: dict[tuple[str, int], float]) -> Iterator[Violation]:
    outcomes = {line["outcome"] for line in tried}
    answered = [line for line in tried if line["outcome"] == OK]
    where = f"{tried[0]['path']} ({command[:12]})"
    last = max((row["sequence"] or 0 for row in rows), default=0)
    if answered and not rows and tried[0]["path"].endswith(MAY_CHANGE_NOTHING):
        if not any(_stood_before(line, there) for line in answered):
            yield Violation("I1 lost", "G1", f"{where} was answered with version {answered[0]['version']}, which nothing had brought about")
        return
    if answered and not rows:
        yield Violation("I1 lost", "G1", f"{where} was answered {answered[0]['status']} and left no event")
    elif answered and answered[0]["version"] != last:
        yield Violation("I1 lost", "G1", f"{where} was answered with version {answered[0]['version']}, its events end with {last}")
    if outcomes == {REFUSED} and rows:
        yield Violation("I2 refused", "G1", f"{where} was refused ({tried[0]['problem']}) and left {len(rows)} events")
    twice = [type for type, count in Counter((row["type"], row["topic"]) for row in rows).items() if count > 1]
    if twice:
        yield Violation("I4 key", "G2", f"{where} acted more than once: {twice}")
    if len({line["digest"] for line in answered}) > 1:
        yield Violation("I4 key", "G2", f"{where} was answered differently for the same key")


def _atomic(evidence: Evidence) -> Iterator[Violation]:
    """A conversation's version and its last event are changed together."""
    last: Counter[str] = Counter()
    for row in _of_conversations(evidence):
        last[row["key"]] = max(last[row["key"]], row["sequence"] or 0)
    for row in evidence.rows.get("conversations", []):
        if row["sequence"] != last[row["_id"]]:
            yield Violation("I3 atomic", "G1", f"conversation {row['_id']} is at {row['sequence']}, its last event is {last[row['_id']]}")


def _seen(evidence: Evidence) -> Iterator[Violation]:
    """Whoever looks after a write was answered sees it, whichever replica and whichever database node is asked."""
    answered: dict[str, int] = defaultdict(int)
    for at, is_look, line in sorted(_instants(evidence), key=itemgetter(0, 1)):
        if not is_look:
            answered[line["id"]] = max(answered[line["id"]], line["version"])
        elif line["version"] < answered[line["id"]]:
            what = f"{line['path']} showed version {line['version']} at {at:.3f}, {answered[line['id']]} had been answered before"
            yield Violation("I1 stale", "G1", what)


def _instants(evidence: Evidence) -> Iterator[tuple[float, bool, Line]]:
    """A look counts from its beginning, an answer from when it was there."""
    for line in evidence.history:
        if line["outcome"] == OK and line["version"] is not None:
            is_look = line["kind"] == "read"
            yield line["began"] if is_look else line["at"], is_look, line
