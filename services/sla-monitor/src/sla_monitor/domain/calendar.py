"""Calendars: when working time passes. Elapsed time is real time, over clock changes too."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)", re.ASCII)
_DAY = timedelta(days=1)

Window = tuple[timedelta, timedelta]
"""Opening and closing as wall time since midnight."""


class Calendar(Protocol):
    """Tells when working time has elapsed."""

    def after(self, start: datetime, elapsed: timedelta) -> datetime:
        """The first instant at which so much working time has elapsed since ``start``."""
        ...


@dataclass(frozen=True, slots=True)
class AroundTheClock:
    """Every hour counts: 24x7."""

    def after(self, start: datetime, elapsed: timedelta) -> datetime:
        return start.astimezone(UTC) + elapsed


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """Wall time in a zone, on some days of the week, without holidays.

    A wall time that a clock change skips means the instant of the change; one that it repeats means its first occurrence.
    """

    zone: str
    days: frozenset[int]
    hours: tuple[Window, ...]
    holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"zone: {self.zone!r} is not a time zone; write one like Europe/Berlin or UTC") from None
        if not self.days:
            raise ValueError("days: at least one day is needed, such as mon-fri")
        if not self.hours:
            raise ValueError('hours: at least one window is needed, such as "09:00-17:00"')
        for (_, closing), (opening, _) in zip(self.hours, self.hours[1:], strict=False):
            if opening < closing:
                raise ValueError("hours: windows must follow one another without overlapping")

    @classmethod
    def of(cls, *, zone: str, days: str, hours: str, holidays: Collection[date] = ()) -> "BusinessHours":
        """From text: days like ``mon-fri`` or ``mon,wed``, hours like ``09:00-12:00,13:00-17:00``."""
        return cls(zone=zone, days=_days(days), hours=_hours(hours), holidays=frozenset(holidays))

    @property
    def week(self) -> timedelta:
        """Working time of a week without holidays and clock changes."""
        return len(self.days) * sum((closing - opening for opening, closing in self.hours), timedelta())

    def after(self, start: datetime, elapsed: timedelta) -> datetime:
        left, start = elapsed, start.astimezone(UTC)
        for opening, closing in self._windows(start):
            begin = max(opening, start)
            if closing <= begin:
                continue
            if left <= closing - begin:
                return begin + left
            left -= closing - begin
        raise OverflowError("the calendar ends before the target has elapsed")

    def _windows(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        zone = ZoneInfo(self.zone)
        day = start.astimezone(zone).date()
        while True:
            if day.weekday() in self.days and day not in self.holidays:
                midnight = datetime.combine(day, time())
                for opening, closing in self.hours:
                    yield _instant(midnight + opening, zone), _instant(midnight + closing, zone)
            day += _DAY


def _instant(wall: datetime, zone: ZoneInfo) -> datetime:
    first = wall.replace(tzinfo=zone).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == wall:
        return first
    # The wall time is skipped: look for the change between what the offsets after and before it give.
    low, high = wall.replace(tzinfo=zone, fold=1).astimezone(UTC), first
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + ((high - low) / 2 // timedelta(seconds=1)) * timedelta(seconds=1)
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == before else (low, middle)
    return high


def _days(text: str) -> frozenset[int]:
    found: set[int] = set()
    for part in text.lower().replace(" ", "").split(","):
        first, _, last = part.partition("-")
        if first not in _DAYS or (last or first) not in _DAYS:
            raise ValueError(f"days: {part!r} is not known; write days like mon-fri or mon,wed,sat")
        begin, end = _DAYS.index(first), _DAYS.index(last or first)
        found.update(day % 7 for day in range(begin, (end if end >= begin else end + 7) + 1))
    return frozenset(found)


def _hours(text: str) -> tuple[Window, ...]:
    windows = []
    for part in text.replace(" ", "").split(","):
        match = _HOURS.fullmatch(part)
        if not match:
            raise ValueError(f'hours: {part!r} is not a window; write it like "09:00-17:00"')
        opening, closing = (_wall(*map(int, match.group(a, b))) for a, b in ((1, 2), (3, 4)))
        if closing <= opening:
            raise ValueError(f'hours: {part!r} ends before it begins; a night is two windows, "00:00-06:00,22:00-24:00"')
        windows.append((opening, closing))
    return tuple(windows)


def _wall(hour: int, minute: int) -> timedelta:
    wall = timedelta(hours=hour, minutes=minute)
    if minute > 59 or wall > _DAY:
        raise ValueError(f"hours: {hour:02}:{minute:02} is not a time of day; write 00:00 to 24:00")
    return wall
