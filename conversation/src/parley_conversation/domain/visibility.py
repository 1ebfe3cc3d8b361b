"""Who may read a message."""

from parley_conversation.domain.messages import Message
from parley_conversation.domain.words import Role, Visibility

READERS: dict[tuple[Visibility, Role], frozenset[Role]] = {
    **{(Visibility.PUBLIC, author): frozenset(Role) for author in Role},
    (Visibility.BACKSTAGE, Role.SELLER): frozenset({Role.SELLER, Role.SUPPORT}),
    (Visibility.BACKSTAGE, Role.SUPPORT): frozenset({Role.SELLER, Role.SUPPORT}),
    (Visibility.INTERNAL, Role.SELLER): frozenset({Role.SELLER, Role.SUPPORT}),
    (Visibility.INTERNAL, Role.SUPPORT): frozenset({Role.SUPPORT}),
}
"""Visibility and author -> who reads. An internal note is its side's own; support also reads the seller's."""


def may_read(message: Message, role: Role, *, by_link: bool = False) -> bool:
    """Whether this role reads the message. What the table does not name, nobody reads; what is internal, nobody by a link."""
    if by_link and message.visibility is Visibility.INTERNAL:
        return False
    return role in READERS.get((message.visibility, message.author.role), frozenset())
