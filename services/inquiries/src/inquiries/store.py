"""The ports of inquiries on MongoDB."""

from collections.abc import Callable, Mapping
from datetime import datetime

from parley_chassis.mongo import Unit
from parley_contracts.envelope import Envelope
from parley_contracts.topics import GUESTS, INQUIRIES
from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.market import MarketRules
from parley_conversation.store import INDEXES, MongoTransaction
from parley_conversation.store.transaction import Publish

from inquiries.domain.guests import Guest

__all__ = ["INDEXES", "MongoInquiries"]

Register = Callable[[Guest, Conversation], Envelope]
"""Makes the event that carries a guest's address."""


class MongoGuests:
    """Guests' addresses stand in the outbox alone, until they are on their topic."""

    def __init__(self, unit: Unit, register: Register) -> None:
        self._unit = unit
        self._register = register

    def register(self, guest: Guest, inquiry: Conversation) -> None:
        self._unit.outbox.add(self._register(guest, inquiry), GUESTS)


class MongoInquiries(MongoTransaction):
    """One transaction of this service."""

    def __init__(self, unit: Unit, *, markets: Mapping[str, MarketRules], publish: Publish, register: Register) -> None:
        super().__init__(unit, markets=markets, publish=publish, topic=INQUIRIES)
        self.guests = MongoGuests(unit, register)

    async def in_contact_window(self, conversation: Conversation, at: datetime) -> bool:
        """There is no order: the window counts from the buyer's last message."""
        return self.markets[conversation.market].still_recent(conversation.buyer_wrote_at, at)
