"""What the marketplace tells about people and shops. An older word never replaces a newer one."""

from collections.abc import Callable
from datetime import datetime

from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.links import Revoker
from parley_conversation.domain.parties import Party
from parley_conversation.domain.people import SYSTEM
from parley_conversation.ports import Transaction
from parley_conversation.use_cases.entering import Seat, act, keep

NameEvent = Callable[[Conversation], str]
"""Names the event that ends a conversation: the same erasure, heard again, gives the same id."""


async def know_party(tx: Transaction, party: Party) -> None:
    """Keep a person or a shop as it is now."""
    if not await _is_older(tx, party.id, party.time):
        tx.parties.put(party)


async def forget_party(tx: Transaction, party_id: str, *, at: datetime, cause: str, event_id: NameEvent) -> None:
    """Erase what is known of them, and end what they asked."""
    if await _is_older(tx, party_id, at):
        return
    await erase_party(tx, party_id, at=at)
    for conversation in await tx.conversations.of_buyer(party_id):
        how = await act(tx, Seat(conversation, SYSTEM), ids=(event_id(conversation),))
        keep(tx, conversation.erase_buyer(how), cause)


async def erase_party(tx: Transaction, party_id: str, *, at: datetime) -> None:
    """Erase what is known of them and make every link of theirs invalid for good."""
    tx.parties.erase(party_id, at)
    record = await tx.links.get(party_id, None)
    tx.links.put(record.revoke(max(tx.now, at), Revoker.ERASURE))


async def _is_older(tx: Transaction, party_id: str, time: datetime) -> bool:
    known = await tx.parties.time_of(party_id)
    return known is not None and time < known
