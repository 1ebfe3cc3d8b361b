"""What the use cases of inquiries need from the world, beside the kernel's ports."""

from datetime import datetime
from typing import Protocol

from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.limits import Tally
from parley_conversation.ports import Transaction

from inquiries.domain.guests import Guest
from inquiries.domain.limits import GuestLimits


class Guests(Protocol):
    def register(self, guest: Guest, inquiry: Conversation) -> None:
        """Publish the address where only the notifier reads it, with this transaction."""

    async def forget(self, inquiry: Conversation, at: datetime, cause: str) -> None:
        """Publish there that this inquiry's guest is erased, and leave nothing of them here."""


class Tallies(Protocol):
    async def get(self, of: str) -> Tally:
        """What is known, or a new one."""

    def put(self, tally: Tally) -> None: ...


class InquiriesTransaction(Transaction, Protocol):
    """The kernel's transaction, and the guests with their limits."""

    @property
    def guest_limits(self) -> GuestLimits: ...

    @property
    def tallies(self) -> Tallies: ...

    @property
    def guests(self) -> Guests: ...
