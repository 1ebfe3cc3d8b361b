"""Showing an order on its page: what a reader sees of it, in which language, and what a shop may write there now."""

from collections.abc import Mapping
from dataclasses import dataclass

from parley_conversation.domain.people import Person
from parley_conversation.domain.words import Role
from parley_conversation.use_cases.reading import names_of
from parley_conversation.use_cases.showing import language_of

from ticketing.domain.notes import Topic
from ticketing.ports import TicketingTransaction
from ticketing.use_cases.notes import OrderSeen, look_at_order


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownOrder:
    """A page's content."""

    seen: OrderSeen
    names: Mapping[str, str]
    """Of its shops, and of the buyer to those who sell or support."""
    language: str | None
    shops: tuple[str, ...]
    """For which the reader can write a note."""
    topics: tuple[Topic, ...]
    """What a note to the customer can be about now: an answer to a question is never reserved. None: there can be none."""


async def show_order(tx: TicketingTransaction, order_id: str, person: Person) -> ShownOrder:
    """One order for its page."""
    seen = await look_at_order(tx, order_id, person)
    order, sells = seen.facts.order, seen.reader.role is Role.SELLER
    market, answers = tx.markets[order.market], any(each.waits_since for each in seen.tickets)
    unasked = [each for each in Topic if each not in market.reserved_topics] if market.may_contact(order, tx.now) else []
    return ShownOrder(
        seen=seen,
        names=await names_of(tx, [*sorted(order.sellers), *([] if seen.reader.role.asks else [order.buyer_id])]),
        language=await language_of(tx, person),
        shops=tuple(sorted(order.sellers & person.seller_ids)) if sells else (),
        topics=tuple(Topic if answers else unasked) if sells else (),
    )
