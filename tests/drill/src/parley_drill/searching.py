"""Looks for what is left of erased people: in every row of every database, and in every line that a process of Parley has said."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from pathlib import Path

from parley_drill.journal import Line
from parley_drill.leaving import Marks

OWNED = ("images", "reply_templates")
"""Collections in which a row that names somebody belongs to them."""

DIGEST_FOR_AN_HOUR = ("inquiries", "guest_tallies")
"""How often a guest asked is counted under a digest of the address; these rows go by themselves before the drill's day is over."""

SERVERS = ("kafka", "mongodb", "topics")
"""Parts that are not Parley's own."""


async def searched(rows: AsyncIterator[tuple[str, str, str, bytes]], marks: Marks) -> tuple[list[Line], list[Line]]:
    """How many rows each collection had, and each row with something of these people in any field, name or binary."""
    counts: Counter[tuple[str, str]] = Counter()
    traces: list[Line] = []
    pictures: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    async for database, collection, id, row in rows:
        counts[database, collection] += 1
        found = marks.found(row) | (marks.named(row) if collection in OWNED else set())
        for whose, what in sorted(found):
            if what != "the digest of the address" or (database, collection) != DIGEST_FOR_AN_HOUR:
                traces.append({"database": database, "collection": collection, "row": id, "of": whose, "what": what})
        if collection in ("images", "image_contents"):
            pictures[database][collection].add(id)
    for database, kept in pictures.items():
        for id in sorted(kept["image_contents"] - kept["images"]):
            traces.append({"database": database, "collection": "image_contents", "row": id, "of": "somebody", "what": "a picture"})
    looked = [{"database": database, "collection": collection, "rows": count} for (database, collection), count in sorted(counts.items())]
    return looked, traces


def said(logs: Path, marks: Marks) -> Line:
    """How many lines all processes have said, and each line with something of these people."""
    lines, traces = 0, []
    for file in sorted(logs.glob("*.log")):
        if file.name.startswith(SERVERS):
            continue
        with file.open("rb") as text:
            for number, line in enumerate(text, start=1):
                lines += 1
                traces += [{"file": file.name, "line": number, "of": whose, "what": what} for whose, what in sorted(marks.found(line))]
    return {"lines": lines, "traces": traces}
