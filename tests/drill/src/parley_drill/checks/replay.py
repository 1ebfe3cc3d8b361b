"""G11: the log folded once more gives the live state, publishes nothing and mails nobody."""

import re
from collections.abc import Iterator

from parley_drill.checks.effects import READS
from parley_drill.checks.violation import Violation
from parley_drill.evidence import Evidence


def check(evidence: Evidence) -> Iterator[Violation]:
    """What `fold --into` said about each conversation, and whether anything was told to anybody meanwhile."""
    found = evidence.replay
    if not found:
        return  # it had not settled
    if found["code"] not in (0, 1):
        yield _broken(f"the log could not be folded again: exit code {found['code']}, {found['complained']}")
        return
    differing = [line.strip() for line in found["said"].splitlines() if line.startswith("  ")]
    for line in differing or (["the fold ended with 1 and named no conversation"] if found["code"] else []):
        yield _broken(f"the log folded again differs: {line}")
    whole = {(record.topic, record.key) for record in evidence.real if record.topic in READS["sla_monitor"]}
    if not differing and _equal(found["said"]) < len(whole):
        yield _broken(f"the log has {len(whole)} whole conversations, and {_equal(found['said'])} came out equal")
    for event in found["published"]:
        yield _broken(f"event {event} was published while the log was folded again")
    for mail in found["mailed"]:
        yield _broken(f"mail {mail} was sent while the log was folded again")


def told(evidence: Evidence) -> str:
    """How many conversations came out equal, in the fold's own words."""
    return next((line for line in evidence.replay.get("said", "").splitlines() if line.startswith("equal")), "no")


def _equal(said: str) -> int:
    found = re.search(r"^equal: (\d+)", said, re.MULTILINE)
    return int(found[1]) if found else 0


def _broken(what: str) -> Violation:
    return Violation("I15 replay", "G11", what)
