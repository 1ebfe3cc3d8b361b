"""The policy book: a line a document, appended and never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from parley_chassis.mongo import Unit

from sla_monitor.domain.calendar import AroundTheClock, BusinessHours, Calendar
from sla_monitor.domain.policy import Entry, Policy, PolicyBook
from sla_monitor.store.documents import Document, span_in, span_out
from sla_monitor.store.indexes import POLICIES

_HEAD = "book"


@dataclass(slots=True)
class Shelf:
    """The book as this process read it last. A book with as many lines is the same: lines are only added."""

    lines: int = 0
    book: PolicyBook = field(default_factory=PolicyBook)


class MongoPolicies:
    """The book inside one transaction. Its head counts the lines, so that a transaction reads one small document."""

    def __init__(self, unit: Unit, shelf: Shelf) -> None:
        self._rows = unit.documents(POLICIES)
        self._shelf = shelf

    async def book(self) -> PolicyBook:
        lines = await self._lines()
        if lines != self._shelf.lines:
            rows = await self._rows.find({"_id": {"$ne": _HEAD}}, sort=[("_id", 1)])
            self._shelf.book = PolicyBook(tuple(map(entry_of, rows)))
            self._shelf.lines = lines
        return self._shelf.book

    async def add(self, entries: Sequence[Entry]) -> None:
        lines = await self._lines()
        for number, entry in enumerate(entries, lines + 1):
            self._rows.put({"_id": f"{number:08}", **document_of(entry)})
        # Two that add at once meet here, and the second one reads the book again.
        self._rows.put({"_id": _HEAD, "lines": lines + len(entries)})

    async def _lines(self) -> int:
        head = await self._rows.get(_HEAD)
        return head["lines"] if head else 0


def document_of(entry: Entry) -> Document:
    policy = entry.policy
    return {
        "market": entry.market,
        "valid_from": entry.valid_from,
        "policy": policy.id,
        "version": policy.version,
        "target": span_out(policy.target),
        "warn_at": [span_out(level) for level in policy.warn_at],
        "support_target": span_out(policy.support_target),
        "support_warn_at": [span_out(level) for level in policy.support_warn_at],
        "calendar": _calendar_out(policy.calendar),
        "escalates": policy.escalates,
        "category": entry.category,
        "seller_id": entry.seller_id,
        "ends": policy.ends,
    }


def entry_of(row: Mapping[str, Any]) -> Entry:
    policy = Policy(
        id=row["policy"],
        version=row["version"],
        target=span_in(row["target"]),
        warn_at=tuple(map(span_in, row["warn_at"])),
        support_target=span_in(row["support_target"]),
        support_warn_at=tuple(map(span_in, row["support_warn_at"])),
        calendar=_calendar_in(row["calendar"]),
        escalates=row["escalates"],
        ends=row.get("ends", False),
    )
    return Entry(row["market"], row["valid_from"], policy, row.get("category", ""), row.get("seller_id", ""))


def _calendar_out(calendar: Calendar) -> Document | None:
    if not isinstance(calendar, BusinessHours):
        return None
    return {
        "zone": calendar.zone,
        "days": sorted(calendar.days),
        "hours": [[span_out(opening), span_out(closing)] for opening, closing in calendar.hours],
        "holidays": [datetime.combine(day, time(), UTC) for day in sorted(calendar.holidays)],
    }


def _calendar_in(row: Mapping[str, Any] | None) -> Calendar:
    if row is None:
        return AroundTheClock()
    hours: list[tuple[timedelta, timedelta]] = [(span_in(opening), span_in(closing)) for opening, closing in row["hours"]]
    holidays: list[date] = [day.date() for day in row["holidays"]]
    return BusinessHours(row["zone"], frozenset(row["days"]), tuple(hours), frozenset(holidays))
