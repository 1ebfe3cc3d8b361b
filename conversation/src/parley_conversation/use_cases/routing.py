"""Who owes the first answer to what is being asked."""

from parley_conversation.domain.words import Category, Side
from parley_conversation.ports import Transaction


async def goes_to_support(
    tx: Transaction, market: str, category: Category, *, seller_id: str, country: str | None, value_minor: int = 0
) -> bool:
    """Whether support does: by the market's routing profile, or because the shop is gone."""
    handler = tx.markets[market].handler_of(category, seller_id=seller_id, country=country, value_minor=value_minor)
    return handler is Side.SUPPORT or await tx.parties.is_erased(seller_id)
