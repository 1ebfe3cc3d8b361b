"""The policy book: a line a document, appended and never changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from parley_chassis.mongo import Unit

from sla_monitor.domain.calendar import AroundTheClock, BusinessHours, Calendar
from sla_monitor.domain.policy import Effect, Entry, OutageWindow, Policy, PolicyBook
from sla_monitor.store.documents import Document, span_in, span_out
from sla_monitor.store.indexes import POLICIES

HEAD = "book"
"""The document that counts the lines, the declared outages, and their effects in partitions."""

Line = Entry | OutageWindow | Effect


@dataclass(slots=True)
class Shelf:
    """The committed book as this process read it last. A book with as many lines is the same: lines are only added."""

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
            rows = await self._rows.find({"_id": {"$ne": HEAD}}, sort=[("_id", 1)])
            self._shelf.book = book_of(rows)
            self._shelf.lines = lines
        return self._shelf.book

    async def add(self, lines: Sequence[Line]) -> None:
        # What is not committed yet may never be, and another one's lines would then have its number.
        self._shelf = Shelf()
        head = await self._rows.get(HEAD) or {"_id": HEAD, "lines": 0}
        for number, line in enumerate(lines, head["lines"] + 1):
            self._rows.put({"_id": f"{number:08}", **document_of(line)})
        # Two that add at once meet here, and the second one reads the book again.
        declared, begun = (sum(isinstance(line, kind) for line in lines) for kind in (OutageWindow, Effect))
        counts = {"lines": len(lines), "declared": declared, "begun": begun}
        self._rows.put({"_id": HEAD} | {name: head.get(name, 0) + count for name, count in counts.items()})

    async def _lines(self) -> int:
        head = await self._rows.get(HEAD)
        return head["lines"] if head else 0


def book_of(rows: Iterable[Mapping[str, Any]]) -> PolicyBook:
    """The whole book, from its lines in order."""
    lines = [line_of(row) for row in rows]
    return PolicyBook(
        entries=tuple(line for line in lines if isinstance(line, Entry)),
        declared=tuple(line for line in lines if isinstance(line, OutageWindow)),
        effects=tuple(line for line in lines if isinstance(line, Effect)),
    )


def document_of(line: Line) -> Document:
    match line:
        case Entry():
            return _entry_out(line)
        case OutageWindow():
            return {"outage": {name: getattr(line, name) for name in OutageWindow.__slots__}}
        case Effect():
            return {"effect": {name: getattr(line, name) for name in Effect.__slots__}}


def line_of(row: Mapping[str, Any]) -> Line:
    if "outage" in row:
        return OutageWindow(**row["outage"])
    return Effect(**row["effect"]) if "effect" in row else _entry_in(row)


def _entry_out(entry: Entry) -> Document:
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


def _entry_in(row: Mapping[str, Any]) -> Entry:
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
