"""What the use cases need from the world, named by role."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from parley_conversation.domain.cells import NoOp
from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.facts import Fact
from parley_conversation.domain.history import Entry
from parley_conversation.domain.images import Upload
from parley_conversation.domain.links import LinkRecord
from parley_conversation.domain.market import MarketRules
from parley_conversation.domain.messages import Message
from parley_conversation.domain.parties import Party
from parley_conversation.domain.templates import Owner, ReplyTemplate
from parley_conversation.domain.words import Category, Side, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A message in its place."""

    message: Message
    sequence: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose conversations are listed: a buyer's, those that shops see, or those of support's markets."""

    buyer_id: str | None = None
    seller_ids: frozenset[str] | None = None
    markets: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """The last conversation of a page; the next page starts after it."""

    since: datetime
    id: str


COUNTED_UP_TO = 1_000
"""A count that is shown ends here, so that its cost does not grow with the past."""


class HistoryPlace(NamedTuple):
    """The last entry of a page of a history."""

    at: datetime
    sequence: int | None
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One page of a list. Who waits for an answer longest comes first; in all other lists the latest."""

    scope: Scope
    state: State | None = None
    category: Category | None = None
    after: Place | None = None
    limit: int = 50

    @property
    def oldest_first(self) -> bool:
        return self.state in (State.AWAITING_SELLER, State.AWAITING_SUPPORT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """A reaction of the system that changed nothing, and why."""

    event_id: str
    conversation_id: str
    cycle_id: str
    reason: NoOp
    at: datetime


class Conversations(Protocol):
    async def get(self, id: str) -> Conversation | None: ...

    async def load(self, ids: Iterable[str]) -> None:
        """Read several at once; what follows finds them at hand."""

    def put(self, conversation: Conversation) -> None: ...

    async def not_erased(self, buyer_id: str, *, before: datetime | None, limit: int) -> tuple[Conversation, ...]:
        """Those that this buyer opened (before then) and that are still to be erased, of whatever state, the oldest first."""

    async def left_to(self, seller_id: str, *, limit: int) -> tuple[Conversation, ...]:
        """Those that are not final and in which this shop owes or would owe an answer, the oldest first."""

    async def ended(self, market: str, *, before: datetime, limit: int) -> tuple[Conversation, ...]:
        """Those of a market that were closed, or became final, before then, the oldest first. Threads in no list are not among them."""

    async def untouched(self, market: str, *, before: datetime, limit: int) -> tuple[Conversation, ...]:
        """Those of a market that stand in no list, of whatever state, and in which nothing happened since, the oldest first."""

    async def page(self, listing: Listing) -> tuple[Conversation, ...]: ...

    async def counts(self, scope: Scope) -> Mapping[State, int]: ...


class Messages(Protocol):
    async def of(self, conversation_id: str) -> tuple[Posted, ...]:
        """All of a conversation's, in their order."""

    async def load(self, conversation_ids: Iterable[str]) -> None:
        """Read those of several at once; what follows finds them at hand."""

    async def get(self, conversation_id: str, message_id: str) -> Posted | None: ...

    def add(self, conversation_id: str, posted: Posted) -> None:
        """Keep it, in place of what it was."""

    async def erase(self, conversation_ids: Sequence[str]) -> None:
        """Leave nothing of what was written in these, whoever wrote it."""


class Images(Protocol):
    async def get(self, id: str) -> Upload | None: ...

    async def content_of(self, id: str) -> bytes: ...

    async def unused(self, owner_id: str, *, limit: int) -> tuple[Upload, ...]:
        """What this person uploaded and no message has."""

    async def outdated(self, *, before: datetime, limit: int) -> tuple[Upload, ...]:
        """What was uploaded before then and no message has."""

    def add(self, upload: Upload, content: bytes) -> None: ...

    def put(self, upload: Upload) -> None:
        """Keep what is known of it in place of what was."""

    def remove(self, id: str) -> None: ...

    async def erase(self, conversation_ids: Sequence[str]) -> None:
        """Leave nothing of what was attached in these."""


class Templates(Protocol):
    async def get(self, id: str) -> ReplyTemplate | None: ...

    async def of(self, owners: Sequence[Owner], *, after: str | None, limit: int) -> tuple[ReplyTemplate, ...]:
        """Theirs, the oldest first, after the one with that id."""

    def put(self, template: ReplyTemplate) -> None: ...

    def remove(self, id: str) -> None: ...

    def erase(self, template: ReplyTemplate) -> None:
        """Remove it, and the answer that is kept for whoever made it."""


class History(Protocol):
    def add(self, entry: Entry) -> None: ...

    async def of(self, conversation_id: str, *, after: HistoryPlace | None, limit: int) -> tuple[Entry, ...]:
        """The latest first."""

    async def erase(self, ids: Sequence[str]) -> None:
        """Leave nothing of these histories."""


class Parties(Protocol):
    async def get(self, id: str) -> Party | None:
        """None if unknown or erased."""

    async def is_erased(self, id: str) -> bool:
        """Whether this person or shop was erased and did not come back; of a person it is known for thirty days."""

    async def claim(self, id: str) -> None:
        """Write the row, if there is one, so that an erasure at the same moment cannot commit without seeing what goes with this."""

    async def load(self, ids: Iterable[str]) -> None:
        """Read several at once; what follows finds them at hand."""

    async def team(self, side: Side, *, seller_id: str, market: str) -> tuple[Party, ...]:
        """The people of a side who are known: members of the shop, agents of support in the market."""

    async def time_of(self, id: str) -> datetime | None:
        """The time of what is known, of an erasure too."""

    def put(self, party: Party) -> None: ...

    def erase(self, id: str, at: datetime) -> None:
        """Forget everything but that, and when, it was erased; what still waits to be published of it, too."""

    async def is_shop(self, id: str) -> bool:
        """Whether this is known as a shop, or was until it was erased."""

    def close(self, id: str, at: datetime, *, look_again: datetime) -> None:
        """Erase a shop. That it is gone is kept for good, for orders go on naming it; and that it is to be looked at again then."""

    async def to_look_at(self, before: datetime, *, limit: int) -> tuple[str, ...]:
        """The shops that were to be looked at again before then, the first of them first."""

    async def looked_at(self, id: str) -> None:
        """Nothing more is to be done about this shop."""


class LinkRecords(Protocol):
    async def get(self, party_id: str, conversation_id: str | None) -> LinkRecord:
        """What is known, or a new record."""

    def put(self, record: LinkRecord) -> None: ...


class Traces(Protocol):
    async def remove(self, conversation_ids: Sequence[str]) -> None:
        """Leave nothing of these, neither themselves nor what is kept about them, but the number of the last event of each."""

    async def last_sequence(self, conversation_id: str) -> int:
        """That of one that was removed, 0 if there was none. One that begins again goes on after it: readers have counted so far."""


class Facts(Protocol):
    def add(self, conversation: Conversation, fact: Fact, cause: str) -> None:
        """Publish it with this transaction. ``cause`` is the id of the event or command that brought it about."""


class Reactions(Protocol):
    def unchanged(self, record: Unchanged) -> None: ...


class Writers(Protocol):
    """Who wrote how often within the last hour, as far as this process knows; it is no part of the transaction."""

    def wrote(self, person_id: str, message_id: str, at: datetime, most: int) -> None:
        """Count a message; the same one counts once, however often its command is run. Raises TooOften where it is one too many."""


class Transaction(Protocol):
    """One transaction: everything below is read and written together, or not at all."""

    @property
    def now(self) -> datetime: ...

    @property
    def conversations(self) -> Conversations: ...

    @property
    def messages(self) -> Messages: ...

    @property
    def images(self) -> Images: ...

    @property
    def templates(self) -> Templates: ...

    @property
    def history(self) -> History: ...

    @property
    def parties(self) -> Parties: ...

    @property
    def links(self) -> LinkRecords: ...

    @property
    def traces(self) -> Traces: ...

    @property
    def facts(self) -> Facts: ...

    @property
    def reactions(self) -> Reactions: ...

    @property
    def writers(self) -> Writers: ...

    @property
    def markets(self) -> Mapping[str, MarketRules]: ...

    async def in_contact_window(self, conversation: Conversation, at: datetime) -> bool:
        """Whether the seller may write to this buyer unasked: about an open or recent order, or soon after a question."""
