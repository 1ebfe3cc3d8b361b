"""Times in requests: as RFC 3339 writes them. A number is none, for it tells neither its unit nor its zone."""

import re
from typing import Any

from pydantic import BeforeValidator

_NUMBER = re.compile(r"\s*[+-]?[\d._]+\s*")


def _written(value: Any) -> Any:
    if isinstance(value, int | float) or (isinstance(value, str) and _NUMBER.fullmatch(value)):
        raise ValueError("is a number; write a time, such as 2026-03-02T10:00:00Z")
    return value


WRITTEN = BeforeValidator(_written)
"""Stands beside the type of a time that somebody sends."""
