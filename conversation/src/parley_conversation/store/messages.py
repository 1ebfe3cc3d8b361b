"""What was written in conversations, and their history, as documents."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from parley_chassis.mongo import Index, Order, Unit, beyond

from parley_conversation.domain.history import Entry
from parley_conversation.domain.images import Image
from parley_conversation.domain.messages import Message
from parley_conversation.domain.people import Actor
from parley_conversation.domain.words import RemovedBecause, Role, Violation, Visibility
from parley_conversation.ports import HistoryPlace, Posted

MESSAGES, HISTORY = "messages", "history"
LATEST_FIRST: Order = [("at", -1), ("sequence", -1), ("_id", -1)]

INDEXES = (
    Index(MESSAGES, [("conversation_id", 1), ("sequence", 1)], unique=True),
    Index(HISTORY, [("conversation_id", 1), *LATEST_FIRST]),
)


class MongoMessages:
    """Messages, in the order of their facts."""

    def __init__(self, unit: Unit) -> None:
        self._documents = unit.documents(MESSAGES)

    async def of(self, conversation_id: str) -> tuple[Posted, ...]:
        rows = await self._documents.by("conversation_id", conversation_id)
        return tuple(_posted_of(row) for row in sorted(rows, key=lambda row: row["sequence"]))

    async def load(self, conversation_ids: Iterable[str]) -> None:
        await self._documents.load_by("conversation_id", conversation_ids)

    async def get(self, conversation_id: str, message_id: str) -> Posted | None:
        row = await self._documents.get(message_id)
        return _posted_of(row) if row and row["conversation_id"] == conversation_id else None

    def add(self, conversation_id: str, posted: Posted) -> None:
        message = posted.message
        self._documents.put(
            {
                "_id": message.id,
                "conversation_id": conversation_id,
                "sequence": posted.sequence,
                "at": posted.at,
                "author_id": message.author.id,
                "author_role": message.author.role.value,
                "visibility": message.visibility.value,
                "language": message.language,
                "text": message.text,
                "topic": message.topic,
                "images": [asdict(each) for each in message.images],
                "flagged": [each.value for each in message.flagged],
                "removed": message.removed and message.removed.value,
            }
        )

    async def erase(self, conversation_ids: Sequence[str]) -> None:
        for row in await self._documents.find({"conversation_id": {"$in": list(conversation_ids)}}):
            self._documents.remove(row["_id"])


class MongoHistory:
    """Who did what."""

    def __init__(self, unit: Unit) -> None:
        self._documents = unit.documents(HISTORY)

    def add(self, entry: Entry) -> None:
        self._documents.put(
            {
                "_id": entry.id,
                "conversation_id": entry.conversation_id,
                "at": entry.at,
                "by_id": entry.by.id,
                "by_role": entry.by.role.value,
                "what": entry.what,
                "sequence": entry.sequence,
                "visibility": entry.visibility and entry.visibility.value,
            }
        )

    async def erase(self, ids: Sequence[str]) -> None:
        for row in await self._documents.find({"conversation_id": {"$in": list(ids)}}):
            self._documents.remove(row["_id"])

    async def of(self, conversation_id: str, *, after: HistoryPlace | None, limit: int) -> tuple[Entry, ...]:
        wanted = {"conversation_id": conversation_id} | beyond(LATEST_FIRST, after)
        rows = await self._documents.find(wanted, sort=LATEST_FIRST, limit=limit)
        return tuple(_entry_of(row) for row in rows)


def _posted_of(row: Mapping[str, Any]) -> Posted:
    message = Message(
        id=row["_id"],
        author=Actor(row["author_id"], Role(row["author_role"])),
        text=row["text"],
        visibility=Visibility(row["visibility"]),
        language=row["language"],
        topic=row.get("topic"),
        images=tuple(Image(**each) for each in row.get("images", ())),
        flagged=tuple(Violation(each) for each in row.get("flagged", ())),
        removed=RemovedBecause(row["removed"]) if row.get("removed") else None,
    )
    return Posted(message=message, sequence=row["sequence"], at=row["at"])


def _entry_of(row: Mapping[str, Any]) -> Entry:
    return Entry(
        id=row["_id"],
        conversation_id=row["conversation_id"],
        at=row["at"],
        by=Actor(row["by_id"], Role(row["by_role"])),
        what=row["what"],
        sequence=row["sequence"],
        visibility=Visibility(row["visibility"]) if row["visibility"] else None,
    )
