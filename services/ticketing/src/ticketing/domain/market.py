"""What a market decides about tickets, beside what it decides about all conversations."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from parley_conversation.domain.market import MarketRules
from parley_conversation.domain.words import Category

from ticketing.domain.notes import Topic
from ticketing.domain.orders import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketMarket(MarketRules):
    """A market's rules for orders and the questions about them."""

    question_window: timedelta
    """How long after the refund window a buyer may ask about an order."""

    reserved_topics: frozenset[Topic] = frozenset()
    """What the marketplace itself writes to buyers about."""
    copy_address: str | None = None
    """Where a shop sends a copy of what it must write to a buyer elsewhere."""

    def may_ask(self, category: Category, order: Order, at: datetime) -> bool:
        """Whether a buyer may still ask; only customer-service questions have an end."""
        ends = order.refund_window_ends_at
        return category is not Category.CUSTOMER_SERVICE or ends is None or at <= ends + self.question_window

    def may_contact(self, order: Order, at: datetime) -> bool:
        """Whether a seller may write unasked: the order is open or recent."""
        return order.ended_at is None or self.still_recent(order.ended_at, at)
