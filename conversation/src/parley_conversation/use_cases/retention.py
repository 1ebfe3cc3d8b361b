"""What nobody needs any more is removed when its market's time is over, some at a time."""

from parley_conversation.domain.conversation import Conversation
from parley_conversation.ports import Transaction

AT_ONCE = 100
"""Conversations that one transaction removes, with all that is kept about them."""


async def remove_ended(tx: Transaction) -> tuple[Conversation, ...]:
    """Remove what was closed so long ago as its market says, and threads of notes, which nobody closes, as long after the last one.

    AT_ONCE of them if there may be more.
    """
    gone: list[Conversation] = []
    for id, market in tx.markets.items():
        for over in (tx.conversations.ended, tx.conversations.untouched):
            if room := AT_ONCE - len(gone):
                gone += await over(id, before=tx.now - market.retention, limit=room)
    await tx.traces.remove([each.id for each in gone])
    return tuple(gone)
