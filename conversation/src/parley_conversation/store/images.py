"""Images as documents: what is known of one, and what it shows, apart, so that nobody reads megabytes who asks whose it is.

Both are written and removed in one transaction with what they belong to. An image that was drawn again always fits into one (ADR 14).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from parley_chassis.mongo import Index, Unit

from parley_conversation.domain.images import Image, Upload

IMAGES, CONTENTS = "images", "image_contents"

INDEXES = (
    Index(IMAGES, [("taken.conversation_id", 1)]),
    Index(IMAGES, [("owner_id", 1), ("unused_since", 1)], where={"unused_since": {"$exists": True}}),
    Index(IMAGES, [("unused_since", 1)], where={"unused_since": {"$exists": True}}),
)


class MongoImages:
    """Images of one transaction."""

    def __init__(self, unit: Unit) -> None:
        self._now = unit.now
        self._rows = unit.documents(IMAGES)
        self._contents = unit.documents(CONTENTS)

    async def get(self, id: str) -> Upload | None:
        row = await self._rows.get(id)
        return _upload_of(row) if row else None

    async def content_of(self, id: str) -> bytes:
        row = await self._contents.get(id)
        return bytes(row["content"]) if row else b""

    async def unused(self, owner_id: str, *, limit: int) -> tuple[Upload, ...]:
        return await self._found({"owner_id": owner_id, "unused_since": {"$exists": True}}, limit)

    async def outdated(self, *, before: datetime, limit: int) -> tuple[Upload, ...]:
        return await self._found({"unused_since": {"$lt": before}}, limit)

    async def _found(self, filter: Mapping[str, Any], limit: int = 0) -> tuple[Upload, ...]:
        return tuple(_upload_of(row) for row in await self._rows.find(filter, limit=limit))

    def add(self, upload: Upload, content: bytes) -> None:
        self._contents.put({"_id": upload.image.id, "content": content})
        self.put(upload)

    def put(self, upload: Upload) -> None:
        image, taken = upload.image, [{"conversation_id": id, "message_id": message_id} for id, message_id in upload.taken.items()]
        self._rows.put(
            {
                "_id": image.id,
                "width": image.width,
                "height": image.height,
                "size": image.size,
                "owner_id": upload.owner_id,
                "taken": taken,
                **({} if taken else {"unused_since": self._now}),
            }
        )

    def remove(self, id: str) -> None:
        self._contents.remove(id)
        self._rows.remove(id)

    async def erase(self, conversation_ids: Sequence[str]) -> None:
        for each in await self._found({"taken.conversation_id": {"$in": list(conversation_ids)}}):
            if (left := each.without(conversation_ids)).taken:
                self.put(left)
            else:
                self.remove(each.image.id)


def _upload_of(row: Mapping[str, Any]) -> Upload:
    image = Image(id=row["_id"], width=row["width"], height=row["height"], size=row["size"])
    taken = {each["conversation_id"]: each["message_id"] for each in row["taken"]}
    return Upload(image=image, owner_id=row["owner_id"], taken=taken)
