"""The settings of inquiries, and its part of the market files."""

from typing import Literal

from parley_chassis.settings import PageSettings
from parley_conversation.settings import ConversationMarket as Market
from pydantic import BaseModel, ConfigDict, Field

from inquiries.domain.limits import GuestLimits

__all__ = ["InquiriesSettings", "Market"]


class GuestSettings(BaseModel):
    """How often guests may ask within an hour; beyond that they are told to wait."""

    model_config = ConfigDict(frozen=True)

    per_address: int = Field(5, ge=1, le=1_000, description="questions of guests an hour from one e-mail address")
    per_page: int = Field(120, ge=1, le=10_000, description="questions of guests an hour on one page of the shop")

    def limits(self) -> GuestLimits:
        """The limits as the domain takes them."""
        return GuestLimits(per_address=self.per_address, per_page=self.per_page)


class InquiriesSettings(PageSettings):
    """Inquiries: questions about products and stores, with an account or as a guest."""

    service: Literal["inquiries"] = "inquiries"
    guest: GuestSettings = GuestSettings()
