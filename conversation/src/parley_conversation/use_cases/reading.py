"""Reading: one conversation as the reader may see it, and the lists."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from parley_conversation.domain.cells import Command
from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.history import Entry
from parley_conversation.domain.people import Actor, Person
from parley_conversation.domain.refusals import Erased, NotFound, RoleNotAllowed
from parley_conversation.domain.visibility import may_read
from parley_conversation.domain.words import Category, CloseReason, Role, State
from parley_conversation.ports import HistoryPlace, Listing, Place, Posted, Scope, Transaction
from parley_conversation.use_cases.commands import may
from parley_conversation.use_cases.entering import Seat, enter, note_reading


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One conversation as one person sees it. ``names`` are the display names of buyer and seller, by party."""

    conversation: Conversation
    reader: Actor
    messages: tuple[Posted, ...]
    names: Mapping[str, str]
    may: frozenset[Command]
    """What this person can do now."""
    now: datetime
    by_link: bool = False
    """Whether it is read by a link, which anybody may have who has the mail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a list; ``next`` is where the following one starts, if there is one."""

    conversations: tuple[Conversation, ...]
    names: Mapping[str, str]
    counts: Mapping[State, int]
    next: Place | None
    now: datetime


async def look(tx: Transaction, conversation_id: str, person: Person) -> View:
    """One conversation with the messages that this person may read."""
    seat = await enter(tx, conversation_id, person)
    _check_erased(seat)
    note_reading(tx, seat)
    posted, by_link = await tx.messages.of(conversation_id), person.link is not None
    return View(
        conversation=seat.conversation,
        reader=seat.actor,
        messages=tuple(each for each in posted if may_read(each.message, seat.actor.role, by_link=by_link)),
        names=await _names(tx, (seat.conversation,)),
        may=await may(tx, seat, person),
        now=tx.now,
        by_link=by_link,
    )


async def message_of(tx: Transaction, conversation_id: str, message_id: str, person: Person) -> Posted:
    """One message, for those who judge it: support, and a service that moderates."""
    seat = await enter(tx, conversation_id, person)
    if seat.actor.role not in (Role.SUPPORT, Role.SYSTEM):
        raise RoleNotAllowed
    _check_erased(seat)
    posted = await tx.messages.get(conversation_id, message_id)
    if posted is None:
        raise NotFound
    note_reading(tx, seat)
    return posted


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Some of what was done; ``next`` is where the rest begins, if there is any."""

    entries: tuple[Entry, ...]
    next: HistoryPlace | None


async def history_of(tx: Transaction, conversation_id: str, person: Person, *, after: HistoryPlace | None, limit: int) -> HistoryPage:
    """Who did what, for its seller and for support."""
    if person.link is not None:
        raise RoleNotAllowed
    seat = await enter(tx, conversation_id, person)
    if seat.actor.role.asks:
        raise RoleNotAllowed
    note_reading(tx, seat)
    return await history_for(tx, conversation_id, seat.actor.role, after=after, limit=limit)


async def history_for(tx: Transaction, id: str, role: Role, *, after: HistoryPlace | None, limit: int) -> HistoryPage:
    """The history of a conversation, or of what else has one, as far as it is for such a reader."""
    page = await _history(tx, id, after, limit)
    return replace(page, entries=tuple(entry for entry in page.entries if entry.is_for(role)))


async def bare_history_of(tx: Transaction, conversation_id: str, *, after: HistoryPlace | None, limit: int) -> HistoryPage:
    """The same for those on call, who look at no conversation: they are shown ids and times alone."""
    page = await _history(tx, conversation_id, after, limit)
    if not page.entries and after is None:
        raise NotFound
    return page


async def _history(tx: Transaction, conversation_id: str, after: HistoryPlace | None, limit: int) -> HistoryPage:
    found = await tx.history.of(conversation_id, after=after, limit=limit + 1)
    shown = found[:limit]
    last = shown[-1] if len(found) > limit else None
    return HistoryPage(shown, HistoryPlace(last.at, last.sequence, last.id) if last else None)


async def browse(
    tx: Transaction,
    person: Person,
    *,
    role: Role | None = None,
    state: State | None = None,
    category: Category | None = None,
    after: Place | None = None,
    limit: int = 50,
) -> Page:
    """One page of the person's conversations, and how many there are in each state."""
    scope = scope_of(person, role)
    listing = Listing(scope=scope, state=state, category=category, after=after, limit=limit + 1)
    found = await tx.conversations.page(listing)
    shown = found[:limit]
    return Page(
        conversations=shown,
        names=await _names(tx, shown),
        counts=await tx.conversations.counts(scope),
        next=Place(shown[-1].since, shown[-1].id) if len(found) > limit else None,
        now=tx.now,
    )


async def count(tx: Transaction, person: Person, *, role: Role | None = None) -> Mapping[State, int]:
    """How many of the person's conversations are in each state."""
    return await tx.conversations.counts(scope_of(person, role))


def scope_of(person: Person, role: Role | None = None) -> Scope:
    """Whose conversations: as the role that is asked for, else as the first that the person has."""
    return scopes_of(person)[role_of(person, role)]


def role_of(person: Person, role: Role | None = None) -> Role:
    """As what somebody looks at a list."""
    scopes = scopes_of(person)
    found = role or next(iter(scopes), None)
    if found is None or found not in scopes:
        raise RoleNotAllowed
    return found


def scopes_of(person: Person) -> Mapping[Role, Scope]:
    """Whose conversations somebody sees as what, in the order of support, seller and buyer."""
    scopes = {
        Role.SUPPORT: Scope(markets=person.markets) if person.markets else None,
        Role.SELLER: Scope(seller_ids=person.seller_ids) if person.seller_ids else None,
        Role.BUYER: Scope(buyer_id=person.party_id) if person.asks else None,
    }
    return {role: scope for role, scope in scopes.items() if scope}


def _check_erased(seat: Seat) -> None:
    if seat.conversation.close_reason is CloseReason.ERASED:
        raise Erased


async def names_of(tx: Transaction, party_ids: Collection[str]) -> Mapping[str, str]:
    """Display names, as far as they are known. Never an address."""
    await tx.parties.load(sorted(party_ids))
    parties = [await tx.parties.get(id) for id in party_ids]
    return {party.id: party.display_name for party in parties if party is not None}


async def _names(tx: Transaction, conversations: tuple[Conversation, ...]) -> Mapping[str, str]:
    """The shop's, whoever of it wrote, and the buyer's."""
    return await names_of(tx, {id for each in conversations for id in (each.buyer.id, each.seller_id)})
