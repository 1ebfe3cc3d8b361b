"""People and shops as the marketplace tells them: what a conversation needs to know, and no address."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from parley_conversation.domain.words import Side


class PartyKind(StrEnum):
    """A seller is a shop; its members are people."""

    BUYER = "buyer"
    GUEST = "guest"
    SELLER = "seller"
    MEMBER = "member"
    SUPPORT = "support"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A person or a shop, as it was at ``time``."""

    id: str
    kind: PartyKind
    display_name: str
    market: str
    time: datetime
    seller_id: str | None = None
    """The shop of a member."""
    language: str | None = None
    country: str | None = None
    has_account: bool = True

    def is_of(self, side: Side, seller_id: str) -> bool:
        """Whether this is a person of that side: a member of the shop, or an agent of support."""
        if side is Side.SUPPORT:
            return self.kind is PartyKind.SUPPORT
        return self.kind is PartyKind.MEMBER and self.seller_id == seller_id

    def acts_for(self, seller_id: str) -> bool:
        """Whether this is the shop itself (its mailbox) or one of its members."""
        return self.id == seller_id if self.kind is PartyKind.SELLER else self.seller_id == seller_id
