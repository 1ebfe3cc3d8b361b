"""A message: who wrote it, who may read it. Its text never leaves the service that keeps it."""

from dataclasses import dataclass, replace

from parley_conversation.domain.images import Image
from parley_conversation.domain.people import Actor
from parley_conversation.domain.words import RemovedBecause, Violation, Visibility


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a conversation."""

    id: str
    author: Actor
    text: str
    visibility: Visibility = Visibility.PUBLIC
    language: str | None = None
    """The author's setting; nothing is guessed."""
    topic: str | None = None
    """What a note on an order is about; everything else has none."""
    images: tuple[Image, ...] = ()
    flagged: tuple[Violation, ...] = ()
    """What the market's content policy found in it."""
    removed: RemovedBecause | None = None
    """Why it was taken away; nobody can read it any more."""

    def taken_away(self, because: RemovedBecause) -> "Message":
        return replace(self, text="", images=(), removed=because)
