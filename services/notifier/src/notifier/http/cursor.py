"""The place after which a page of deliveries goes on, as one opaque word."""

import base64
import json
from datetime import UTC, datetime


class BadCursor(Exception):
    """Use the `next` of a page as `cursor`, unchanged."""


def written(created: datetime, id: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([created.isoformat(), id]).encode()).decode().rstrip("=")


def read(word: str) -> tuple[datetime, str]:
    """The place; raises BadCursor."""
    try:
        created, id = json.loads(base64.urlsafe_b64decode(word.encode("ascii") + b"=" * (-len(word) % 4)))
        place = datetime.fromisoformat(created)
    except (ValueError, TypeError):
        raise BadCursor from None
    if not isinstance(id, str) or place.tzinfo is None:
        raise BadCursor
    return place.astimezone(UTC), id
