"""What moved a cycle: its steps in order, each with the event or the watermark that decided it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sla_monitor.domain.responses import Response


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: when it counts from, and the event (or the declared outage) that brought it about.

    Where ``by`` is None time did, and ``watermark`` proved it. ``sequence`` is the conversation's last event known by then.
    """

    what: str
    detail: str | None = None
    at: datetime
    by: str | None = None
    sequence: int | None = None
    watermark: datetime | None = None


def steps(response: Response) -> Iterator[Step]:
    """From its beginning to its end, as far as it has come."""
    cycle, settled = response.cycle, response.settled
    yield Step(
        what="expected",
        detail=cycle.owed_by.value,
        at=cycle.start,
        by=cycle.opened_by,
        sequence=cycle.opened_at_sequence,
        watermark=cycle.held_to,
    )
    for warned in cycle.warned:
        level = warned.level
        yield Step(what="due_soon", detail=f"{level.elapsed.total_seconds():.0f}", at=level.at, watermark=warned.watermark)
    if proof := cycle.overdue:
        watermark = None if proof.event_id else proof.at
        yield Step(what="overdue", at=cycle.due, by=proof.event_id, sequence=proof.as_of, watermark=watermark)
    if settled and response.retracted:
        yield Step(what="retracted", detail=response.retracted.value, at=settled.at, by=settled.by, sequence=settled.sequence)
    if settled:
        yield Step(what="settled", detail=settled.outcome.value, at=settled.at, by=settled.by, sequence=settled.sequence)
