"""What the use cases of inquiries need from the world, beside the kernel's ports."""

from typing import Protocol

from parley_conversation.domain.conversation import Conversation
from parley_conversation.ports import Transaction

from inquiries.domain.guests import Guest


class Guests(Protocol):
    def register(self, guest: Guest, inquiry: Conversation) -> None:
        """Publish the address where only the notifier reads it, with this transaction."""


class InquiriesTransaction(Transaction, Protocol):
    """The kernel's transaction, and the guests."""

    @property
    def guests(self) -> Guests: ...
