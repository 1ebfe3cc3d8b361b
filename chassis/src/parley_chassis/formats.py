"""Times, spans and amounts as people of a language write them; a time always names its zone."""

import math
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_date, format_time, format_timedelta, get_datetime_format, get_timezone_name
from babel.lists import format_list
from babel.numbers import format_currency, format_percent, get_currency_precision

Unit = Literal["day", "hour", "minute", "second"]
Width = Literal["full", "long", "medium", "short"]

_LOCALES = {"en": "en_GB", "zh": "zh_Hans"}
_UNITS: tuple[tuple[Unit, int], ...] = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_OFFSET = re.compile(r"([+-])(\d\d)(\d\d)")


def zone(*names: str | None) -> ZoneInfo:
    """The first zone that exists; UTC where none does."""
    for name in names:
        try:
            if name:
                return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return ZoneInfo("UTC")


def moment(at: datetime, in_zone: ZoneInfo, language: str, *, width: Width = "full") -> str:
    """Day, time and zone: `Tuesday, 24 November 2026, 10:30 CET`; or with another of Babel's widths."""
    locale = _LOCALES.get(language, language)
    local = at.astimezone(in_zone)
    name = "UTC" if in_zone.key == "UTC" else get_timezone_name(local, width="short", locale=locale)  # in French it would be TU
    if offset := _OFFSET.fullmatch(name):
        name = f"UTC{offset[1]}{offset[2]}:{offset[3]}"
    day = format_date(local, width, locale=locale)
    time = format_time(local, "short", locale=locale, tzinfo=in_zone)
    return str(get_datetime_format("medium", locale=locale)).format(f"{time} {name}", day)


def exact(at: datetime) -> str:
    """To the second, or the millisecond where there is one: the same in every language, as it is compared with logs."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}{f'.{at.microsecond // 1000:03}' if at.microsecond >= 1000 else ''} UTC"


def day(on: date, language: str) -> str:
    """A day without a time: `24 November 2026`."""
    return format_date(on, "long", locale=_LOCALES.get(language, language))


def span(of: timedelta, language: str) -> str:
    """How long, never more than it is, in two units at most: `1 day 23 hours`."""
    seconds = max(0, int(of.total_seconds()))
    parts: list[tuple[Unit, timedelta]] = []
    for unit, size in _UNITS:
        number, seconds = divmod(seconds, size)
        if number or (parts and len(parts) < 2) or (unit == "second" and not parts):
            parts.append((unit, timedelta(seconds=number * size)))
    locale = _LOCALES.get(language, language)
    # Not format_unit: where a language has no long form of a unit it writes the unit's technical name.
    said = [
        format_timedelta(part, granularity=unit, threshold=math.inf, locale=locale) for unit, part in parts[:2] if part or len(parts) == 1
    ]
    return format_list(said, style="unit-narrow", locale=locale)


def language(tag: str, in_language: str) -> str:
    """What a language is called in another: `de` is German, allemand, 德语; a tag that nobody knows is itself."""
    names = Locale.parse(_LOCALES.get(in_language, in_language)).languages
    return str(names.get(tag) or names.get(tag.partition("-")[0]) or tag)


def percent(share: float, language: str) -> str:
    """A share that is given in per cent, with one decimal at most: `2.9%`."""
    value = Decimal(str(round(share, 1))).normalize() / 100
    return format_percent(value, locale=_LOCALES.get(language, language), decimal_quantization=False)


def amount(minor: int, currency: str, language: str) -> str:
    """Money, from the currency's minor unit."""
    value = Decimal(minor).scaleb(-get_currency_precision(currency))
    return format_currency(value, currency, locale=_LOCALES.get(language, language))
