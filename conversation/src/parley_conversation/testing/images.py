"""The double of the port for images."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from parley_conversation.domain.images import Upload


@dataclass(frozen=True, slots=True)
class KeptImage:
    """An image with what it shows, and since when no message has it."""

    upload: Upload
    content: bytes
    since: datetime


class Images:
    def __init__(self, rows: dict[Any, Any], now: datetime) -> None:
        self._rows: dict[str, KeptImage] = rows
        self._now = now

    async def get(self, id: str) -> Upload | None:
        return self._rows[id].upload if id in self._rows else None

    async def content_of(self, id: str) -> bytes:
        return self._rows[id].content

    async def unused(self, owner_id: str, *, limit: int) -> tuple[Upload, ...]:
        waiting = (row.upload for row in self._rows.values() if not row.upload.taken)
        return tuple(each for each in waiting if each.owner_id == owner_id)[:limit]

    async def outdated(self, *, before: datetime, limit: int) -> tuple[Upload, ...]:
        return tuple(row.upload for row in self._rows.values() if not row.upload.taken and row.since < before)[:limit]

    def add(self, upload: Upload, content: bytes) -> None:
        self._rows[upload.image.id] = KeptImage(upload, content, self._now)

    def put(self, upload: Upload) -> None:
        self._rows[upload.image.id] = replace(self._rows[upload.image.id], upload=upload)

    def remove(self, id: str) -> None:
        self._rows.pop(id, None)

    async def erase(self, conversation_ids: Sequence[str]) -> None:
        for id, row in list(self._rows.items()):
            left = row.upload.without(conversation_ids)
            if row.upload.taken and not left.taken:
                del self._rows[id]
            else:
                self._rows[id] = replace(row, upload=left)
