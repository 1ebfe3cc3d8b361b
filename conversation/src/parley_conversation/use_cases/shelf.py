"""The page of reply templates: those of one person's shops and markets, and what the page must know to speak to them."""

from collections.abc import Mapping
from dataclasses import dataclass

from parley_conversation.domain.people import Person
from parley_conversation.domain.templates import MOST_OF_AN_OWNER, Owner, ReplyTemplate, owners_of
from parley_conversation.ports import Transaction
from parley_conversation.use_cases.reading import names_of
from parley_conversation.use_cases.showing import language_of, market_of
from parley_conversation.use_cases.templates import check_own


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """All templates that somebody may change. ``shops`` are the names of their shops, by id."""

    owners: tuple[Owner, ...]
    templates: tuple[ReplyTemplate, ...]
    shops: Mapping[str, str]
    language: str | None
    market: str | None


async def show_shelf(tx: Transaction, person: Person, template_id: str | None = None) -> Shelf:
    """The templates; refuses who keeps none, or not this one."""
    await check_own(tx, person, template_id)
    owners = owners_of(person)
    return Shelf(
        owners=owners,
        templates=await tx.templates.of(owners, after=None, limit=MOST_OF_AN_OWNER * len(owners)),
        shops=await names_of(tx, [each.seller_id for each in owners if each.seller_id]),
        language=await language_of(tx, person),
        market=await market_of(tx, person),
    )
