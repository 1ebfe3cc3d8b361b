"""How situations write instants, durations and policies, and how results are written back."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from parley_chassis.durations import parse_duration

from sla_monitor.domain.calendar import AroundTheClock, BusinessHours, Calendar
from sla_monitor.domain.policy import Policy

T = datetime(2026, 3, 2, 10, tzinfo=UTC)
"""What `+0h` means."""

POLICY_KEYS = frozenset({"target", "warn_at", "support_target", "support_warn_at", "calendar", "escalates", "policy", "version"})
_CALENDAR_KEYS = frozenset({"zone", "days", "hours", "holidays"})
_UNITS = (("h", timedelta(hours=1)), ("m", timedelta(minutes=1)), ("s", timedelta(seconds=1)), ("ms", timedelta(milliseconds=1)))


W = TypeVar("W", bound=StrEnum)


class Fault(ValueError):
    """Something in a file cannot be read; ``key`` says where, the message what is wrong and what to do."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(f"{key}: {message}" if key else message)


def needed(item: Mapping[str, Any], key: str) -> object:
    if item.get(key) is None:
        raise Fault(key, "is missing")
    return item[key]


def word(words: type[W], item: Mapping[str, Any], key: str) -> W | None:
    """One of the words of the clock, or None where the item does not say."""
    if item.get(key) is None:
        return None
    try:
        return words(item[key])
    except ValueError:
        raise Fault(key, f"{item[key]!r} is not known; write {', '.join(words)}") from None


def is_offset(value: object) -> bool:
    return isinstance(value, str) and value[:1] in ("+", "-")


def instant(key: str, value: object) -> datetime:
    """An offset from T such as `+48h1ms`, or an instant with its zone."""
    if is_offset(value):
        text = str(value)
        span = duration(key, text[1:])
        try:
            return T + span if text[0] == "+" else T - span
        except OverflowError:
            raise Fault(key, f"{value!r} lies outside the years 1 to 9999; write a smaller offset") from None
    found = value
    if isinstance(value, str):
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            found = None
    if not isinstance(found, datetime):
        raise Fault(key, f"{value!r} is not a time; write an offset from T such as +48h, or an instant such as 2026-03-02T10:00:00Z")
    if found.tzinfo is None:
        raise Fault(key, f"{value!r} has no zone; end it with Z or with an offset such as +01:00")
    try:
        return found.astimezone(UTC)
    except OverflowError:
        raise Fault(key, f"{value!r} lies outside the years 1 to 9999 in UTC; write another instant") from None


def duration(key: str, value: object) -> timedelta:
    try:
        found = parse_duration(value)
    except (ValueError, OverflowError) as error:
        raise Fault(key, str(error)) from None
    if not isinstance(found, timedelta):
        raise Fault(key, f"{value!r} is not a duration; write one like 48h or 1h30m")
    return found


def policy(key: str, value: object, base: Policy) -> Policy:
    """The next version: ``base`` with what is given here."""
    given = _mapping(key, value)
    changes: dict[str, Any] = {}
    for name in ("target", "support_target"):
        if name in given:
            changes[name] = duration(f"{key}.{name}", given[name])
    for name in ("warn_at", "support_warn_at"):
        if name in given:
            levels = given[name]
            if not isinstance(levels, list):
                raise Fault(f"{key}.{name}", "is not a list; write [36h, 44h], or [] for no warning")
            changes[name] = tuple(duration(f"{key}.{name}", level) for level in levels)
    if "calendar" in given:
        changes["calendar"] = calendar(f"{key}.calendar", given["calendar"])
    if "escalates" in given:
        changes["escalates"] = bool(given["escalates"])
    try:
        return replace(base, version=base.version + 1, **changes)
    except ValueError as error:
        raise Fault(key, str(error)) from None


def calendar(key: str, value: object) -> Calendar:
    """`24x7`, or zone, days, hours and holidays."""
    if value == "24x7":
        return AroundTheClock()
    given = _mapping(key, value)
    for name in ("zone", "days", "hours"):
        if not isinstance(given.get(name), str):
            raise Fault(f"{key}.{name}", "is needed as text; write 24x7, or zone: Europe/Berlin, days: mon-fri, hours: '09:00-17:00'")
    if unknown := given.keys() - _CALENDAR_KEYS:
        raise Fault(f"{key}.{min(map(str, unknown))}", f"is not known; a calendar has {', '.join(sorted(_CALENDAR_KEYS))}")
    holidays = given.get("holidays") or []
    if not isinstance(holidays, list):
        raise Fault(f"{key}.holidays", "is not a list; write [2026-04-03, 2026-12-25]")
    try:
        days_off = [_date(f"{key}.holidays", day) for day in holidays]
        return BusinessHours.of(zone=given["zone"], days=given["days"], hours=given["hours"], holidays=days_off)
    except Fault:
        raise
    except ValueError as error:
        raise Fault(key, str(error)) from None


def show_span(span: timedelta) -> str:
    """Hours and smaller, as the situations write them: `48h`, `1h30m`, `1ms`."""
    parts, left = [], abs(span)
    for unit, size in _UNITS:
        number, left = divmod(left, size)
        if number:
            parts.append(f"{number}{unit}")
    return "".join(parts) or "0h"


def show_instant(at: datetime, *, offset: bool) -> str:
    if offset:
        return ("+" if at >= T else "-") + show_span(at - T)
    precision = "milliseconds" if at.microsecond else "seconds"
    return at.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")


def _mapping(key: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Fault(key, f"{value!r} is not a mapping of names to values")
    return value


def _date(key: str, value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise Fault(key, f"{value!r} is not a date; write 2026-12-25") from None
