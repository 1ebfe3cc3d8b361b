"""Where a page of a list goes on, as a filter: whatever comes after a place in the list's order."""

from collections.abc import Sequence
from typing import Any

Order = Sequence[tuple[str, int]]
"""The fields by which a list is sorted, each with 1 or -1; the last one is unique."""


def beyond(order: Order, place: Sequence[Any] | None) -> dict[str, Any]:
    """What has the place's values in the first fields and comes later in the next one. MongoDB sorts null before everything,
    and finds it by none of its comparisons."""
    if place is None:
        return {}
    same: dict[str, Any] = {}
    later: list[dict[str, Any]] = []
    for (field, direction), value in zip(order, place, strict=True):
        if direction > 0:
            later.append({**same, field: {"$ne": None} if value is None else {"$gt": value}})
        elif value is not None:
            later.append({**same, field: {"$not": {"$gte": value}}})
        same[field] = value
    return {"$or": later}
