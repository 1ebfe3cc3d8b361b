"""Doubles of the ports, in memory: the same behaviour tests run against them and against the Mongo stores."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from parley_chassis.commands import Answer, CommandKey, KeyReused

from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.facts import Fact
from parley_conversation.domain.history import Entry
from parley_conversation.domain.links import LinkRecord
from parley_conversation.domain.market import MarketRules
from parley_conversation.domain.words import CloseReason, Side, State
from parley_conversation.ports import HistoryPlace, Listing, Posted, Scope, Unchanged
from parley_conversation.store.writers import Writers
from parley_conversation.testing.images import Images
from parley_conversation.testing.parties import Parties
from parley_conversation.testing.templates import Templates

P = ParamSpec("P")
R = TypeVar("R")
Tx = TypeVar("Tx")

Tables = dict[str, dict[Any, Any]]
"""Rows by table and key. Rows are immutable, so a copy of the tables is a snapshot."""


class _Conversations:
    def __init__(self, rows: dict[Any, Any]) -> None:
        self._rows: dict[str, Conversation] = rows

    async def get(self, id: str) -> Conversation | None:
        return self._rows.get(id)

    async def load(self, ids: Iterable[str]) -> None:
        """Everything is at hand."""

    def put(self, conversation: Conversation) -> None:
        self._rows[conversation.id] = conversation

    async def not_erased(self, buyer_id: str, *, before: datetime | None, limit: int) -> tuple[Conversation, ...]:
        asked = (each for each in self._rows.values() if each.buyer.id == buyer_id and each.close_reason is not CloseReason.ERASED)
        found = (each for each in asked if before is None or each.opened_at < before)
        return _oldest(found, limit)

    async def left_to(self, seller_id: str, *, limit: int) -> tuple[Conversation, ...]:
        awaited = (State.AWAITING_SELLER, State.AWAITING_BUYER, State.CLOSED)
        theirs = (each for each in self._rows.values() if each.seller_id == seller_id and each.handler is Side.SELLER)
        return _oldest((each for each in theirs if each.state in awaited), limit)

    async def ended(self, market: str, *, before: datetime, limit: int) -> tuple[Conversation, ...]:
        over = (each for each in self._rows.values() if each.state in (State.CLOSED, State.FINAL) and each.since < before)
        return _oldest((each for each in over if each.market == market and each.listed), limit)

    async def untouched(self, market: str, *, before: datetime, limit: int) -> tuple[Conversation, ...]:
        found = (each for each in self._rows.values() if each.market == market and each.changed_at < before and not each.listed)
        return tuple(sorted(found, key=lambda each: (each.changed_at, each.id))[:limit])

    async def page(self, listing: Listing) -> tuple[Conversation, ...]:
        found = sorted(
            (each for each in self._in(listing.scope) if listing.state in (None, each.state) and listing.category in (None, each.category)),
            key=lambda each: (each.since, each.id),
            reverse=not listing.oldest_first,
        )
        if listing.after is not None:
            place = (listing.after.since, listing.after.id)
            found = [each for each in found if ((each.since, each.id) > place) is listing.oldest_first and (each.since, each.id) != place]
        return tuple(found[: listing.limit])

    async def counts(self, scope: Scope) -> Mapping[State, int]:
        states = [each.state for each in self._in(scope)]
        return {state: states.count(state) for state in State}

    def _in(self, scope: Scope) -> Iterable[Conversation]:
        return (each for each in self._rows.values() if _belongs(each, scope))


def _oldest(found: Iterable[Conversation], limit: int) -> tuple[Conversation, ...]:
    return tuple(sorted(found, key=lambda each: (each.since, each.id))[:limit])


def _belongs(conversation: Conversation, scope: Scope) -> bool:
    if not conversation.listed:
        return False
    if scope.buyer_id is not None:
        return conversation.buyer.id == scope.buyer_id
    if scope.seller_ids is not None:
        return conversation.seller_id in scope.seller_ids and not conversation.routed_only
    return scope.markets is not None and conversation.market in scope.markets


class _Messages:
    def __init__(self, rows: dict[Any, Any]) -> None:
        self._rows: dict[tuple[str, int], Posted] = rows

    async def of(self, conversation_id: str) -> tuple[Posted, ...]:
        return tuple(row for (conversation, _), row in sorted(self._rows.items()) if conversation == conversation_id)

    async def load(self, conversation_ids: Iterable[str]) -> None:
        """Everything is at hand."""

    async def get(self, conversation_id: str, message_id: str) -> Posted | None:
        return next((each for each in await self.of(conversation_id) if each.message.id == message_id), None)

    def add(self, conversation_id: str, posted: Posted) -> None:
        self._rows[conversation_id, posted.sequence] = posted

    async def erase(self, conversation_ids: Sequence[str]) -> None:
        for place in [place for place in self._rows if place[0] in conversation_ids]:
            del self._rows[place]


class _History:
    def __init__(self, rows: dict[Any, Any]) -> None:
        self._rows: dict[str, Entry] = rows

    def add(self, entry: Entry) -> None:
        self._rows[entry.id] = entry

    async def erase(self, ids: Sequence[str]) -> None:
        for entry in [entry for entry in self._rows.values() if entry.conversation_id in ids]:
            del self._rows[entry.id]

    async def of(self, conversation_id: str, *, after: HistoryPlace | None, limit: int) -> tuple[Entry, ...]:
        found = [((row.at, row.sequence or 0, row.id), row) for row in self._rows.values() if row.conversation_id == conversation_id]
        begin = after and (after.at, after.sequence or 0, after.id)
        later = sorted((each for each in found if begin is None or each[0] < begin), reverse=True)
        return tuple(row for _, row in later[:limit])


class _Links:
    def __init__(self, rows: dict[Any, Any]) -> None:
        self._rows: dict[tuple[str, str | None], LinkRecord] = rows

    async def get(self, party_id: str, conversation_id: str | None) -> LinkRecord:
        return self._rows.get((party_id, conversation_id)) or LinkRecord(party_id=party_id, conversation_id=conversation_id)

    def put(self, record: LinkRecord) -> None:
        self._rows[record.party_id, record.conversation_id] = record


@dataclass(frozen=True, slots=True)
class Published:
    """A fact that was published, with its conversation and its cause."""

    conversation: Conversation
    fact: Fact
    cause: str


class _Traces:
    def __init__(self, tables: Tables, images: Images) -> None:
        self._tables = tables
        self._images = images
        self._removed: dict[str, int] = tables.setdefault("removed", {})

    async def last_sequence(self, conversation_id: str) -> int:
        return self._removed.get(conversation_id, 0)

    async def remove(self, conversation_ids: Sequence[str]) -> None:
        await self._images.erase(conversation_ids)
        rows = self._tables.get("conversations", {})
        self._removed.update({id: rows[id].sequence for id in conversation_ids if id in rows})
        whose: dict[str, Callable[[Any, Any], str | None]] = {
            "conversations": lambda id, _: id,
            "messages": lambda place, _: place[0],
            "history": lambda _, entry: entry.conversation_id,
            "reactions": lambda _, record: record.conversation_id,
            "links": lambda pair, _: pair[1],
        }
        for name, of in whose.items():
            rows = self._tables.get(name, {})
            for key in [key for key, row in rows.items() if of(key, row) in conversation_ids]:
                del rows[key]


class _Facts:
    def __init__(self, rows: dict[Any, Any]) -> None:
        self._rows: dict[str, Published] = rows

    def add(self, conversation: Conversation, fact: Fact, cause: str) -> None:
        self._rows[fact.id] = Published(conversation, fact, cause)


class _Reactions:
    def __init__(self, rows: dict[Any, Any]) -> None:
        self._rows: dict[str, Unchanged] = rows

    def unchanged(self, record: Unchanged) -> None:
        self._rows[record.event_id] = record


class InMemoryTransaction:
    """The kernel's transaction on tables in memory. The contact window counts from the buyer's last message."""

    def __init__(self, tables: Tables, now: datetime, markets: Mapping[str, MarketRules]) -> None:
        self.tables = tables
        self.now = now
        self.markets = markets
        self.conversations = _Conversations(self.table("conversations"))
        self.messages = _Messages(self.table("messages"))
        self.images = Images(self.table("images"), now)
        self.templates = Templates(self.table("reply_templates"))
        self.history = _History(self.table("history"))
        self.parties = Parties(self.table("parties"))
        self.links = _Links(self.table("links"))
        self.traces = _Traces(tables, self.images)
        self.facts = _Facts(self.table("facts"))
        self.reactions = _Reactions(self.table("reactions"))

    def table(self, name: str) -> dict[Any, Any]:
        return self.tables.setdefault(name, {})

    @property
    def writers(self) -> Writers:
        found: Writers = self.table("writers").setdefault("all", Writers())
        return found

    async def in_contact_window(self, conversation: Conversation, at: datetime) -> bool:
        return self.markets[conversation.market].still_recent(conversation.buyer_wrote_at or conversation.opened_at, at)


A_MARKET = MarketRules(contact_window=timedelta(days=30))


@dataclass
class InMemory(Generic[Tx]):
    """Runs use cases like the runner of the chassis: all or nothing, and once for each key."""

    open_: Callable[[Tables, datetime, Mapping[str, MarketRules]], Tx]
    markets: Mapping[str, MarketRules] = field(default_factory=lambda: {"de": A_MARKET})
    now: datetime = datetime(2026, 3, 2, 10, tzinfo=UTC)
    tables: Tables = field(default_factory=dict)

    async def __call__(self, use_case: Callable[Concatenate[Tx, P], Awaitable[R]], /, *args: P.args, **kwargs: P.kwargs) -> R:
        draft = {name: dict(rows) for name, rows in self.tables.items()}
        result = await use_case(self.open_(draft, self.now, self.markets), *args, **kwargs)
        self.tables = draft
        return result

    def about(self, *ids: str) -> "InMemory[Tx]":
        """Everything is at hand."""
        return self

    async def once(
        self, key: CommandKey | None, use_case: Callable[Concatenate[Tx, P], Awaitable[Answer]], /, *args: P.args, **kwargs: P.kwargs
    ) -> Answer:
        if key is None:
            return await self(use_case, *args, **kwargs)
        known = self.tables.get("commands", {}).get(key.id)
        if known:
            if known[0] != key.fingerprint:
                raise KeyReused
            stored: Answer = known[1]
            return stored.again()
        answer = await self(use_case, *args, **kwargs)
        self.tables.setdefault("commands", {})[key.id] = (key.fingerprint, answer)
        return answer

    def published(self) -> list[Published]:
        """Everything that was published, in its order."""
        return list(self.tables.get("facts", {}).values())
