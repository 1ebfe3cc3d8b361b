"""Direct links: which ones are still good, and who may have a new one."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

RENEWALS_AN_HOUR = 3


class Revoker(StrEnum):
    """Who made older links invalid."""

    PARTY = "party"
    SUPPORT = "support"
    ERASURE = "erasure"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRecord:
    """What is known about a party's links: to one conversation, or (without one) to all of them."""

    party_id: str
    conversation_id: str | None = None
    valid_from: datetime | None = None
    revoked_by: Revoker | None = None
    renewed: tuple[datetime, ...] = ()
    """When new ones were asked for, within the last hour."""

    def accepts(self, issued_at: datetime) -> bool:
        return self.valid_from is None or issued_at >= self.valid_from

    @property
    def renewable(self) -> bool:
        """What support or an erasure revoked stays revoked."""
        return self.revoked_by in (None, Revoker.PARTY)

    def revoke(self, at: datetime, by: Revoker) -> "LinkRecord":
        """Refuse everything issued before. A party cannot soften what support or an erasure decided."""
        return replace(self, valid_from=at, revoked_by=by if self.renewable else self.revoked_by)

    def renew(self, at: datetime) -> "LinkRecord | None":
        """The record after one more request, or None if there were three within the hour."""
        recent = tuple(asked for asked in self.renewed if asked > at - timedelta(hours=1))
        return None if len(recent) >= RENEWALS_AN_HOUR else replace(self, renewed=(*recent, at))
