"""What the fold reads: the events of a conversation, in the clock's own words."""

from dataclasses import dataclass
from datetime import datetime

from sla_monitor.domain.words import HandOver, Role, Side


@dataclass(frozen=True, slots=True)
class About:
    """What a conversation is about, as each of its events repeats it; ``first_event_id`` is what began it."""

    source: str = ""
    first_event_id: str = ""
    number: str = ""
    market: str = ""
    category: str = ""
    seller_id: str = ""
    buyer_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event of a conversation. By itself it moves the sequence and touches no clock.

    ``handler`` says who owes the answer to the buyer's next message, where the record tells it.
    ``starts_clock`` is false for what an old system did: state is built and no cycle opens.
    """

    id: str
    sequence: int
    at: datetime
    about: About | None = None
    handler: Side | None = None
    starts_clock: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted(Event):
    """Somebody wrote: the opening message, a reply, an order note to the customer. A refund counts as one too."""

    by: Role
    message_id: str
    public: bool = True
    person: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed(Event):
    """The conversation was closed; ``final`` for ever."""

    by: Role
    final: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopened(Event):
    """It goes on. The buyer's counts as a message, with text or without; anybody else's is an answer."""

    by: Role
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver(Event):
    """Support owes the answers from now on."""

    reason: HandOver


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedBack(Event):
    """The seller owes the answers again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waived(Event):
    """A side said that no response is needed."""

    side: Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed(Event):
    """A message was taken away. Spam never waited for an answer; anything else still does."""

    message_id: str
    spam: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated(Event):
    """The buyer rated the conversation. No clock is touched; it counts for the side that answered last."""

    stars: int
    side: Side | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased(Event):
    """The buyer was erased; nothing of the conversation waits any more."""
