"""What a market decides about its conversations."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from parley_conversation.domain.words import LinkMode, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketRules:
    """The part of a market's settings that the rules of a conversation ask for."""

    contact_window: timedelta
    refund_only: bool = False
    """Whether a refund alone closes a post-purchase ticket."""
    links: Mapping[Role, LinkMode] = field(default_factory=dict)

    def link_mode(self, role: Role) -> LinkMode:
        """What a link is good for; support always signs in."""
        if role is Role.SUPPORT:
            return LinkMode.LOGIN
        return self.links.get(Role.BUYER if role is Role.GUEST else role, LinkMode.ACT)

    def still_recent(self, since: datetime, at: datetime) -> bool:
        """Whether a seller may still write unasked about what ended, or was said, at ``since``."""
        return at <= since + self.contact_window
