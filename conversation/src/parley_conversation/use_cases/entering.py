"""Coming into a conversation: who this is in it, what they ask, and what the rules must know before they decide."""

from dataclasses import dataclass
from datetime import datetime

from parley_conversation.domain import refusals
from parley_conversation.domain.access import check_link, role_of
from parley_conversation.domain.cells import Command
from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.history import entry_of, reading_of
from parley_conversation.domain.people import Actor, Person
from parley_conversation.domain.rules import Act, OverdueResponse, decide
from parley_conversation.domain.turn import Told
from parley_conversation.domain.words import Role
from parley_conversation.ports import Posted, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One command as somebody asks for it. The ids are made before the transaction, for it may run more than once."""

    person: Person
    cause: str
    """The id of the command: what its events name as their cause."""
    event_ids: tuple[str, ...]
    message_id: str
    read: int | None = None
    """The version that the person has read (If-Match)."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A person's place in a conversation."""

    conversation: Conversation
    actor: Actor


async def enter(tx: Transaction, conversation_id: str, person: Person, command: Command | None = None) -> Seat:
    """The conversation as this person may come into it, to read or for a command; else NotFound, then the other refusals."""
    conversation = await tx.conversations.get(conversation_id)
    if conversation is None:
        raise refusals.NotFound
    holder = await tx.parties.get(person.party_id) if person.link else None
    role = role_of(person, conversation, holder)
    if person.link:
        await _check_revoked(tx, conversation, person)
    check_link(person, role, tx.markets[conversation.market], command)
    return Seat(conversation, Actor(person.party_id, role))


async def _check_revoked(tx: Transaction, conversation: Conversation, person: Person) -> None:
    for conversation_id in (None, conversation.id):
        record = await tx.links.get(person.party_id, conversation_id)
        if person.link and not record.accepts(person.link.issued_at):
            raise refusals.LinkOutdated


async def act(
    tx: Transaction,
    seat: Seat,
    *,
    ids: tuple[str, ...],
    read: int | None = None,
    closing: bool = False,
    overdue: OverdueResponse | None = None,
) -> Act:
    """What the rules ask of the world. A conversation's time never runs backwards."""
    conversation, at = seat.conversation, max(tx.now, seat.conversation.changed_at)
    market = tx.markets[conversation.market]
    return Act(
        by=seat.actor,
        at=at,
        ids=ids,
        read=read,
        in_contact_window=seat.actor.role is not Role.SELLER or await tx.in_contact_window(conversation, at),
        refund_only=market.refund_only,
        closing=closing,
        overdue=overdue,
        content=market.content,
    )


def keep(tx: Transaction, told: Told, cause: str, *, said_at: datetime | None = None) -> Conversation:
    """Store what a command made of the conversation, its messages and its events, or nothing if nothing happened.

    ``said_at`` is when a message was written, if not now.
    """
    conversation, facts = told
    if facts:
        tx.conversations.put(conversation)
    for fact in facts:
        if fact.message:
            tx.messages.add(conversation.id, Posted(message=fact.message, sequence=fact.sequence, at=said_at or fact.at))
        tx.history.add(entry_of(conversation.id, fact))
        tx.facts.add(conversation, fact, cause)
    return conversation


def note_reading(tx: Transaction, seat: Seat) -> None:
    """Whatever support reads of a conversation, or a service that moderates, is in its history."""
    if seat.actor.role in (Role.SUPPORT, Role.SYSTEM):
        tx.history.add(reading_of(seat.conversation.id, seat.actor, tx.now))


async def check(tx: Transaction, conversation_id: str, asked: Asked, command: Command) -> None:
    """Refuse a command for what the person is and for the state; used where what they sent cannot even be read."""
    seat = await enter(tx, conversation_id, asked.person, command)
    decide(command, seat.conversation, await act(tx, seat, ids=asked.event_ids, read=asked.read))
