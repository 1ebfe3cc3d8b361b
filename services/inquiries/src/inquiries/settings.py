"""The settings of inquiries, and its part of the market files."""

from pathlib import Path
from typing import Literal

from parley_chassis.settings import ServiceSettings, TokenSettings
from parley_conversation.settings import ConversationMarket as Market
from pydantic import Field

__all__ = ["InquiriesSettings", "Market"]


class InquiriesSettings(ServiceSettings):
    """Inquiries: questions about products and stores, with an account or as a guest."""

    service: Literal["inquiries"] = "inquiries"
    link_keys_file: Path = Field(description="the keys of direct links, one a line, the newest first")
    shop: TokenSettings = Field(description="whose context tokens are believed: what the shop's product and store pages say of themselves")
