"""Direct links: a new one for the holder of an old one, and making old ones invalid."""

from parley_conversation.domain.access import check_link, role_of
from parley_conversation.domain.links import Revoker
from parley_conversation.domain.people import Actor, Person
from parley_conversation.domain.refusals import NotFound, Refusal, RoleNotAllowed
from parley_conversation.domain.words import Role
from parley_conversation.ports import Transaction
from parley_conversation.use_cases.entering import Seat, act, enter, keep


async def renew_link(tx: Transaction, conversation_id: str, holder: Person, *, cause: str, event_ids: tuple[str, ...]) -> None:
    """Have a new link sent, if the holder may see the conversation now. Whoever asks learns nothing: one answer for all."""
    conversation = await tx.conversations.get(conversation_id)
    if conversation is None or holder.link is None:
        return
    try:
        role = role_of(holder, conversation, await tx.parties.get(holder.party_id))
        check_link(holder, role, tx.markets[conversation.market])
    except Refusal:
        return
    everywhere = await tx.links.get(holder.party_id, None)
    here = await tx.links.get(holder.party_id, conversation_id)
    renewed = here.renew(tx.now)
    if not (everywhere.renewable and here.renewable) or renewed is None:
        return
    tx.links.put(renewed)
    seat = Seat(conversation, Actor(holder.party_id, role))
    keep(tx, conversation.request_link(await act(tx, seat, ids=event_ids)), cause)


async def check_revoker(tx: Transaction, conversation_id: str | None, person: Person) -> None:
    """Refuse it whosesoever links are meant: in one conversation, or in all of them."""
    if conversation_id is not None:
        await enter(tx, conversation_id, person)
    elif person.link is not None:
        raise RoleNotAllowed


async def revoke_links(tx: Transaction, conversation_id: str, person: Person, *, party_id: str | None = None) -> None:
    """Make all links to this conversation that were mailed so far invalid: the person's own, or anybody's by support."""
    seat = await enter(tx, conversation_id, person)
    of = party_id or person.party_id
    if of != person.party_id and seat.actor.role is not Role.SUPPORT:
        raise RoleNotAllowed
    by = Revoker.PARTY if of == person.party_id else Revoker.SUPPORT
    record = await tx.links.get(of, conversation_id)
    tx.links.put(record.revoke(tx.now, by))


async def revoke_all_links(tx: Transaction, person: Person, *, party_id: str | None = None) -> None:
    """The same for every conversation: the person's own links, or those of a party of support's market."""
    await check_revoker(tx, None, person)
    of = party_id or person.party_id
    if of != person.party_id:
        party = await tx.parties.get(of)
        if not person.markets:
            raise RoleNotAllowed
        if party is None or party.market not in person.markets:
            raise NotFound
    by = Revoker.PARTY if of == person.party_id else Revoker.SUPPORT
    record = await tx.links.get(of, None)
    tx.links.put(record.revoke(tx.now, by))
