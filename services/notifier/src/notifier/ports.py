"""What the use cases need from the outside: the post's desk inside one transaction, a renderer, a mailer."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from notifier.domain.conversation import Conversation, Waits
from notifier.domain.dead_addresses import DeadAddress
from notifier.domain.delivery import Delivery
from notifier.domain.intervention import Intervention
from notifier.domain.pauses import Pause
from notifier.domain.recipients import Party
from notifier.domain.words import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """Which deliveries somebody looks for; ``markets`` None means all. They come newest first, after ``after``."""

    markets: frozenset[str] | None
    conversation_id: str | None = None
    recipient_id: str | None = None
    states: tuple[State, ...] = ()
    after: tuple[datetime, str] | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many mails are to be done now, and how many later."""

    due: int
    later: int


class Deliveries(Protocol):
    """The outgoing post."""

    async def get(self, id: str) -> Delivery | None: ...
    async def load(self, ids: Iterable[str]) -> None: ...
    async def add(self, deliveries: Sequence[Delivery]) -> None:
        """Keep those that are new; a row that exists stays as it is."""

    def put(self, delivery: Delivery) -> None: ...
    def remove(self, id: str) -> None: ...
    async def due(self, at: datetime, markets: Sequence[str], limit: int) -> list[Delivery]:
        """What is due, the oldest first, with an equal share for each market."""

    async def next_due(self, markets: Sequence[str]) -> datetime | None: ...
    async def backlog(self, at: datetime, markets: Sequence[str]) -> Backlog: ...
    async def untried_since(self, markets: Sequence[str]) -> datetime | None:
        """When the oldest began to wait whose turn it was while no server took the connection."""

    async def foldable(self, fold_keys: Sequence[str], limit: int) -> list[Delivery]: ...
    async def held(self, conversation_id: str) -> list[Delivery]: ...
    async def unknown(self, recipient_keys: Sequence[str]) -> list[Delivery]: ...
    async def unfinished(self, recipient_key: str) -> list[Delivery]: ...
    async def look(self, looking: Looking) -> list[Delivery]: ...


class Conversations(Protocol):
    async def get(self, id: str) -> Conversation | None: ...
    async def load(self, ids: Iterable[str]) -> None: ...
    def put(self, conversation: Conversation) -> None: ...


class AllWaits(Protocol):
    async def get(self, conversation_id: str) -> Waits: ...
    async def load(self, conversation_ids: Iterable[str]) -> None: ...
    def put(self, waits: Waits) -> None: ...


class AddressBook(Protocol):
    """Who somebody is. A person who was erased stays known as gone for a while, so that nothing older brings them back."""

    async def get(self, id: str) -> Party | None: ...
    async def load(self, ids: Iterable[str]) -> None: ...
    async def members(self, seller_id: str) -> list[Party]: ...
    async def as_of(self, id: str) -> datetime | None: ...
    async def is_gone(self, id: str) -> bool: ...
    async def touch(self, id: str) -> None:
        """Let nobody else decide by this person, known or not, without seeing what this transaction did."""

    def put(self, party: Party) -> None: ...
    def erase(self, id: str, as_of: datetime) -> None: ...


class DeadAddresses(Protocol):
    """Addresses that servers refused for good, by their hash."""

    async def load(self, addresses: Iterable[str]) -> None: ...
    async def get(self, id: str) -> DeadAddress | None: ...
    async def look(
        self, at: datetime, markets: frozenset[str] | None, *, recipient_id: str | None, after: tuple[datetime, str] | None, limit: int
    ) -> Sequence[DeadAddress]:
        """Those that get no mail, the newest first."""

    def put(self, address: DeadAddress) -> None: ...
    def remove(self, id: str) -> None: ...
    async def forget(self, recipient_id: str) -> None:
        """Leave nothing of what this person's mails were refused for, whatever the address was."""


class Interventions(Protocol):
    """What people did about mails; it only grows."""

    async def get(self, id: str) -> Intervention | None: ...
    async def look(
        self, markets: frozenset[str] | None, *, target: str | None, after: tuple[datetime, str] | None, limit: int
    ) -> Sequence[Intervention]:
        """The newest first."""

    def add(self, done: Intervention) -> None: ...


class Pauses(Protocol):
    """Mail that is held back."""

    async def every(self) -> Sequence[Pause]: ...
    def put(self, pause: Pause) -> None: ...
    def remove(self, scope: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """What a batch of events is about to ask for."""

    event_ids: Sequence[str] = ()
    conversation_ids: Sequence[str] = ()
    party_ids: Sequence[str] = ()
    seller_ids: Sequence[str] = ()
    recipient_keys: Sequence[str] = ()


class Desk(Protocol):
    """One transaction. ``publish`` tells others of deliveries that ended."""

    @property
    def now(self) -> datetime: ...
    @property
    def deliveries(self) -> Deliveries: ...
    @property
    def conversations(self) -> Conversations: ...
    @property
    def waits(self) -> AllWaits: ...
    @property
    def people(self) -> AddressBook: ...
    @property
    def dead_addresses(self) -> DeadAddresses: ...
    @property
    def interventions(self) -> Interventions: ...
    @property
    def pauses(self) -> Pauses: ...
    async def foresee(self, foreseen: Foreseen) -> None: ...
    async def publish(self, ended: Sequence[Delivery]) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A claimed delivery with all that its mail says. Names are as they were told, not yet fit to be shown."""

    delivery: Delivery
    address: str
    time_zone: str | None
    recipient_name: str | None
    seller_name: str | None
    buyer_name: str | None
    conversation: Conversation | None
    expected: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What goes to the server: the envelope and the whole text."""

    sender: str
    recipient: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """250 after the final dot: the server owns it."""

    code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """5xx: never. ``dead`` says that nobody has the address, ``doubtful`` that it may be the address that is refused."""

    reason: str
    code: int
    dead: bool = False
    doubtful: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Delayed:
    """Definitely not taken, perhaps later. ``host_busy`` says that the recipient's mail host wants a rest."""

    reason: str
    code: int | None = None
    host_busy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """The text left, and no reply came."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotTried:
    """No server was asked: none took the connection, or this process chose not to (it stops, or leaves the server alone)."""

    reason: str
    by_choice: bool = False
    host_busy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwritten:
    """The mail could not be written, which says nothing about any server: perhaps later."""

    reason: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The mail is no longer ours: another sender has it."""


Outcome = Accepted | Refused | Delayed | Unanswered | NotTried | Unwritten | Withdrawn


class CannotWrite(Exception):
    """A mail cannot be written: its template or its texts are broken. The message says which, and what to mend."""


class Mailer(Protocol):
    """Hands one mail to a server. ``before_text`` is awaited when only the text is left to send; False calls it off."""

    async def send(self, mail: Mail, before_text: Callable[[], Awaitable[bool]]) -> Outcome: ...
    async def close(self) -> None: ...


class Render(Protocol):
    """Writes the mail of a job; raises CannotWrite."""

    def __call__(self, job: Job) -> Mail: ...
