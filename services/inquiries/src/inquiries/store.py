"""The ports of inquiries on MongoDB."""

from collections.abc import Callable, Mapping
from datetime import datetime

from parley_chassis.mongo import Index, Unit
from parley_chassis.mongo.answers import COMMANDS
from parley_chassis.outbox import OUTBOX
from parley_contracts.envelope import Envelope
from parley_contracts.topics import GUESTS, INQUIRIES
from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.limits import HOUR, Tally
from parley_conversation.domain.market import MarketRules
from parley_conversation.store import INDEXES as CONVERSATION_INDEXES
from parley_conversation.store import MongoTransaction, Writers
from parley_conversation.store.transaction import Publish

from inquiries.domain.guests import Guest
from inquiries.domain.limits import GuestLimits

TALLIES = "guest_tallies"

INDEXES = (*CONVERSATION_INDEXES, Index(TALLIES, [("last", 1)], expire_after=HOUR))

Register = Callable[[Guest, Conversation], Envelope]
"""Makes the event that carries a guest's address."""
Forget = Callable[[Conversation, datetime, str], Envelope]
"""Makes the tombstone that erases it; the last argument is its cause."""


class MongoGuests:
    """Guests' addresses stand in the outbox alone, until they are on their topic."""

    def __init__(self, unit: Unit, register: Register, forget: Forget) -> None:
        self._unit = unit
        self._register = register
        self._forget = forget

    def register(self, guest: Guest, inquiry: Conversation) -> None:
        self._unit.outbox.add(self._register(guest, inquiry), GUESTS)

    async def forget(self, inquiry: Conversation, at: datetime, cause: str) -> None:
        self._unit.outbox.withdraw(GUESTS, inquiry.buyer.id)
        self._unit.outbox.add(self._forget(inquiry, at, cause), GUESTS, written=self._unit.now)
        # The command by which a guest asked is kept under a digest of the address.
        for first in await self._unit.documents(OUTBOX).find({"key": inquiry.id, "sequence": 1}):
            self._unit.documents(COMMANDS).remove(first["headers"]["ce_causationid"].decode().removeprefix("command:"))


class MongoTallies:
    """How often guests asked. Two that count the same at once cannot both commit; what is an hour old goes by itself."""

    def __init__(self, unit: Unit) -> None:
        self._documents = unit.documents(TALLIES)

    async def get(self, of: str) -> Tally:
        row = await self._documents.get(of)
        return Tally(of, tuple(row["asked"]) if row else ())

    def put(self, tally: Tally) -> None:
        self._documents.put({"_id": tally.of, "asked": list(tally.asked), "last": tally.asked[-1]})


class MongoInquiries(MongoTransaction):
    """One transaction of this service."""

    def __init__(
        self,
        unit: Unit,
        *,
        markets: Mapping[str, MarketRules],
        writers: Writers,
        guest_limits: GuestLimits,
        publish: Publish,
        register: Register,
        forget: Forget,
    ) -> None:
        super().__init__(unit, markets=markets, writers=writers, publish=publish, topic=INQUIRIES)
        self.guest_limits = guest_limits
        self.guests = MongoGuests(unit, register, forget)
        self.tallies = MongoTallies(unit)

    async def in_contact_window(self, conversation: Conversation, at: datetime) -> bool:
        """There is no order: the window counts from the buyer's last message."""
        return self.markets[conversation.market].still_recent(conversation.buyer_wrote_at or conversation.opened_at, at)
