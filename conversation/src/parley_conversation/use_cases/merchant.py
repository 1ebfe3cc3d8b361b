"""What sellers' own programs do: the use cases of a conversation, for its seller alone, who has read whatever stands there now."""

from dataclasses import replace

from parley_conversation.domain.cells import Command
from parley_conversation.domain.people import Person
from parley_conversation.domain.refusals import NotFound
from parley_conversation.domain.words import Role, State
from parley_conversation.ports import Place, Transaction
from parley_conversation.use_cases import reading
from parley_conversation.use_cases.commands import appeal
from parley_conversation.use_cases.entering import Asked, Seat, check, enter
from parley_conversation.use_cases.reading import View

UNSAID = "The seller's program asked for support and gave no reason."
"""Stands for the reason of an appeal, which a program need not give."""


async def look(tx: Transaction, conversation_id: str, person: Person) -> View:
    """One conversation, as its seller reads it."""
    view = await reading.look(tx, conversation_id, person)
    if view.reader.role is not Role.SELLER:
        raise NotFound
    return view


async def await_seller(
    tx: Transaction, person: Person, *, after: Place | None, start: int, limit: int
) -> tuple[tuple[View, ...], Place | None]:
    """Those that wait for an answer of the seller's, the longest first, without the first ``start``; and where the next ones begin."""
    page = await reading.browse(tx, person, role=Role.SELLER, state=State.AWAITING_SELLER, after=after, limit=start + limit)
    waiting = [each.id for each in page.conversations[start:]]
    await tx.messages.load(waiting)
    return tuple([await reading.look(tx, id, person) for id in waiting]), page.next


async def as_seller(tx: Transaction, conversation_id: str, asked: Asked) -> Asked:
    """The command of its seller, who tells no version: it is meant for the newest, which is read in the same transaction."""
    seat = await enter(tx, conversation_id, asked.person)
    if seat.actor.role is not Role.SELLER:
        raise NotFound
    return replace(asked, read=seat.conversation.sequence)


async def check_seller(tx: Transaction, conversation_id: str, asked: Asked, command: Command) -> None:
    """Refuse what is to be refused whatever else the program sent."""
    await check(tx, conversation_id, await as_seller(tx, conversation_id, asked), command)


async def appeal_unsaid(tx: Transaction, conversation_id: str, asked: Asked) -> Seat:
    """An appeal without a reason; the words that stand for it are English, whoever asked."""
    return await appeal(tx, conversation_id, replace(asked, person=replace(asked.person, language="en")), text=UNSAID)
