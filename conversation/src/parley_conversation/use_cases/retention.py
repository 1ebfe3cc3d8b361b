"""What has been closed for longer than its market keeps it is removed, some at a time."""

from parley_conversation.domain.conversation import Conversation
from parley_conversation.ports import Transaction

AT_ONCE = 100
"""Conversations that one transaction removes, with all that is kept about them."""


async def remove_ended(tx: Transaction) -> tuple[Conversation, ...]:
    """Remove what nobody has touched since it was closed, for as long as its market says; AT_ONCE of them if there may be more."""
    gone: list[Conversation] = []
    for id, market in tx.markets.items():
        if room := AT_ONCE - len(gone):
            gone += await tx.conversations.ended(id, before=tx.now - market.retention, limit=room)
    await tx.traces.remove([each.id for each in gone])
    return tuple(gone)
