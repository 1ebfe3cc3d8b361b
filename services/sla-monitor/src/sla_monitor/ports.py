"""What the use cases need from the world: conversations, the policy book, and a way to tell what was found out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sla_monitor.domain.conversation import Conversation
from sla_monitor.domain.facts import Fact
from sla_monitor.domain.performance import AssessedDay, Change, Performance, Rating, Wait, Window
from sla_monitor.domain.policy import Effect, Entry, OutageWindow, PolicyBook
from sla_monitor.domain.responses import Count, Place, Response, Sight, Standing, Wanted


class ForeignConversation(LookupError):
    """The same id is a conversation of another topic."""


@dataclass(frozen=True, slots=True)
class Partition:
    """Where a conversation's events stand in the log."""

    topic: str
    number: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A conversation and where its events stand; the partition is not known before its first event could be applied."""

    conversation: Conversation
    topic: str
    partition: int | None


class Conversations(Protocol):
    """The state of each conversation."""

    async def get(self, id: str, topic: str) -> Conversation | None:
        """The conversation; raises ForeignConversation where another topic has one of this id."""

    async def kept(self, id: str) -> Kept | None:
        """The conversation with its place in the log, whatever its topic."""

    async def load(self, ids: Iterable[str]) -> None:
        """Read several at once."""

    async def due(self, partition: Partition, before: datetime, limit: int) -> list[Conversation]:
        """Those that time changes before this instant, the earliest first."""

    async def overdue(self, partition: Partition, due_from: datetime, due_to: datetime, limit: int) -> list[Conversation]:
        """Those that are not frozen and have an overdue cycle whose due time lies within these instants."""

    async def frozen(self, after: str | None, limit: int) -> list[Kept]:
        """Those whose clock stands still, by id, from behind this one on."""

    def put(self, conversation: Conversation, topic: str, partition: int | None = None) -> None:
        """Keep the state; without a partition it stays where it is."""


class Policies(Protocol):
    """The policy book, append-only."""

    async def book(self) -> PolicyBook: ...
    async def add(self, lines: Sequence[Entry | OutageWindow | Effect]) -> None: ...


class Responses(Protocol):
    """The cycles as people look them up."""

    async def get(self, id: str) -> Response | None: ...
    async def page(self, sight: Sight, wanted: Wanted, after: Place | None, limit: int) -> list[Response]:
        """What is wanted and may be seen: unsettled ones by due time, settled ones by their end, the newest first."""

    async def due_within(self, due_from: datetime, due_to: datetime) -> dict[Standing, int]:
        """How many unsettled cycles of each standing fall due within these instants."""

    async def counts(self, sight: Sight, wanted: Wanted) -> list[Count]:
        """How many there are of each standing, market, side and category."""


class Sellers(Protocol):
    """How sellers do, and what it is counted from."""

    async def get(self, seller_id: str) -> Performance | None: ...
    async def waits(self, seller_id: str, window: Window) -> list[Wait]:
        """The cycles that the seller owed and that ended since the window began, or are overdue."""

    async def ratings(self, seller_id: str, window: Window) -> list[Rating]:
        """The ratings of the seller's conversations in the window, whosesoever they are."""

    async def assessed(self) -> AssessedDay | None:
        """The last day for which all sellers were assessed."""

    def rate(self, rating: Rating) -> None: ...
    def put(self, performance: Performance) -> None: ...
    def tell(self, change: Change) -> None:
        """Publish it with this transaction."""

    def finish(self, assessed: AssessedDay) -> None: ...


class Transaction(Protocol):
    """One transaction."""

    @property
    def now(self) -> datetime: ...
    @property
    def conversations(self) -> Conversations: ...
    @property
    def policies(self) -> Policies: ...
    @property
    def responses(self) -> Responses: ...
    @property
    def sellers(self) -> Sellers: ...
    def tell(self, conversation: Conversation, facts: Sequence[Fact]) -> None:
        """Publish the facts and keep how each cycle stands after them, with this transaction."""

    async def watermarks(self) -> dict[Partition, datetime | None]:
        """How far the log was provably read: the highest watermark of every partition that carries some."""
