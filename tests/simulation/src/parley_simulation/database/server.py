"""The server: versions of rows, transactions on a snapshot of them, and the log of what was committed."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import bson
from bson.codec_options import CodecOptions
from parley_chassis.outbox import HEARTBEAT, OUTBOX
from pymongo.errors import OperationFailure

from parley_simulation.database.language import Row, matches
from parley_simulation.loop import VirtualLoop
from parley_simulation.waiting import News, pause

BEGINNING = datetime(2026, 3, 2, 10, tzinfo=UTC)
LIFETIME = 5
"""transactionLifetimeLimitSeconds; a transaction may live half as long again."""

TRANSIENT, UNKNOWN = "TransientTransactionError", "UnknownTransactionCommitResult"
_OPTIONS: CodecOptions[Row] = CodecOptions(tz_aware=True, tzinfo=UTC)

Key = tuple[str, str]


@dataclass
class Faults:
    """How likely each is, of one call."""

    lost: float = 0.0
    """The connection breaks before the call arrived, or before its answer did."""
    stalled: float = 0.0
    """The call takes seconds."""
    aborted: float = 0.0
    """A commit is refused: nothing was changed."""
    unheard: float = 0.0
    """Nobody learns what became of a commit."""
    cursors: float = 0.0
    """An open cursor is gone."""


@dataclass(eq=False)
class Transaction:
    """What one session is doing. Its rows are locked until it ends."""

    began: float
    snapshot: int
    ends: float
    writes: dict[Key, Row | None] = field(default_factory=dict)
    open: bool = True
    committed: bool = False


@dataclass(slots=True)
class _Version:
    since: int
    raw: bytes | None
    row: Row


def failure(code: int, *labels: str) -> OperationFailure:
    error = OperationFailure(f"code {code}", code)
    for label in labels:
        error._add_error_label(label)
    return error


class Server:
    """One database. ``skew`` is how far its clock is from everybody's."""

    def __init__(self, loop: VirtualLoop, chance: random.Random, *, skew: timedelta = timedelta()) -> None:
        self.loop = loop
        self.chance = chance
        self.faults = Faults()
        self.down_until = 0.0
        self._skew = skew
        self._tables: dict[str, dict[str, list[_Version]]] = {}
        self._time = 0
        self._locks: dict[Key, Transaction] = {}
        self._open: set[Transaction] = set()
        self.log: list[tuple[str, Row]] = []
        """What the change stream of the outbox says: how, and the row or the fields that moved."""
        self.forgotten = 0
        """So many entries of the log are no longer there for who asks."""
        self.cursors: dict[int, int] = {}
        self.news = News(self.loop)
        """The log has grown."""

    @property
    def now(self) -> datetime:
        at = BEGINNING + timedelta(seconds=self.loop.time()) + self._skew
        return at.replace(microsecond=at.microsecond // 1000 * 1000)

    async def travel(self) -> None:
        """A request or an answer on its way."""
        stalled = self.chance.random() < self.faults.stalled
        await pause(self.chance.uniform(0.5, 4.0) if stalled else self.chance.random() * 0.004)
        while self.loop.time() < self.down_until:
            await pause(self.down_until - self.loop.time())

    # transactions

    def begin(self) -> Transaction:
        now = self.loop.time()
        begun = Transaction(now, self._time, now + LIFETIME * self.chance.uniform(1.0, 1.5))
        self._open.add(begun)
        return begun

    def check(self, transaction: Transaction) -> None:
        """A transaction that is too old is gone."""
        if transaction.open and self.loop.time() > transaction.ends:
            self.abort(transaction)
        if not transaction.open:
            raise failure(251, TRANSIENT)

    def abort(self, transaction: Transaction) -> None:
        transaction.open = False
        self._release(transaction)

    def commit(self, transaction: Transaction) -> None:
        self.check(transaction)
        transaction.open, transaction.committed = False, True
        self._release(transaction)
        self._time += 1
        for (collection, id), row in transaction.writes.items():
            self._keep(collection, id, row)

    def _release(self, transaction: Transaction) -> None:
        self._open.discard(transaction)
        for key in transaction.writes:
            if self._locks.get(key) is transaction:
                del self._locks[key]

    def locked(self, key: Key) -> bool:
        """Whether a living transaction holds the row."""
        holder = self._locks.get(key)
        if holder is not None and self.loop.time() > holder.ends:
            self.abort(holder)
        return key in self._locks

    # rows

    def get(self, collection: str, id: str, transaction: Transaction | None = None) -> Row | None:
        if transaction is not None and (collection, id) in transaction.writes:
            row = transaction.writes[collection, id]
            return None if row is None else _copy(row)
        version = self._version(collection, id, transaction)
        return bson.decode(version.raw, _OPTIONS) if version is not None and version.raw is not None else None

    def find(self, collection: str, wanted: Row, transaction: Transaction | None = None) -> list[Row]:
        return [row for id in self._ids(collection, wanted, transaction) if (row := self._look(collection, id, wanted, transaction))]

    def write(self, collection: str, id: str, row: Row | None, transaction: Transaction | None = None) -> None:
        """Put or delete a row, now or with its transaction; a row that somebody else changed since the snapshot is a conflict."""
        key = collection, id
        if transaction is None:
            self._time += 1
            self._keep(collection, id, row)
            return
        newest = self._tables.get(collection, {}).get(id)
        if (self.locked(key) and self._locks[key] is not transaction) or (newest and newest[-1].since > transaction.snapshot):
            self.abort(transaction)
            raise failure(112, TRANSIENT)
        self._locks[key] = transaction
        transaction.writes[key] = None if row is None else _copy(row)

    def _look(self, collection: str, id: str, wanted: Row, transaction: Transaction | None) -> Row | None:
        own = transaction.writes.get((collection, id), ...) if transaction is not None else ...
        if own is not ...:
            return _copy(own) if isinstance(own, dict) and matches(own, wanted) else None
        version = self._version(collection, id, transaction)
        if version is None or version.raw is None or not matches(version.row, wanted):
            return None
        return bson.decode(version.raw, _OPTIONS)

    def _ids(self, collection: str, wanted: Row, transaction: Transaction | None) -> Iterable[str]:
        id = wanted.get("_id")
        if isinstance(id, str):
            return [id]
        if isinstance(id, dict) and "$in" in id:
            return list(dict.fromkeys(id["$in"]))
        own = (key[1] for key in transaction.writes if key[0] == collection) if transaction is not None else ()
        return list(dict.fromkeys((*self._tables.get(collection, {}), *own)))

    def _version(self, collection: str, id: str, transaction: Transaction | None) -> _Version | None:
        versions = self._tables.get(collection, {}).get(id, ())
        if transaction is None:
            return versions[-1] if versions else None
        return next((each for each in reversed(versions) if each.since <= transaction.snapshot), None)

    def _keep(self, collection: str, id: str, row: Row | None) -> None:
        versions = self._tables.setdefault(collection, {}).setdefault(id, [])
        if collection == OUTBOX and row is not None:
            self._record(row, fresh=not versions or versions[-1].raw is None)
        raw = None if row is None else bson.encode(row)
        if not self._open:
            versions.clear()
        versions.append(_Version(self._time, raw, bson.decode(raw, _OPTIONS) if raw is not None else {}))

    def _record(self, row: Row, *, fresh: bool) -> None:
        self.log.append(("insert" if fresh or row["_id"] != HEARTBEAT else "update", _copy(row)))
        self.news.tell()

    def outbox_at(self, place: int) -> Iterator[Row]:
        """The events that had been committed at a place of the log and are still there."""
        for _, row in self.log[:place]:
            if row["_id"] != HEARTBEAT and self.get(OUTBOX, row["_id"]) is not None:
                yield row


def _copy(row: Any) -> Row:
    return bson.decode(bson.encode(row), _OPTIONS)
