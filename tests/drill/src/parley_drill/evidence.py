"""Everything that the checker may know: the files of one drill."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from parley_drill import journal
from parley_drill.databases import READ, Databases, Row
from parley_drill.journal import Line
from parley_drill.leases import lease_history
from parley_drill.leaving import Marks
from parley_drill.log import Reader, Record, first_occurrences
from parley_drill.searching import said, searched
from parley_drill.stopped import cancelled_handlers

ERASURES = "erasures.jsonl"


@dataclass
class Evidence:
    """What a drill left behind."""

    plan: Line = field(default_factory=dict)
    history: list[Line] = field(default_factory=list)
    faults: list[Line] = field(default_factory=list)
    mails: list[Line] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    others: list[Record] = field(default_factory=list)
    """What stands on the topics of which nothing else is promised."""
    rows: dict[str, list[Row]] = field(default_factory=dict)
    drained: Line = field(default_factory=dict)
    replay: Line = field(default_factory=dict)
    """What the second fold of the log said."""
    leases: list[Line] = field(default_factory=list)
    """Each change of a lease, in the order of the database."""
    cancelled: list[Line] = field(default_factory=list)
    """Which process cancelled a handler, and when."""
    erasures: list[Line] = field(default_factory=list)
    """Who was erased, with the mark to be looked for."""
    searched: list[Line] = field(default_factory=list)
    """How many rows of each collection were looked at for it."""
    traces: list[Line] = field(default_factory=list)
    """The rows in which it was found."""
    said: Line = field(default_factory=dict)
    """How many lines the processes have said, and those in which it was found."""

    @cached_property
    def firsts(self) -> list[Record]:
        """The log without repeats."""
        return list(first_occurrences(self.records))

    @cached_property
    def real(self) -> list[Record]:
        """The log without repeats and without what the drill wrote itself."""
        return [record for record in self.firsts if not record.own]

    def of_type(self, *names: str) -> list[Record]:
        return [record for record in self.real if record.type in names]


def load(folder: Path) -> Evidence:
    """Read the files again."""
    rows = {name: journal.read(folder / "databases" / f"{name}.jsonl") for name in READ}
    for row in (row for found in rows.values() for row in found):
        for name in ("at", "ended", "expires"):
            if isinstance(row.get(name), str):
                row[name] = datetime.fromisoformat(row[name])
    (plan, *_) = journal.read(folder / "plan.jsonl") or [{}]
    (drained, *_) = journal.read(folder / "drained.jsonl") or [{}]
    (replay, *_) = journal.read(folder / "replay.jsonl") or [{}]
    erasures = journal.read(folder / ERASURES)
    return Evidence(
        plan=plan,
        history=journal.read(folder / "history.jsonl"),
        faults=journal.read(folder / "faults.jsonl"),
        mails=journal.read(folder / "mails.jsonl"),
        records=[Record.of(line) for line in journal.read(folder / "log.jsonl")],
        rows=rows,
        drained=drained,
        replay=replay,
        leases=journal.read(folder / "leases.jsonl"),
        cancelled=list(cancelled_handlers(folder / "log")),
        others=[Record.of(line) for line in journal.read(folder / "others.jsonl")],
        erasures=erasures,
        searched=journal.read(folder / "searched.jsonl"),
        traces=journal.read(folder / "traces.jsonl"),
        said=said(folder / "log", Marks(erasures)),
    )


async def collect(folder: Path, databases: Databases, reader: Reader) -> None:
    """Write what the servers hold into files; the other files were written on the way."""
    journal.save(folder / "log.jsonl", (record.line() for record in reader.records))
    journal.save(folder / "others.jsonl", (record.line() for record in reader.others))
    journal.save(folder / "leases.jsonl", lease_history(await databases.lease_changes()))
    for name in READ:
        journal.save(folder / "databases" / f"{name}.jsonl", map(_plain, await databases.rows(name)))
    if marks := Marks(journal.read(folder / ERASURES)):
        rows, traces = await searched(databases.everything(), marks)
        journal.save(folder / "searched.jsonl", rows)
        journal.save(folder / "traces.jsonl", traces)


def _plain(row: Row) -> dict[str, Any]:
    if "headers" in row:
        headers = {name: bytes(value).decode("utf-8", "replace") for name, value in row["headers"].items()}
        return {**row, "headers": headers}
    return row
