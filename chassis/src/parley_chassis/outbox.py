"""The outbox: a transaction writes its events here, and the relay brings them to Kafka in commit order."""

from datetime import datetime, timedelta
from typing import Any

from parley_contracts.envelope import MAX_HEADER_BYTES, MAX_VALUE_BYTES, Envelope
from parley_contracts.topics import Topic
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection

from parley_chassis import tracing
from parley_chassis.tracing import Trace

OUTBOX = "outbox"
HEARTBEAT = "heartbeat"
"""The ``_id`` of the one row that is no event."""

TOMBSTONES = "tombstones"
"""Those that are to be written again, with the time when that is ``due``."""
AGAIN = timedelta(hours=1)

KEPT = timedelta(days=7)
"""How long a published row stays; the relay itself removes it."""


class TooLarge(ValueError):
    """An event passes the limit of its value or its headers."""


def row_of(envelope: Envelope, topic: Topic, written: datetime | None = None) -> dict[str, Any]:
    """The row of one event. It holds the bytes of the record, so that the relay decodes nothing.

    ``written`` is given where the event tells of another time: the relay looks for rows by when they came, and so do clean-up and alerts.
    """
    headers = dict(envelope.headers())
    size = sum(len(name) + len(value) for name, value in headers.items())
    if size > MAX_HEADER_BYTES:
        raise TooLarge(f"{envelope.type}: headers may have {MAX_HEADER_BYTES} bytes and these have {size}; shorten the ids")
    if envelope.value is not None and len(envelope.value) > MAX_VALUE_BYTES:
        raise TooLarge(f"{envelope.type}: a value may have {MAX_VALUE_BYTES} bytes and this one has {len(envelope.value)}; shorten it")
    if topic.compacted != (envelope.sequence is None):
        needs = "no sequence" if topic.compacted else "a sequence"
        raise ValueError(f"{envelope.type}: an event on {topic.name} has {needs}")
    return {
        "_id": envelope.id,
        "topic": topic.name,
        "key": envelope.subject,
        "type": envelope.type,
        "sequence": envelope.sequence,
        "at": written or envelope.time,
        "headers": headers,
        "value": envelope.value,
    }


class Outbox:
    """The events of one transaction, inserted together at its end."""

    def __init__(
        self, collection: AsyncCollection[dict[str, Any]], again: AsyncCollection[dict[str, Any]], session: AsyncClientSession
    ) -> None:
        self._collection = collection
        self._again = again
        self._session = session
        self._pending: list[dict[str, Any]] = []
        self._withdrawn: list[dict[str, Any]] = []

    def add(self, envelope: Envelope, topic: Topic, *, written: datetime | None = None) -> None:
        """Publish the event when, and only when, this transaction commits.

        It belongs to the trace that it names itself, else to that of the work at hand, else to one of its own.
        """
        named = Trace.after(envelope.traceparent, envelope.first_traceparent) if envelope.traceparent else tracing.here()
        row = row_of(envelope, topic, written)
        row["headers"] |= (named or Trace.begun()).headers()
        self._pending.append(row)

    def withdraw(self, topic: Topic, subject: str) -> None:
        """Erase what stands here of a subject of a compacted topic, published or not; its tombstones stay."""
        self._withdrawn.append({"topic": topic.name, "key": subject, "value": {"$ne": None}})

    async def flush(self) -> None:
        """Delete what was withdrawn, insert what was added, in that order; tombstones come again."""
        if self._withdrawn:
            rows, self._withdrawn = self._withdrawn, []
            await self._collection.delete_many({"$or": rows}, session=self._session)
        if self._pending:
            rows, self._pending = self._pending, []
            await self._collection.insert_many(rows, session=self._session)
            if again := [{**row, "due": row["at"] + AGAIN} for row in rows if row["value"] is None]:
                await self._again.insert_many(again, session=self._session)
