"""A cycle: one unbroken wait of the buyer's side in one conversation."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from sla_monitor.domain.words import Side

_NAMESPACE = UUID("5c0e4d4e-9b3a-5d0f-8f5e-7a0a5a1c7e11")
"""The contract's: what names an id that is no UUID."""


def cycle_id(conversation_id: str, opened_by: str) -> str:
    """The same opening event gives the same cycle for ever: UUIDv5(conversation id, id of the event)."""
    try:
        space = UUID(conversation_id)
    except ValueError:
        space = uuid5(_NAMESPACE, conversation_id)
    return str(uuid5(space, opened_by))


@dataclass(frozen=True, slots=True)
class Level:
    """A warning level: how much time will have elapsed, and when."""

    elapsed: timedelta
    at: datetime


@dataclass(frozen=True, slots=True)
class Warned:
    """A level that was told of, and the watermark that had passed it."""

    level: Level
    watermark: datetime


@dataclass(frozen=True, slots=True)
class Proof:
    """What proved that a due time passed: a watermark, or an event of the conversation itself."""

    at: datetime
    event_id: str | None
    as_of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """One wait, as long as it is open.

    ``levels`` are the warnings still to come. ``message_id`` is the buyer's message that waits, where one opened the cycle.
    ``held_to`` is the watermark before the opening event, where that event's own time was no later: the wait starts after it.
    ``after_overdue`` marks support's wait that an overdue escalation opened: the seller may still answer it.
    """

    id: str
    ordinal: int
    owed_by: Side
    opened_by: str
    opened_at_sequence: int
    message_id: str | None
    start: datetime
    due: datetime
    levels: tuple[Level, ...]
    policy: str
    policy_version: int
    escalates: bool
    after_overdue: bool = False
    warned: tuple[Warned, ...] = ()
    overdue: Proof | None = None
    held_to: datetime | None = None

    @property
    def hands_over(self) -> bool:
        """Whether an overdue fact of this cycle gives the conversation to support."""
        return self.escalates and self.owed_by is Side.SELLER

    @property
    def next_instant(self) -> datetime | None:
        """When time itself will next change this cycle; None once it is overdue."""
        if self.overdue:
            return None
        return self.levels[0].at if self.levels else self.due

    def passed_level(self, watermark: datetime) -> Level | None:
        """The last of the warning levels that a watermark has passed."""
        return next((level for level in reversed(self.levels) if level.at < watermark), None)

    def warn(self, level: Level, watermark: datetime) -> "Cycle":
        """Passed: this level, and each before it."""
        return replace(
            self, warned=(*self.warned, Warned(level, watermark)), levels=tuple(each for each in self.levels if each.at > level.at)
        )

    def prove_overdue(self, proof: Proof) -> "Cycle":
        return replace(self, overdue=proof, levels=())
