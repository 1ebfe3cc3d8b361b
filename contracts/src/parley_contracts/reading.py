"""Whether an event is new to its subject: what every reader decides from its place and the last one taken. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Verdict(StrEnum):
    """Whether an event is its subject's next."""

    NEW = "new"
    PARTIAL = "partial"
    """The first one that can be read, of a subject whose beginning is gone from the log: taken as a new one."""
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    """The last one's sequence with another id: dropped, and a person is told."""
    GAP = "gap"
    """One before it is missing, which is a loss: a person is told, and it is never skipped."""


@dataclass(frozen=True, slots=True)
class Last:
    """The last event of a subject that was taken. ``id`` is None where a person moved the sequence."""

    sequence: int
    id: str | None


def verdict(last: Last | None, sequence: int, id: str | None, *, late: bool) -> Verdict:
    """Whether an event comes right after ``last``. ``late``: the partition's first readable offset was above 0 when the group began."""
    if last is None:
        return Verdict.NEW if sequence == 1 else Verdict.PARTIAL if late else Verdict.GAP
    if sequence > last.sequence:
        return Verdict.NEW if sequence == last.sequence + 1 else Verdict.GAP
    if sequence == last.sequence and None not in (id, last.id) and id != last.id:
        return Verdict.CONFLICT
    return Verdict.DUPLICATE


def is_newer(kept: tuple[datetime, int] | None, time: datetime, offset: int) -> bool:
    """A compacted topic has no sequence: the later time holds, and at the same millisecond the higher offset."""
    return kept is None or (milliseconds(time), offset) > kept


def milliseconds(time: datetime) -> datetime:
    """A time as the envelope carries it."""
    return time.replace(microsecond=time.microsecond // 1000 * 1000)
