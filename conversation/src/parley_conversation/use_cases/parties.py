"""What the marketplace tells about people and shops. An older word never replaces a newer one."""

from collections.abc import Callable
from datetime import datetime, timedelta
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

SHOPS_AT_ONCE = 20
"""Shops that one transaction looks at again."""

LOOK_AGAIN = timedelta(minutes=5)
"""How long after a shop's erasure its conversations are looked for once more: longer than any transaction lasts."""

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
    return (*erased, *await _leave_to_support(tx, party_id, cause, event_id, limit=room))


async def look_again(tx: Transaction, *, event_id: NameEvent) -> bool:
    """Give support what was opened with a shop while it was erased: neither transaction saw the other. True if there may be more."""
    shops, room = await tx.parties.to_look_at(tx.now, limit=SHOPS_AT_ONCE), AT_ONCE
    for shop in shops:
        room -= len(await _leave_to_support(tx, shop, cause_of(shop), event_id, limit=room))
        if not room:
            return True
        await tx.parties.looked_at(shop)
    return len(shops) == SHOPS_AT_ONCE


def cause_of(party_id: str) -> str:
    """What a party's erasure is called where events name their cause."""
    return f"tombstone:{party_id}"


async def _leave_to_support(tx: Transaction, seller_id: str, cause: str, event_id: NameEvent, *, limit: int) -> tuple[Conversation, ...]:
    orphans = await tx.conversations.left_to(seller_id, limit=limit) if limit else ()
    for conversation in orphans:
        how = await act(tx, Seat(conversation, SYSTEM), ids=(event_id(conversation),))
        keep(tx, conversation.erase_seller(how), cause)
    return orphans


async def erase_party(tx: Transaction, party_id: str, *, at: datetime) -> None:
    """Erase what is known of them and make every link of theirs invalid for good."""
    if await tx.parties.is_shop(party_id):
        tx.parties.close(party_id, at, look_again=tx.now + LOOK_AGAIN)
    else:
        tx.parties.erase(party_id, at)
    for unused in await tx.images.unused(party_id, limit=MOST_UNUSED):
        tx.images.remove(unused.image.id)
    for template in await tx.templates.of([Owner(seller_id=party_id)], after=None, limit=MOST_OF_AN_OWNER):
        tx.templates.erase(template)
    record = await tx.links.get(party_id, None)
    tx.links.put(record.revoke(max(tx.now, at), Revoker.ERASURE))


def _is_older(known: datetime | None, time: datetime) -> bool:
    return known is not None and time < known
