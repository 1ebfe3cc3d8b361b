"""Addresses that servers refuse for good: after which refusals nobody is mailed there any more, and for how long."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from notifier.domain.addresses import masked

DEAD_FOR = timedelta(days=180)
DOUBTED_FOR = timedelta(days=30)
MOST_DOUBTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadAddress:
    """An address under its hash. ``dead``: no mail goes there until ``until``; otherwise it is only doubted.

    ``market`` and ``recipient_id`` are those of the mail that was refused last.
    """

    id: str
    masked: str
    market: str
    recipient_id: str
    reason: str
    refused: tuple[datetime, ...]
    dead: bool
    until: datetime

    @property
    def since(self) -> datetime:
        """When it was refused last."""
        return self.refused[-1]

    def holds(self, at: datetime) -> bool:
        return self.dead and at < self.until


def hashed(address: str) -> str:
    """The id that an address is kept under, whatever its letters."""
    return sha256(address.lower().encode()).hexdigest()


def after_refusal(
    before: DeadAddress | None, address: str, *, market: str, recipient_id: str, reason: str, certain: bool, at: datetime
) -> DeadAddress:
    """Dead at once where the server says that nobody has this address, else with the third refusal in thirty days."""
    recent = tuple(each for each in before.refused if each > at - DOUBTED_FOR) if before else ()
    refused = (*recent, at)[-MOST_DOUBTS:]
    dead = certain or len(refused) >= MOST_DOUBTS or (before is not None and before.holds(at))
    return DeadAddress(
        id=hashed(address),
        masked=masked(address),
        market=market,
        recipient_id=recipient_id,
        reason=reason,
        refused=refused,
        dead=dead,
        until=at + (DEAD_FOR if dead else DOUBTED_FOR),
    )
