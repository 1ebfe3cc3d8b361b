"""Facts: what the fold found out."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sla_monitor.domain.cycle import Cycle, Level
from sla_monitor.domain.words import Outcome, Retraction


@dataclass(frozen=True, slots=True)
class Expected:
    """A cycle opened: an answer is owed."""

    cycle: Cycle


@dataclass(frozen=True, slots=True)
class DueSoon:
    """A warning level passed; of several at once only the last is told."""

    cycle: Cycle
    level: Level


@dataclass(frozen=True, slots=True)
class Overdue:
    """The due time passed, provably, without an answer."""

    cycle: Cycle


@dataclass(frozen=True, slots=True)
class Retracted:
    """The overdue fact is taken back."""

    cycle: Cycle
    reason: Retraction


@dataclass(frozen=True, slots=True)
class Settled:
    """The cycle ended, with exactly one outcome."""

    cycle: Cycle
    outcome: Outcome
    at: datetime
    by: str
    late_by: timedelta | None = None


Fact = Expected | DueSoon | Overdue | Retracted | Settled
