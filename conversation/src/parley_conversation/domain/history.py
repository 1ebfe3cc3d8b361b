"""The history of a conversation: who did what, and which of support read it."""

from dataclasses import dataclass
from datetime import datetime

from parley_conversation.domain.facts import Fact
from parley_conversation.domain.people import Actor
from parley_conversation.domain.words import Role, Visibility

READ = "Read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line: what a person did, and no text. ``what`` is a fact's name, or that support read."""

    id: str
    conversation_id: str
    at: datetime
    by: Actor
    what: str
    sequence: int | None = None
    visibility: Visibility | None = None
    """That of the message that it came with."""

    def is_for(self, reader: Role) -> bool:
        """The seller does not learn of support's own notes, nor of what support read."""
        own = self.visibility is Visibility.INTERNAL or self.what == READ
        return reader is Role.SUPPORT or not (own and self.by.role is Role.SUPPORT)


def entry_of(conversation_id: str, fact: Fact) -> Entry:
    """What a fact leaves in the history."""
    return Entry(
        id=fact.id,
        conversation_id=conversation_id,
        at=fact.at,
        by=fact.by,
        what=type(fact.what).__name__,
        sequence=fact.sequence,
        visibility=fact.message.visibility if fact.message else None,
    )


def reading_of(conversation_id: str, reader: Actor, at: datetime) -> Entry:
    """That somebody read; two looks in one millisecond are one."""
    return Entry(id=f"read|{conversation_id}|{reader.id}|{at.isoformat()}", conversation_id=conversation_id, at=at, by=reader, what=READ)
