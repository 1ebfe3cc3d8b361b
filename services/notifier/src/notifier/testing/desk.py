"""The post's desk in memory: what the use cases are tested on, held to the same behaviour as the real store."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from notifier.domain.conversation import Conversation, Waits
from notifier.domain.dead_addresses import DeadAddress
from notifier.domain.delivery import Delivery
from notifier.domain.intervention import Intervention
from notifier.domain.pauses import Pause
from notifier.domain.recipients import Party
from notifier.ports import Backlog, Foreseen, Looking


@dataclass
class MemoryDeliveries:
    rows: dict[str, Delivery] = field(default_factory=dict)

    async def get(self, id: str) -> Delivery | None:
        return self.rows.get(id)

    async def load(self, ids: Iterable[str]) -> None:
        pass

    async def add(self, deliveries: Sequence[Delivery]) -> None:
        for each in deliveries:
            self.rows.setdefault(each.id, each)

    def put(self, delivery: Delivery) -> None:
        self.rows[delivery.id] = delivery

    def remove(self, id: str) -> None:
        del self.rows[id]

    async def due(self, at: datetime, markets: Sequence[str], limit: int) -> list[Delivery]:
        due = sorted(
            (row for row in self.rows.values() if row.due and row.due <= at and row.market in markets), key=lambda row: row.due or at
        )
        if len(due) <= limit:
            return due
        shares = {market: [row for row in due if row.market == market] for market in markets}
        turns = [row for turn in range(limit) for rows in shares.values() for row in rows[turn : turn + 1]]
        return turns[:limit]

    async def next_due(self, markets: Sequence[str]) -> datetime | None:
        return min((row.due for row in self.rows.values() if row.due and row.market in markets), default=None)

    async def backlog(self, at: datetime, markets: Sequence[str]) -> Backlog:
        waiting = [row.due for row in self.rows.values() if row.due and row.market in markets]
        return Backlog(sum(due <= at for due in waiting), sum(due > at for due in waiting))

    async def untried_since(self, markets: Sequence[str]) -> datetime | None:
        return min((row.begun for row in self.rows.values() if row.untried and row.market in markets), default=None)

    async def foldable(self, fold_keys: Sequence[str], limit: int) -> list[Delivery]:
        return [row for row in self.rows.values() if row.untouched and row.fold_key in fold_keys][:limit]

    async def held(self, conversation_id: str) -> list[Delivery]:
        return [row for row in self.rows.values() if row.held and row.conversation_id == conversation_id]

    async def unknown(self, recipient_keys: Sequence[str]) -> list[Delivery]:
        return [row for row in self.rows.values() if row.unknown and row.recipient.key in recipient_keys]

    async def unfinished(self, recipient_key: str) -> list[Delivery]:
        return [row for row in self.rows.values() if row.due and row.recipient.key == recipient_key]

    async def look(self, looking: Looking) -> list[Delivery]:
        found = [
            row
            for row in self.rows.values()
            if (looking.markets is None or row.market in looking.markets)
            and looking.conversation_id in (None, row.conversation_id)
            and looking.recipient_id in (None, row.recipient.id)
            and (not looking.states or row.state in looking.states)
            and (looking.after is None or (row.created, row.id) < looking.after)
        ]
        return sorted(found, key=lambda row: (row.created, row.id), reverse=True)[: looking.limit]


@dataclass
class MemoryConversations:
    rows: dict[str, Conversation] = field(default_factory=dict)

    async def get(self, id: str) -> Conversation | None:
        return self.rows.get(id)

    async def load(self, ids: Iterable[str]) -> None:
        pass

    def put(self, conversation: Conversation) -> None:
        self.rows[conversation.id] = conversation


@dataclass
class MemoryWaits:
    rows: dict[str, Waits] = field(default_factory=dict)

    async def get(self, conversation_id: str) -> Waits:
        return self.rows.get(conversation_id, Waits(conversation_id=conversation_id))

    async def load(self, conversation_ids: Iterable[str]) -> None:
        pass

    def put(self, waits: Waits) -> None:
        self.rows[waits.conversation_id] = waits


@dataclass
class MemoryAddressBook:
    rows: dict[str, Party] = field(default_factory=dict)
    gone: dict[str, datetime] = field(default_factory=dict)

    async def get(self, id: str) -> Party | None:
        return self.rows.get(id)

    async def load(self, ids: Iterable[str]) -> None:
        pass

    async def members(self, seller_id: str) -> list[Party]:
        return [party for party in self.rows.values() if party.seller_id == seller_id]

    async def as_of(self, id: str) -> datetime | None:
        return self.rows[id].as_of if id in self.rows else self.gone.get(id)

    async def is_gone(self, id: str) -> bool:
        return id in self.gone

    async def touch(self, id: str) -> None:
        pass

    def put(self, party: Party) -> None:
        self.gone.pop(party.id, None)
        self.rows[party.id] = party

    def erase(self, id: str, as_of: datetime) -> None:
        self.rows.pop(id, None)
        self.gone[id] = as_of


@dataclass
class MemoryDeadAddresses:
    rows: dict[str, DeadAddress] = field(default_factory=dict)

    async def load(self, addresses: Iterable[str]) -> None:
        pass

    async def get(self, id: str) -> DeadAddress | None:
        return self.rows.get(id)

    async def look(
        self, at: datetime, markets: frozenset[str] | None, *, recipient_id: str | None, after: tuple[datetime, str] | None, limit: int
    ) -> Sequence[DeadAddress]:
        found = [
            row
            for row in self.rows.values()
            if row.holds(at)
            and (markets is None or row.market in markets)
            and recipient_id in (None, row.recipient_id)
            and (after is None or (row.since, row.id) < after)
        ]
        return sorted(found, key=lambda row: (row.since, row.id), reverse=True)[:limit]

    def put(self, address: DeadAddress) -> None:
        self.rows[address.id] = address

    def remove(self, id: str) -> None:
        self.rows.pop(id, None)

    async def forget(self, recipient_id: str) -> None:
        self.rows = {id: row for id, row in self.rows.items() if row.recipient_id != recipient_id}


@dataclass
class MemoryInterventions:
    rows: dict[str, Intervention] = field(default_factory=dict)

    async def get(self, id: str) -> Intervention | None:
        return self.rows.get(id)

    async def look(
        self, markets: frozenset[str] | None, *, target: str | None, after: tuple[datetime, str] | None, limit: int
    ) -> Sequence[Intervention]:
        found = [row for row in self.rows.values() if (markets is None or row.market in markets) and target in (None, row.target)]
        places = sorted(((row.at, row.id), row) for row in found if after is None or (row.at, row.id) < after)
        return [row for _, row in reversed(places)][:limit]

    def add(self, done: Intervention) -> None:
        self.rows[done.id] = done


@dataclass
class MemoryPauses:
    rows: dict[str, Pause] = field(default_factory=dict)

    async def every(self) -> Sequence[Pause]:
        return [self.rows[scope] for scope in sorted(self.rows)]

    def put(self, pause: Pause) -> None:
        self.rows[pause.scope] = pause

    def remove(self, scope: str) -> None:
        del self.rows[scope]


@dataclass
class MemoryDesk:
    """A desk whose clock is moved by hand."""

    now: datetime
    deliveries: MemoryDeliveries = field(default_factory=MemoryDeliveries)
    conversations: MemoryConversations = field(default_factory=MemoryConversations)
    waits: MemoryWaits = field(default_factory=MemoryWaits)
    people: MemoryAddressBook = field(default_factory=MemoryAddressBook)
    dead_addresses: MemoryDeadAddresses = field(default_factory=MemoryDeadAddresses)
    interventions: MemoryInterventions = field(default_factory=MemoryInterventions)
    pauses: MemoryPauses = field(default_factory=MemoryPauses)
    published: list[Delivery] = field(default_factory=list)

    async def foresee(self, foreseen: Foreseen) -> None:
        pass

    async def publish(self, ended: Sequence[Delivery]) -> None:
        self.published.extend(ended)

    def later(self, **span: float) -> datetime:
        self.now += timedelta(**span)
        return self.now
