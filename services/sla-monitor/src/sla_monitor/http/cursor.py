"""Keyset cursors: where a page ended, as opaque text."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta

from sla_monitor.domain.responses import Place

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


class BadCursor(ValueError):
    """The cursor is not one that this list gave; leave it out to begin at the first page."""


def written(place: Place) -> str:
    return urlsafe_b64encode(f"{(place.at - _EPOCH) // _MS}.{place.id}".encode()).decode().rstrip("=")


def read(text: str) -> Place:
    try:
        milliseconds, _, id = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition(".")
        at = _EPOCH + int(milliseconds) * _MS
    except (binascii.Error, ValueError, OverflowError):
        raise BadCursor from None
    if not id:
        raise BadCursor
    return Place(at, id)
