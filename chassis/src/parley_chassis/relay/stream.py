"""The outbox as the relay reads it: whole batches of the change stream, and the snapshot that a first start begins with."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from bson.timestamp import Timestamp
from pymongo.errors import OperationFailure

from parley_chassis.mongo.driver import Database, Session, command, session
from parley_chassis.outbox import HEARTBEAT, OUTBOX

BATCH = 1_000
WAIT_MS = 2_000
_HISTORY_LOST = frozenset({136, 222, 260, 280, 286})
"""CappedPositionLost, CloseChangeStream, InvalidResumeToken, ChangeStreamFatalError, ChangeStreamHistoryLost."""

_BY_SUBJECT = {"key": 1, "sequence": 1, "at": 1}
_BROKEN = frozenset({43, 234, 237, 11601, 11602})
"""CursorNotFound, RetryChangeStream, CursorKilled, Interrupted, InterruptedDueToReplStateChange."""

_MATCH = {"$match": {"operationType": {"$in": ["insert", "update", "replace"]}}}


class HistoryLost(RuntimeError):
    """The database cannot go on where the relay stopped."""


class StreamBroken(RuntimeError):
    """The stream ended, as it does when another node becomes the primary; it can be opened again where it was."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one reading gave: outbox rows in commit order, the heartbeat's among them, and the token after them."""

    rows: list[dict[str, Any]]
    token: dict[str, Any]


async def operation_time(database: Database) -> Timestamp:
    """The database's present place in its own log."""
    answer = await command(database, {"ping": 1})
    return answer["operationTime"]  # type: ignore[no-any-return]


async def snapshot(database: Database, at: Timestamp, wanted: dict[str, Any]) -> AsyncIterator[list[dict[str, Any]]]:
    """The events of the outbox that are ``wanted``, as of one place in the log, by (subject, sequence)."""
    find = {
        "find": OUTBOX,
        "filter": {"_id": {"$ne": HEARTBEAT}, **wanted},
        "sort": _BY_SUBJECT,
        # By its index: sorting a week of events would outlast any timeout.
        "hint": _BY_SUBJECT,
        "batchSize": BATCH,
        "readConcern": {"level": "snapshot", "atClusterTime": at},
    }
    async with session(database.client, causal=False) as opened:
        cursor = (await command(database, find, session=opened))["cursor"]
        rows = cursor["firstBatch"]
        while rows:
            yield rows
            if not cursor["id"]:
                return
            cursor = (await command(database, _get_more(cursor["id"]), session=opened))["cursor"]
            rows = cursor["nextBatch"]


class OutboxStream:
    """An open change stream on the outbox, read by whole batches; the same for both drivers."""

    def __init__(self, database: Database, opened: Session, cursor: dict[str, Any]) -> None:
        self._database = database
        self._session = opened
        self._id = cursor["id"]
        self._first: dict[str, Any] | None = cursor

    @classmethod
    async def open(cls, database: Database, opened: Session, where: dict[str, Any]) -> "OutboxStream":
        """``where`` is ``resumeAfter`` with a token or ``startAtOperationTime``; raises HistoryLost."""
        pipeline = [{"$changeStream": where}, _MATCH]
        aggregate = {"aggregate": OUTBOX, "pipeline": pipeline, "cursor": {"batchSize": BATCH}, "readConcern": {"level": "majority"}}
        cursor = (await _or_history_lost(database, aggregate, opened))["cursor"]
        return cls(database, opened, cursor)

    async def read(self) -> Batch:
        """The next batch; empty after two seconds of silence."""
        cursor, self._first = self._first, None
        if cursor is None or not cursor["firstBatch"]:
            more = {**_get_more(self._id), "maxTimeMS": WAIT_MS}
            cursor = (await _or_history_lost(self._database, more, self._session))["cursor"]
        changes = cursor.get("nextBatch") or cursor.get("firstBatch") or []
        return Batch([_row(change) for change in changes], cursor["postBatchResumeToken"])


def _row(change: dict[str, Any]) -> dict[str, Any]:
    """An inserted row whole; of the heartbeat, which is updated, the fields that moved."""
    if change["operationType"] == "update":
        return {**change["documentKey"], **change["updateDescription"]["updatedFields"]}
    row: dict[str, Any] = change["fullDocument"]
    return row


def _get_more(id: int) -> dict[str, Any]:
    return {"getMore": id, "collection": OUTBOX, "batchSize": BATCH}


async def _or_history_lost(database: Database, document: dict[str, Any], opened: Session) -> dict[str, Any]:
    try:
        return await command(database, document, session=opened)
    except OperationFailure as error:
        if error.code in _HISTORY_LOST:
            raise HistoryLost(f"code {error.code}") from error
        if error.code in _BROKEN or error.has_error_label("ResumableChangeStreamError"):
            raise StreamBroken(f"code {error.code}") from error
        raise
