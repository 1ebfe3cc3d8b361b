"""What a market decides about its conversations."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from parley_conversation.domain.content import ANYTHING_GOES, ContentPolicy
from parley_conversation.domain.parties import Party
from parley_conversation.domain.routing import Question, route
from parley_conversation.domain.words import Category, LinkMode, Role, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketRules:
    """The part of a market's settings that the rules of a conversation ask for."""

    contact_window: timedelta
    retention: timedelta = timedelta(days=24 * 31)
    """How long a conversation is kept after its last closing."""
    language: str = "en"
    """What is spoken where nobody said otherwise."""
    refund_only: bool = False
    """Whether a refund alone closes a post-purchase ticket."""
    links: Mapping[Role, LinkMode] = field(default_factory=dict)
    content: ContentPolicy = ANYTHING_GOES
    messages_per_hour: Mapping[Role, int] = field(default_factory=dict)
    """The most that one person may write; a role that is not named has no limit."""
    routing_profile: str = "seller_first"
    served_countries: frozenset[str] = frozenset()
    """Where sellers serve buyers directly; empty: everywhere."""
    listed_sellers: frozenset[str] = frozenset()
    """Sellers who may handle questions after the purchase themselves where support would."""
    high_value_minor: int | None = None
    """From which value on an order is one of high value, in the currency's minor unit."""

    def link_mode(self, role: Role) -> LinkMode:
        """What a link is good for; support always signs in."""
        if role is Role.SUPPORT:
            return LinkMode.LOGIN
        return self.links.get(Role.BUYER if role is Role.GUEST else role, LinkMode.ACT)

    def handler_of(self, category: Category, *, seller_id: str, country: str | None = None, value_minor: int = 0) -> Side:
        """Who owes the first answer to a question that is being asked."""
        question = Question(
            category=category,
            served=country is None or not self.served_countries or country in self.served_countries,
            seller_listed=seller_id in self.listed_sellers,
            high_value=self.high_value_minor is not None and value_minor >= self.high_value_minor,
        )
        return route(self.routing_profile, question)

    def language_of(self, party: Party | None, *, said: str | None = None) -> str:
        """What somebody speaks: as said with the request, else as the marketplace tells, else as this market does."""
        return said or (party.language if party else None) or self.language

    def still_recent(self, since: datetime, at: datetime) -> bool:
        """Whether a seller may still write unasked about what ended, or was said, at ``since``."""
        return at <= since + self.contact_window
