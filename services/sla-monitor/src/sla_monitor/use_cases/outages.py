"""Excuse what fell due while the marketplace itself was down: an engineer on call declares when that was, and why."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sla_monitor.domain.policy import OutageWindow
from sla_monitor.domain.responses import Place, Standing
from sla_monitor.ports import Transaction


class NotOver(ValueError):
    """An outage is declared once it is over: `end` lies behind `start` and not ahead of now. Declare what still lasts when it has ended."""


class DeclaredOtherwise(ValueError):
    """The same key declared another outage."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a declaration would excuse now: waits that are open, and overdue ones, whose facts it retracts."""

    waiting: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Declared:
    """An outage, and in how many partitions it has taken effect."""

    outage: OutageWindow
    partitions: int


async def declare(tx: Transaction, outage: OutageWindow) -> Declared:
    """Write it into the book; each partition excuses at its next watermark. The same id declares once."""
    outage = replace(outage, start=_whole(outage.start), end=_whole(outage.end))
    book = await tx.policies.book()
    known = next((each for each in book.declared if each.id == outage.id), None)
    if known:
        if (known.start, known.end, known.reason) != (outage.start, outage.end, outage.reason):
            raise DeclaredOtherwise
        return Declared(known, sum(effect.outage_id == known.id for effect in book.effects))
    _check_over(tx, outage.start, outage.end)
    declared = replace(outage, declared_at=tx.now)
    await tx.policies.add([declared])
    return Declared(declared, 0)


async def foresee(tx: Transaction, start: datetime, end: datetime) -> Foreseen:
    """What a declaration would touch; raises NotOver where it would be refused."""
    _check_over(tx, start, end)
    found = await tx.responses.due_within(start, end)
    overdue = found.get(Standing.OVERDUE, 0)
    return Foreseen(sum(found.values()) - overdue, overdue)


async def list_outages(tx: Transaction, *, after: Place | None = None, limit: int | None = None) -> list[Declared]:
    """What was ever declared, the newest first."""
    book = await tx.policies.book()
    places = sorted((Place(each.declared_at, each.id), each) for each in book.declared)
    found = [each for place, each in reversed(places) if after is None or place < after]
    return [Declared(each, sum(effect.outage_id == each.id for effect in book.effects)) for each in found[:limit]]


def _check_over(tx: Transaction, start: datetime, end: datetime) -> None:
    if not start < end <= tx.now:
        raise NotOver


def _whole(at: datetime) -> datetime:
    """To the millisecond, as every time is kept."""
    return at - timedelta(microseconds=at.microsecond % 1000)
