"""The settings of ticketing, and its part of the market files."""

from typing import Literal

from parley_chassis.durations import Duration
from parley_chassis.settings import PageSettings
from parley_conversation.settings import ConversationMarket
from pydantic import BaseModel, ConfigDict, Field

from ticketing.domain.market import TicketMarket
from ticketing.domain.notes import Topic


class TicketingSettings(PageSettings):
    """Ticketing: support tickets about orders."""

    service: Literal["ticketing"] = "ticketing"


class Addresses(BaseModel):
    """Of the market's addresses, the one that shops are told."""

    model_config = ConfigDict(frozen=True)

    copies: str | None = Field(None, alias="copy")


class Market(ConversationMarket):
    """What ticketing needs of a market."""

    question_window: Duration
    reserved_topics: frozenset[Topic] = frozenset({Topic.ORDER_CONFIRMATION, Topic.SHIPPING, Topic.INVOICE})
    addresses: Addresses = Addresses()

    def rules(self) -> TicketMarket:
        """The market as the domain takes it."""
        common = super().rules()
        return TicketMarket(
            **{name: getattr(common, name) for name in common.__dataclass_fields__},
            question_window=self.question_window,
            reserved_topics=self.reserved_topics,
            copy_address=self.addresses.copies,
        )
