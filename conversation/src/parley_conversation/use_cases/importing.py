"""Bringing in a conversation of an old system: all that was said in it, in its order; nobody is mailed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.messages import Message
from parley_conversation.domain.people import SYSTEM, Actor
from parley_conversation.domain.refusals import Invalid, WithSupport
from parley_conversation.domain.rules import Act
from parley_conversation.domain.turn import Told
from parley_conversation.domain.words import ClosedBecause, Role, Side, Visibility
from parley_conversation.ports import Transaction
from parley_conversation.use_cases.entering import keep

MOST_FACTS = 4
"""The most that one message brings about."""

_OLD = UUID("7d0c0f3e-1a58-5d0b-9d1f-6f8a5f0e4b21")

Open = Callable[[Message, Act, int], Told]
"""How a service opens a conversation of its kind, whose events come after that number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message as the old system kept it."""

    at: datetime
    by: Actor
    text: str
    visibility: Visibility = Visibility.PUBLIC


@dataclass(frozen=True, slots=True, kw_only=True)
class Old:
    """A conversation of an old system: the buyer asked first, and ``closed_by`` closed it, if anybody did."""

    id: str
    buyer: Actor
    said: tuple[Said, ...]
    closed_by: Actor | None = None
    starts_clock: bool = False
    """Whether an answer that is still owed is expected from now on."""
    after: int = 0
    """The last sequence of its events if it was brought in before, and removed since."""

    @property
    def seller_took_part(self) -> bool:
        """Whether the shop wrote in it or closed it: then it was the shop's, wherever such a question would go today."""
        return Role.SELLER in {self.closed_by and self.closed_by.role, *(said.by.role for said in self.said)}

    @property
    def cause(self) -> str:
        return f"import:{self.id}"


class NotInOrder(Invalid):
    """The messages begin with a public one of the buyer's, and each is at or after the one before it and not in the future."""

    field = "messages"


class NotTheirsToClose(Invalid):
    """Support answers in this conversation, so the shop cannot close it here. Give `support`, or leave it out: then it is open."""

    field = "closed_by"


def id_of(source: str, old_id: str) -> str:
    """The id that an old conversation gets here: the same each time, so that it is brought in once."""
    return str(uuid5(_OLD, f"{source}/{old_id}"))


async def bring_in(tx: Transaction, old: Old, open_: Open) -> Conversation:
    """Carry out again what was said. Events have the time of now, for what is in the log is past; messages keep theirs."""
    first, *others = old.said
    _check(old, tx.now)
    old = replace(old, after=await tx.traces.last_sequence(old.id))
    it = _kept(tx, old, open_(_message(old, 0), _act(tx, old, 0, first.by), old.after), first.at)
    for number, said in enumerate(others, start=1):
        it = _kept(tx, old, _again(it, said, _message(old, number), _act(tx, old, number, said.by)), said.at)
    if old.closed_by:
        act = replace(_act(tx, old, len(old.said), old.closed_by), read=it.sequence)
        it = _kept(tx, old, _closed(it, act), old.said[-1].at)
    if it.handler is Side.SELLER and await tx.parties.is_erased(it.seller_id):
        it = _kept(tx, old, it.erase_seller(_act(tx, old, len(old.said) + 1, SYSTEM)), old.said[-1].at)
    asked = [said.at for said in old.said if said.by.role.asks]
    it = replace(it, opened_at=first.at, buyer_wrote_at=asked[-1], since=old.said[-1].at)
    tx.conversations.put(it)
    return it


def _check(old: Old, now: datetime) -> None:
    times = [said.at for said in old.said]
    first = old.said[0]
    if times != sorted(times) or times[-1] > now or not first.by.role.asks or first.visibility is not Visibility.PUBLIC:
        raise NotInOrder


def _again(it: Conversation, said: Said, message: Message, act: Act) -> Told:
    return it.reply(message, act) if said.visibility is Visibility.PUBLIC else it.note(message, act)


def _closed(it: Conversation, act: Act) -> Told:
    try:
        return it.close(None if act.by.role.asks else ClosedBecause.SOLVED, act)
    except WithSupport:
        raise NotTheirsToClose from None


def _kept(tx: Transaction, old: Old, told: Told, said_at: datetime) -> Conversation:
    it, facts = told
    marked = tuple(replace(fact, imported=True, starts_clock=old.starts_clock) for fact in facts)
    return keep(tx, (it, marked), old.cause, said_at=said_at)


def _message(old: Old, number: int) -> Message:
    said = old.said[number]
    return Message(id=_id(old, f"message/{number}"), author=said.by, text=said.text, visibility=said.visibility)


def _act(tx: Transaction, old: Old, number: int, by: Actor) -> Act:
    return Act(by=by, at=tx.now, ids=tuple(_id(old, f"{number}/{fact}") for fact in range(MOST_FACTS)))


def _id(old: Old, name: str) -> str:
    return str(uuid5(UUID(old.id), f"{old.after}/{name}" if old.after else name))
