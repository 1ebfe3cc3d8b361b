"""The verdict over one drill: every invariant computed from its files, and nothing else."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from parley_drill.checks import clock, effects, erasure, fencing, mails, order, poison, replay, stops, writes
from parley_drill.checks.figures import figures
from parley_drill.checks.violation import Violation
from parley_drill.evidence import Evidence

CHECKS: tuple[Callable[[Evidence], Iterator[Violation]], ...] = (
    writes.check,
    order.check,
    effects.check,
    mails.check,
    clock.check,
    replay.check,
    stops.check,
    poison.check,
    fencing.check,
    erasure.check,
)


ALWAYS_TOLD = (
    *("I1 lost", "I4 key", "I5 unpublished", "I6 order", "I7 lost effect", "I7 repeated effect"),
    *("I9 lost mail", "I10 copies", "I22 trace"),
)
"""Counted in every report, also where there is nothing to count."""


@dataclass(frozen=True)
class Verdict:
    """``kept``, ``broken`` or ``not drained``: then nobody knows, and the other violations are not counted; so with ``not measured``."""

    word: str
    violations: list[Violation] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        return self.word == "kept"


def judge(evidence: Evidence) -> Verdict:
    """Compute everything."""
    found = [violation for check in CHECKS for violation in check(evidence)]
    counted = Counter(violation.invariant for violation in found)
    told = {**figures(evidence), "broken": {**dict.fromkeys(ALWAYS_TOLD, 0), **counted}}
    if not evidence.drained.get("settled"):
        return Verdict("not drained", found, told)
    return Verdict("broken" if found else "kept", found, told)
