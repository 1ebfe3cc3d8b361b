"""The settings of ticketing, and its part of the market files."""

from typing import Literal

from parley_chassis.durations import Duration
from parley_conversation.settings import ConversationMarket, ConversationSettings

from ticketing.domain.market import TicketMarket


class TicketingSettings(ConversationSettings):
    """Ticketing: support tickets about orders."""

    service: Literal["ticketing"] = "ticketing"


class Market(ConversationMarket):
    """What ticketing needs of a market."""

    question_window: Duration

    def rules(self) -> TicketMarket:
        """The market as the domain takes it."""
        common = super().rules()
        return TicketMarket(**{name: getattr(common, name) for name in common.__dataclass_fields__}, question_window=self.question_window)
