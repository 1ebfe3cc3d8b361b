"""Times in requests: as RFC 3339 writes them. A number is none, for it tells neither its unit nor its zone."""

import re
from datetime import UTC, datetime
from typing import Any

from pydantic import BeforeValidator

_NUMBER = re.compile(r"\s*[+-]?[\d._]+\s*")


def _written(value: Any) -> Any:
    if isinstance(value, int | float) or (isinstance(value, str) and _NUMBER.fullmatch(value)):
        raise ValueError("is a number; write a time, such as 2026-03-02T10:00:00Z")
    return value


WRITTEN = BeforeValidator(_written)
"""Stands beside the type of a time that somebody sends."""


def utc(at: datetime) -> datetime:
    """The same instant in UTC; raises ValueError where it is none there: the first day of all in a zone that was ahead."""
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("is before or after all times in UTC; write a time, such as 2026-03-02T10:00:00Z") from None
