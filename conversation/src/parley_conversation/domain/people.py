"""Who asks and who acts. Access comes from the sign-in or the link, the role from the conversation."""

from dataclasses import dataclass
from datetime import datetime

from parley_conversation.domain.words import Role

SYSTEM_ID = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody in one conversation."""

    id: str
    role: Role


SYSTEM = Actor(SYSTEM_ID, Role.SYSTEM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What a direct link says: one person in one conversation, as of one mail."""

    conversation_id: str
    role: Role
    issued_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who asks, before it is known what they are in the conversation: a sign-in, or the holder of a link."""

    party_id: str
    is_buyer: bool = False
    seller_ids: frozenset[str] = frozenset()
    markets: frozenset[str] = frozenset()
    """The markets that this person does support for."""
    moderates: bool = False
    """Whether this is a service that may read and remove single messages anywhere."""
    language: str | None = None
    link: Link | None = None
    """Set where there is no sign-in: a sign-in beats a link."""

    @property
    def asks(self) -> bool:
        """Whether this person can be somebody's buyer: sellers ask other shops too, support and on-call ask nobody."""
        return self.is_buyer or bool(self.seller_ids)
