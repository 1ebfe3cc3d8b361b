"""Showing a conversation on a page: what a reader sees, in which language, and what the service knows beside it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from parley_conversation.domain.cells import Command
from parley_conversation.domain.parties import Party
from parley_conversation.domain.people import Person
from parley_conversation.domain.templates import ReplyTemplate
from parley_conversation.ports import Transaction
from parley_conversation.use_cases.reading import View, look
from parley_conversation.use_cases.templates import offered


@dataclass(frozen=True, slots=True)
class Refund:
    """The refund of a line: how far it is (asked, paid or failed), how much, and since when."""

    state: str
    amount_minor: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One line of an order that the conversation is about."""

    title: str
    quantity: int
    price_minor: int
    id: str = ""
    variant: str | None = None
    refund: Refund | None = None
    refundable: bool = False
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """What the reader may know of the order; the delivery address is for its seller and for support."""

    number: str
    currency: str
    placed_at: datetime
    lines: tuple[OrderLine, ...]
    delivery_address: tuple[str, ...] = ()
    transaction_id: str | None = None
    page: str | None = None
    """Where the whole order is shown, to those who are signed in."""


Facts = Callable[[Any, View], Awaitable[OrderFacts | None]]
"""What a service knows of a conversation's order, read in the same transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A page's content."""

    view: View
    language: str | None
    order: OrderFacts | None = None
    team: tuple[Party, ...] = ()
    """The people of the reader's side, to whom it can be assigned."""
    templates: tuple[ReplyTemplate, ...] = ()
    """What the reader's side writes often."""


async def no_facts(tx: Transaction, view: View) -> None:
    """For a service that knows no orders."""


async def show(tx: Transaction, conversation_id: str, person: Person, *, facts: Facts = no_facts) -> Shown:
    """One conversation for its page."""
    view = await look(tx, conversation_id, person)
    language = view.conversation.language if view.reader.role.asks else None
    return Shown(
        view=view,
        language=await language_of(tx, person) or language,
        order=await facts(tx, view),
        team=await _team(tx, view) if Command.ASSIGN in view.may else (),
        templates=tuple(await offered(tx, view.conversation, view.reader)) if person.link is None else (),
    )


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose an old link was: what the page that offers a new one must know to speak to them."""

    market: str | None
    language: str | None


async def holder_of(tx: Transaction, conversation_id: str, person: Person) -> Holder:
    """The market and the language for somebody whose link is genuine and too old."""
    conversation = await tx.conversations.get(conversation_id)
    return Holder(conversation.market if conversation else None, await language_of(tx, person))


async def _team(tx: Transaction, view: View) -> tuple[Party, ...]:
    side, it = view.reader.role.side, view.conversation
    return await tx.parties.team(side, seller_id=it.seller_id, market=it.market) if side else ()


async def language_of(tx: Transaction, person: Person) -> str | None:
    """What somebody reads, if that was ever said."""
    party = await tx.parties.get(person.party_id)
    return person.language or (party.language if party else None)


async def market_of(tx: Transaction, person: Person) -> str | None:
    """Whose name a page of somebody's own bears: that of their market, else of one that they do support for."""
    party = await tx.parties.get(person.party_id)
    return (party.market if party else None) or min(person.markets, default=None)
