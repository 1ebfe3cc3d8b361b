"""Taking the marketplace's word over HTTP: it is kept at once, and published on the topic where others hear it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from parley_conversation.domain.parties import Party
from parley_conversation.domain.refusals import Invalid
from parley_conversation.use_cases.parties import erase_party, know_party

from ticketing.domain.marketplace import AHEAD, About, Word
from ticketing.domain.orders import Order
from ticketing.domain.refusals import MarketUnknown, NotTaken, OlderThanKnown, TimeAhead
from ticketing.ports import TicketingTransaction
from ticketing.use_cases.orders import forget_order, know_order, went_with_buyer


async def tell(tx: TicketingTransaction, word: Word, cause: str) -> datetime:
    """Take one word; says the time that it has."""
    await _check(tx, [word])
    at = await _tell(tx, word, cause)
    if at is None:
        raise OlderThanKnown
    return at


async def tell_all(tx: TicketingTransaction, words: Sequence[Word], cause: str) -> tuple[Word, ...]:
    """Take all or, where one has a fault, none; returns those that were passed over because a newer one is known."""
    await _check(tx, words)
    return tuple([word for word in words if await _tell(tx, word, cause) is None])


async def _check(tx: TicketingTransaction, words: Sequence[Word]) -> None:
    faults = [(word, fault) for word in words if (fault := _fault(tx, word))]
    if faults:
        raise NotTaken(faults)
    buyers = [word.kept.buyer_id for word in words if isinstance(word.kept, Order)]
    await tx.parties.load([*buyers, *(word.id for word in words if word.about is About.PARTY)])
    await tx.orders.load([word.id for word in words if word.about is About.ORDER])


def _fault(tx: TicketingTransaction, word: Word) -> Invalid | None:
    if word.kept is not None and word.kept.market not in tx.markets:
        return MarketUnknown()
    return TimeAhead() if word.at is not None and word.at > tx.now + AHEAD else None


async def _tell(tx: TicketingTransaction, word: Word, cause: str) -> datetime | None:
    """The time of the word, None if a newer one is known."""
    known = await (tx.parties if word.about is About.PARTY else tx.orders).time_of(word.id)
    at = word.at or max(tx.now, known or tx.now)
    if known is not None and at < known:
        return None
    match word.kept:
        case Party():
            await know_party(tx, replace(word.kept, time=at))
        case Order():
            order = replace(word.kept, time=at)
            if await went_with_buyer(tx, order):
                return None
            if await tx.parties.is_erased(order.buyer_id):
                word = word.without("delivery_address")
            await know_order(tx, order)
        case None if word.about is About.PARTY:
            # Their tickets and orders follow some at a time, when the service hears its own word: there may be thousands.
            await erase_party(tx, word.id, at=at)
        case None:
            await forget_order(tx, word.id, at=at)
    tx.inlet.tell(word, at, cause)
    return at
