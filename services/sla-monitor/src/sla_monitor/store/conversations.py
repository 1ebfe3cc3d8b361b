"""Conversations: one document each, which carries its open cycles and the instant at which time will next change it."""

from collections.abc import Iterable
from datetime import datetime

from parley_chassis.mongo import Order, Unit, beyond
from parley_chassis.positions import born

from sla_monitor.domain.conversation import Conversation
from sla_monitor.ports import ForeignConversation, Kept, Partition
from sla_monitor.store.documents import Document, conversation_of, document_of_conversation
from sla_monitor.store.indexes import CONVERSATIONS, FROZEN, OUTLIVES

BY_ID: Order = [("_id", 1)]


class MongoConversations:
    """The conversations inside one transaction."""

    def __init__(self, unit: Unit) -> None:
        self._rows = unit.documents(CONVERSATIONS)
        self._now = unit.now
        self._read: dict[str, Document] = {}

    async def get(self, id: str, topic: str) -> Conversation | None:
        row = await self._row(id)
        if row is not None and row["topic"] != topic:
            raise ForeignConversation(row["topic"])
        return conversation_of(row) if row else None

    async def kept(self, id: str) -> Kept | None:
        row = await self._row(id)
        return _kept(row) if row else None

    async def load(self, ids: Iterable[str]) -> None:
        await self._rows.load(ids)

    async def due(self, partition: Partition, before: datetime, limit: int) -> list[Conversation]:
        wanted = {"topic": partition.topic, "partition": partition.number, "next": {"$lt": before}}
        rows = await self._rows.find(wanted, sort=[("next", 1)], limit=limit)
        self._read.update((row["_id"], row) for row in rows)
        return [conversation_of(row) for row in rows]

    async def overdue(self, partition: Partition, due_from: datetime, due_to: datetime, limit: int) -> list[Conversation]:
        within = {"$elemMatch": {"$gte": due_from, "$lte": due_to}}
        wanted = {"topic": partition.topic, "partition": partition.number, "overdue": within, "frozen": False}
        rows = await self._rows.find(wanted, sort=[("_id", 1)], limit=limit)
        self._read.update((row["_id"], row) for row in rows)
        return [conversation_of(row) for row in rows]

    async def frozen(self, after: str | None, limit: int) -> list[Kept]:
        behind = beyond(BY_ID, None if after is None else (after,))
        return [_kept(row) for row in await self._rows.find(FROZEN | behind, sort=BY_ID, limit=limit)]

    def put(self, conversation: Conversation, topic: str, partition: int | None = None) -> None:
        before = self._read.get(conversation.id, {})
        row = document_of_conversation(conversation)
        row |= {
            "topic": topic,
            "partition": before.get("partition") if partition is None else partition,
            "told": before.get("told", 0),
            "told_at": before.get("told_at"),
        }
        # One that may begin again stays: what is told of it goes on counting.
        if conversation.closed and not conversation.open and not conversation.frozen and born(conversation.id) is not None:
            row["expires"] = self._now + OUTLIVES
        self._read[conversation.id] = row
        self._rows.put(row)

    def told(self, id: str) -> Document:
        """The row of a conversation that was put, to count what is told of it."""
        return self._read[id]

    async def _row(self, id: str) -> Document | None:
        row = await self._rows.get(id)
        if row is not None:
            self._read[id] = row
        return row


def _kept(row: Document) -> Kept:
    return Kept(conversation_of(row), row["topic"], row["partition"])
