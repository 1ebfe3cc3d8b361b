"""The verdict over one drill: every invariant computed from its files, and nothing else."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from parley_drill.checks import clock, effects, mails, order, writes
from parley_drill.checks.figures import figures
from parley_drill.checks.violation import Violation
from parley_drill.evidence import Evidence

CHECKS: tuple[Callable[[Evidence], Iterator[Violation]], ...] = (writes.check, order.check, effects.check, mails.check, clock.check)


@dataclass(frozen=True)
class Verdict:
    """``kept``, ``broken`` or ``not drained``: then nobody knows, and the other violations are not counted."""

    word: str
    violations: list[Violation] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        return self.word == "kept"


def judge(evidence: Evidence) -> Verdict:
    """Compute everything."""
    found = [violation for check in CHECKS for violation in check(evidence)]
    if not evidence.drained.get("settled"):
        return Verdict("not drained", found, figures(evidence))
    return Verdict("broken" if found else "kept", found, figures(evidence))
