"""What happened in a conversation, each with the state after it. A service turns facts into its events."""

from dataclasses import dataclass
from datetime import datetime

from parley_conversation.domain.messages import Message
from parley_conversation.domain.people import Actor
from parley_conversation.domain.words import (
    CloseReason,
    EscalationReason,
    HandBackReason,
    RemovedBecause,
    Role,
    Side,
    State,
    Violation,
    Visibility,
)


@dataclass(frozen=True, slots=True)
class Opened:
    """Somebody asked."""

    message: Message


@dataclass(frozen=True, slots=True)
class Replied:
    """Somebody wrote; ``closing`` says that a close of the same command follows."""

    message: Message
    closing: bool = False


@dataclass(frozen=True, slots=True)
class Closed:
    """The conversation was closed; ``because`` is the reason that a person gave."""

    reason: CloseReason
    because: str | None = None


@dataclass(frozen=True, slots=True)
class Reopened:
    """A closed conversation goes on, perhaps with a message."""

    message: Message | None = None


@dataclass(frozen=True, slots=True)
class Escalated:
    """Support owes the answers from now on."""

    reason: EscalationReason
    message: Message | None = None
    cycle_id: str | None = None


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """An agent of support has it."""


@dataclass(frozen=True, slots=True)
class HandedBack:
    """The seller owes the answers again."""

    reason: HandBackReason
    message: Message | None = None


@dataclass(frozen=True, slots=True)
class Waived:
    """A side that owed an answer said that none is needed."""

    side: Side
    because: str


@dataclass(frozen=True, slots=True)
class OrderNoteAdded:
    """The seller wrote on the order. A public note goes to the buyer and is an answer, too; any other is the side's own."""

    message: Message


@dataclass(frozen=True, slots=True)
class RefundRecorded:
    """A side asked the payment service to refund lines of the order; it is an answer, too."""

    line_ids: tuple[str, ...]
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Rated:
    """The buyer rated how the conversation went; it belongs to the side that answered last."""

    stars: int
    side: Side | None


@dataclass(frozen=True, slots=True)
class Assigned:
    """A side said who of it has the conversation; None: nobody in particular."""

    side: Side
    party_id: str | None


@dataclass(frozen=True, slots=True)
class MessageRemoved:
    """A message was taken away."""

    message_id: str
    author: Actor
    visibility: Visibility
    because: RemovedBecause


@dataclass(frozen=True, slots=True)
class PolicyFlagged:
    """A message that was posted has what the market's content policy flags."""

    message_id: str
    author: Actor
    violations: tuple[Violation, ...]


@dataclass(frozen=True, slots=True)
class LinkRequested:
    """The holder of an old link asked for a new one."""

    party_id: str
    role: Role


What = (
    Opened
    | Replied
    | Closed
    | Reopened
    | Escalated
    | Acknowledged
    | HandedBack
    | Waived
    | OrderNoteAdded
    | RefundRecorded
    | Rated
    | Assigned
    | MessageRemoved
    | PolicyFlagged
    | LinkRequested
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that happened: its place in the conversation, who did it, what it was, and the state after it."""

    id: str
    sequence: int
    at: datetime
    by: Actor
    what: What
    state: State
    handler: Side
    agent_id: str | None
    assignee_id: str | None
    imported: bool = False
    """Whether it was told by an old system: nobody is mailed."""
    starts_clock: bool = True

    @property
    def message(self) -> Message | None:
        """The message that it came with."""
        return getattr(self.what, "message", None)
