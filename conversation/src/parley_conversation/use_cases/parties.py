"""What the marketplace tells about people and shops. An older word never replaces a newer one."""

from datetime import datetime

from parley_conversation.domain.links import Revoker
from parley_conversation.domain.parties import Party
from parley_conversation.ports import Transaction


async def know_party(tx: Transaction, party: Party) -> None:
    """Keep a person or a shop as it is now."""
    if not await _is_older(tx, party.id, party.time):
        tx.parties.put(party)


async def forget_party(tx: Transaction, party_id: str, *, at: datetime) -> None:
    """Erase what is known, and make every link of theirs invalid for good."""
    if await _is_older(tx, party_id, at):
        return
    tx.parties.erase(party_id, at)
    record = await tx.links.get(party_id, None)
    tx.links.put(record.revoke(max(tx.now, at), Revoker.ERASURE))


async def _is_older(tx: Transaction, party_id: str, time: datetime) -> bool:
    known = await tx.parties.time_of(party_id)
    return known is not None and time < known
