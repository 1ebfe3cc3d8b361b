"""The history of the leases, put together from what the database recorded of each change."""

from collections.abc import Iterable, Iterator
from typing import Any

from parley_drill.journal import Line

_KEPT = ("epoch", "owner", "saved_by")


def lease_history(changes: Iterable[dict[str, Any]]) -> Iterator[Line]:
    """After each change who held the lease, under which epoch it was last saved, and whether this change was such a save."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for change in changes:
        database, said = change["ns"].partition(".")[0], change["o"]
        id = said["_id"] if "_id" in said else change["o2"]["_id"]
        diff = said.get("diff")
        if diff is None:
            rows[database, id], names = said, set(said)
        else:
            fields = {**diff.get("i", {}), **diff.get("u", {})}
            rows[database, id] = {**rows.get((database, id), {}), **fields}
            names = {*fields, *(name[1:] for name in diff if name.startswith("s"))}
        row = rows[database, id]
        yield {"database": database, "lease": id, "saved": "state" in names, **{name: row.get(name) for name in _KEPT}}
