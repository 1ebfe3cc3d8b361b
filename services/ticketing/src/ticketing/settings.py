"""The settings of ticketing, and its part of the market files."""

from pathlib import Path
from typing import Literal

from parley_chassis.durations import Duration
from parley_chassis.settings import ServiceSettings
from parley_conversation.settings import ConversationMarket
from pydantic import Field

from ticketing.domain.market import TicketMarket


class TicketingSettings(ServiceSettings):
    """Ticketing: support tickets about orders."""

    service: Literal["ticketing"] = "ticketing"
    link_keys_file: Path = Field(description="the keys of direct links, one a line, the newest first")


class Market(ConversationMarket):
    """What ticketing needs of a market."""

    question_window: Duration

    def rules(self) -> TicketMarket:
        """The market as the domain takes it."""
        common = super().rules()
        return TicketMarket(**{name: getattr(common, name) for name in common.__dataclass_fields__}, question_window=self.question_window)
