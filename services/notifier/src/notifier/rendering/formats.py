"""Times and amounts as people of a language write them; a time always names its zone."""

import re
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_date, format_time, get_timezone_name
from babel.numbers import format_currency, get_currency_precision

_LOCALES = {"en": "en_GB", "zh": "zh_Hans"}
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


def moment(at: datetime, in_zone: ZoneInfo, language: str) -> str:
    """Day, time and zone: `Tuesday, 24 November 2026, 10:30 CET`."""
    locale = _LOCALES.get(language, language)
    local = at.astimezone(in_zone)
    name = get_timezone_name(local, width="short", locale=locale)
    if offset := _OFFSET.fullmatch(name):
        name = f"UTC{offset[1]}{offset[2]}:{offset[3]}"
    return f"{format_date(local, 'full', locale=locale)}, {format_time(local, 'short', locale=locale, tzinfo=in_zone)} {name}"


def amount(minor: int, currency: str, language: str) -> str:
    """Money, from the currency's minor unit."""
    value = Decimal(minor).scaleb(-get_currency_precision(currency))
    return format_currency(value, currency, locale=_LOCALES.get(language, language))
