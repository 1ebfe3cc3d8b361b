"""G3: what a relay saves it saves under the newest epoch of its lease, and epochs only grow."""

from collections import Counter
from collections.abc import Iterator

from parley_drill.checks.violation import Violation
from parley_drill.evidence import Evidence


def check(evidence: Evidence) -> Iterator[Violation]:
    """The changes of each lease in the order in which the database made them."""
    newest: dict[tuple[str, str], int] = {}
    holders: dict[tuple[str, str], str | None] = {}
    for change in evidence.leases:
        lease = (change["database"], change["lease"])
        epoch, owner = change["epoch"], change["owner"]
        if epoch is None:
            continue  # its beginning is no longer recorded
        known, holder = newest.get(lease, 0), holders.get(lease, owner)
        if epoch < known or (owner and owner != holder and epoch <= known):
            yield Violation("I20 fencing", "G3", f"{lease[0]}: the lease {lease[1]} went to {owner} under epoch {epoch} after {known}")
        newest[lease], holders[lease] = max(known, epoch), owner or holder
        if change["saved"] and change["saved_by"] != newest[lease]:
            what = f"{lease[0]}: the lease {lease[1]} was saved under epoch {change['saved_by']} when {newest[lease]} had begun"
            yield Violation("I20 fencing", "G3", what)


def saves(evidence: Evidence) -> dict[str, int]:
    """How many there were, by service."""
    return dict(Counter(change["database"] for change in evidence.leases if change["saved"]))
