"""Durations as people write them in settings and market files: `48h`, `30d`, `1h30m`."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer

_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    # 31 days: what must be kept for so many months is never removed early.
    "mo": timedelta(days=31),
}
_PART = r"(\d{1,9})(mo|ms|[smhdw])"
_WHOLE = re.compile(rf"(?:{_PART})+", re.ASCII)


def parse_duration(text: object) -> object:
    """Turn `1h30m` into a timedelta; anything but text is left to the type's own check."""
    if not isinstance(text, str):
        if isinstance(text, int | float):
            raise ValueError(f"{text} has no unit; write it as {text}s, {text}m, {text}h or {text}d")
        return text
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"{text!r} is not a duration; write numbers with units ms, s, m, h, d, w or mo, such as 48h, 30d or 1h30m")
    return sum((int(number) * _UNITS[unit] for number, unit in re.findall(_PART, text)), timedelta())


def show_duration(span: timedelta) -> str:
    """The shortest text that parses back to the same duration."""
    left = round(span / timedelta(milliseconds=1))
    parts = []
    for unit in ("d", "h", "m", "s", "ms"):
        number, left = divmod(left, round(_UNITS[unit] / timedelta(milliseconds=1)))
        if number:
            parts.append(f"{number}{unit}")
    return "".join(parts) or "0s"


Duration = Annotated[timedelta, BeforeValidator(parse_duration), PlainSerializer(show_duration)]
