"""Images that belong to messages: what is known of them beside what they show, and how many there may be."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

MOST_OF_A_MESSAGE = 5
MOST_UNUSED = 20
"""As many may wait for their message; who uploads more must use some first, or wait until they go."""

UNUSED_FOR = timedelta(hours=24)
MEDIA_TYPE = "image/webp"
"""Whatever is uploaded is drawn again, without metadata, and kept in one format that every browser shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image; width and height in pixels, size in bytes."""

    id: str
    width: int
    height: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """Whose an image is, and which messages have it: none before the first is sent, several where one question opened several tickets."""

    image: Image
    owner_id: str
    taken: Mapping[str, str] = field(default_factory=dict)
    """The message by its conversation."""

    def taken_by(self, conversation_id: str, message_id: str) -> "Upload":
        return replace(self, taken={**self.taken, conversation_id: message_id})

    def without(self, conversation_ids: Collection[str]) -> "Upload":
        """What is left of it when these conversations go."""
        return replace(self, taken={id: message for id, message in self.taken.items() if id not in conversation_ids})
