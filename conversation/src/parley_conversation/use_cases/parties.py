"""What the marketplace tells about people and shops. An older word never replaces a newer one."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeVar

from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.images import MOST_UNUSED
from parley_conversation.domain.links import Revoker
from parley_conversation.domain.parties import Party
from parley_conversation.domain.people import SYSTEM
from parley_conversation.domain.templates import MOST_OF_AN_OWNER, Owner
from parley_conversation.ports import Transaction
from parley_conversation.use_cases.entering import Seat, act, keep

AT_ONCE = 200
"""Conversations that one transaction changes for a tombstone; a shop may have had many thousands."""

NameEvent = Callable[[Conversation], str]
"""Names the event that a tombstone brings about in a conversation: the same one, heard again, gives the same id."""

Tx = TypeVar("Tx", contravariant=True)


class Forget(Protocol[Tx]):
    """A service's use case that erases a person or a shop with all that it has of them; True if there may be more."""

    async def __call__(self, tx: Tx, party_id: str, *, at: datetime, cause: str, event_id: NameEvent) -> bool: ...


async def know_party(tx: Transaction, party: Party) -> None:
    """Keep a person or a shop as it is now."""
    if not _is_older(await tx.parties.time_of(party.id), party.time):
        tx.parties.put(party)


async def forget_party(tx: Transaction, party_id: str, *, at: datetime, cause: str, event_id: NameEvent) -> tuple[Conversation, ...]:
    """Erase what is known of them, and what they asked with all that was written about it; what was a shop's is support's.

    Who came back since under the same id keeps what is new. Returns the conversations that were changed, AT_ONCE at most.
    """
    known = await tx.parties.time_of(party_id)
    came_back = known if _is_older(known, at) else None
    if came_back is None:
        await erase_party(tx, party_id, at=at)
    erased = []
    for conversation in await tx.conversations.not_erased(party_id, before=came_back, limit=AT_ONCE):
        how = await act(tx, Seat(conversation, SYSTEM), ids=(event_id(conversation),))
        erased.append(keep(tx, conversation.erase_buyer(how), cause))
        tx.conversations.put(erased[-1])
    for kept in (tx.messages, tx.images):
        await kept.erase([each.id for each in erased])
    room = AT_ONCE - len(erased) if came_back is None else 0
    orphans = await tx.conversations.left_to(party_id, limit=room) if room else ()
    for conversation in orphans:
        how = await act(tx, Seat(conversation, SYSTEM), ids=(event_id(conversation),))
        keep(tx, conversation.erase_seller(how), cause)
    return (*erased, *orphans)


async def erase_party(tx: Transaction, party_id: str, *, at: datetime) -> None:
    """Erase what is known of them and make every link of theirs invalid for good."""
    tx.parties.erase(party_id, at)
    for unused in await tx.images.unused(party_id, limit=MOST_UNUSED):
        tx.images.remove(unused.image.id)
    for template in await tx.templates.of([Owner(seller_id=party_id)], after=None, limit=MOST_OF_AN_OWNER):
        tx.templates.remove(template.id)
    record = await tx.links.get(party_id, None)
    tx.links.put(record.revoke(max(tx.now, at), Revoker.ERASURE))


def _is_older(known: datetime | None, time: datetime) -> bool:
    return known is not None and time < known
