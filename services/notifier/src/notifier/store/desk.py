"""One transaction of the notifier, and transactions that say when they left work for the dispatcher."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from parley_chassis.mongo import Index, Transactions, Unit
from parley_contracts.envelope import Envelope
from parley_contracts.topics import DELIVERIES as TOPIC

from notifier.domain.conversation import Conversation, Waits
from notifier.domain.delivery import Delivery
from notifier.ports import Foreseen
from notifier.store import dead_addresses, deliveries, interventions, people
from notifier.store.dead_addresses import MongoDeadAddresses
from notifier.store.deliveries import MongoDeliveries
from notifier.store.interventions import MongoInterventions
from notifier.store.pauses import MongoPauses
from notifier.store.people import MongoAddressBook
from notifier.store.rows import conversation_of, conversation_row, waits_of, waits_row

CONVERSATIONS = "conversations"
WAITS = "waits"
PUBLISHED = "published"

# Longer than ticketing and inquiries keep a closed conversation.
_KEPT = timedelta(days=25 * 31)

INDEXES = (
    *deliveries.INDEXES,
    *people.INDEXES,
    *dead_addresses.INDEXES,
    *interventions.INDEXES,
    Index(CONVERSATIONS, [("at", 1)], expire_after=_KEPT),
    Index(PUBLISHED, [("at", 1)], expire_after=_KEPT),
)

R = TypeVar("R")
Publish = Callable[[Delivery, int, datetime], Envelope]


class MongoConversations:
    def __init__(self, unit: Unit) -> None:
        self._documents = unit.documents(CONVERSATIONS)

    async def get(self, id: str) -> Conversation | None:
        row = await self._documents.get(id)
        return conversation_of(row) if row else None

    async def load(self, ids: Iterable[str]) -> None:
        await self._documents.load(ids)

    def put(self, conversation: Conversation) -> None:
        self._documents.put(conversation_row(conversation))


class MongoWaits:
    """Open waits only: a conversation that nobody waits in has no row."""

    def __init__(self, unit: Unit) -> None:
        self._documents = unit.documents(WAITS)

    async def get(self, conversation_id: str) -> Waits:
        row = await self._documents.get(conversation_id)
        return waits_of(row) if row else Waits(conversation_id=conversation_id)

    async def load(self, conversation_ids: Iterable[str]) -> None:
        await self._documents.load(conversation_ids)

    def put(self, waits: Waits) -> None:
        if waits.open:
            self._documents.put(waits_row(waits))
        else:
            self._documents.remove(waits.conversation_id)


class MongoDesk:
    """The ports of one transaction. ``publish`` turns an ended delivery into its event."""

    def __init__(self, unit: Unit, *, publish: Publish) -> None:
        self.now = unit.now
        self.deliveries = MongoDeliveries(unit)
        self.conversations = MongoConversations(unit)
        self.waits = MongoWaits(unit)
        self.people = MongoAddressBook(unit)
        self.dead_addresses = MongoDeadAddresses(unit)
        self.interventions = MongoInterventions(unit)
        self.pauses = MongoPauses(unit)
        self._published = unit.documents(PUBLISHED)
        self._outbox = unit.outbox
        self._publish = publish

    async def foresee(self, foreseen: Foreseen) -> None:
        """Read what a batch will ask for, with a few queries in all."""
        await self.conversations.load(foreseen.conversation_ids)
        await self.waits.load(foreseen.conversation_ids)
        await self.people.foresee(foreseen.party_ids, foreseen.seller_ids)
        await self.deliveries.foresee(foreseen.event_ids, foreseen.conversation_ids, foreseen.recipient_keys)

    async def publish(self, ended: Sequence[Delivery]) -> None:
        """Tell others how these ended, each conversation's in its own sequence."""
        await self._published.load(each.conversation_id for each in ended)
        for each in ended:
            row: dict[str, Any] = await self._published.get(each.conversation_id) or {"sequence": 0, "at": self.now}
            sequence, at = row["sequence"] + 1, max(self.now, row["at"])
            self._published.put({"_id": each.conversation_id, "sequence": sequence, "at": at})
            self._outbox.add(self._publish(each, sequence, at), TOPIC)


class WakingTransactions(Transactions[MongoDesk]):
    """Calls ``wake`` after each transaction that left something to be sent."""

    def __init__(self, *arguments: Any, wake: Callable[[], None], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._wake = wake

    async def in_unit(self, body: Callable[[Unit, MongoDesk], Awaitable[R]]) -> R:
        desks: list[MongoDesk] = []

        async def watched(unit: Unit, desk: MongoDesk) -> R:
            desks[:] = [desk]
            return await body(unit, desk)

        result = await super().in_unit(watched)
        if desks and desks[0].deliveries.has_work:
            self._wake()
        return result
