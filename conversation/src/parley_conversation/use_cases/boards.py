"""Boards: the list of one's conversations as a page shows it, what needs an answer first."""

from dataclasses import dataclass

from parley_conversation.domain.people import Person
from parley_conversation.domain.words import Category, Role, State
from parley_conversation.ports import Place, Transaction
from parley_conversation.use_cases.reading import Page, browse, role_of
from parley_conversation.use_cases.showing import language_of, market_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One page of a board, as what it is read, and what its reader's page must know to speak to them."""

    page: Page
    role: Role
    state: State | None
    language: str | None
    market: str | None


async def show_board(
    tx: Transaction,
    person: Person,
    *,
    role: Role | None,
    state: State | None,
    category: Category | None,
    after: Place | None,
    limit: int,
) -> Board:
    """Who owes answers begins with those that are awaited; who asks, with all of theirs."""
    seen_as = role_of(person, role)
    chosen = state or (seen_as.side.awaiting if seen_as.side else None)
    page = await browse(tx, person, role=seen_as, state=chosen, category=category, after=after, limit=limit)
    market = await market_of(tx, person) or next((each.market for each in page.conversations), None)
    return Board(page=page, role=seen_as, state=chosen, language=await language_of(tx, person), market=market)
