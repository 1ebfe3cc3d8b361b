"""The shapes that events of tickets and of inquiries share."""

from typing import ClassVar

from pydantic import Field

from parley_contracts.envelope import EventData
from parley_contracts.words import (
    AuthorKind,
    Category,
    CloseReason,
    EscalationReason,
    HandBackReason,
    Kind,
    RemovalReason,
    Role,
    Side,
    State,
    Violation,
    Visibility,
)


class Message(EventData):
    """A message without its text: public topics carry no words of anybody."""

    type: ClassVar[str] = ""

    id: str
    author_id: str = Field(description="The author's party id; `system` for the system")
    author_role: Role
    author_kind: AuthorKind = AuthorKind.PERSON
    visibility: Visibility = Visibility.PUBLIC
    length: int = Field(ge=0, description="Characters")
    language: str | None = Field(default=None, description="BCP 47, the author's setting")
    images: int = Field(default=0, ge=0)


class ConversationEvent(EventData):
    """What every event of a conversation repeats, so that a reader need not ask back: its state after the event."""

    type: ClassVar[str] = ""

    number: str = Field(description="What people call it: T-7F3K-92QD, made from the id")
    kind: Kind
    category: Category
    problem_type: str
    market: str
    buyer_id: str
    buyer_role: Role = Field(default=Role.BUYER, description="buyer, or guest")
    seller_id: str
    order_id: str | None = None
    order_number: str | None = None
    product_id: str | None = None
    language: str = Field(description="The buyer's language, BCP 47")
    state: State
    handler: Side = Field(description="Who owes the answer to the buyer's next message")
    assignee_id: str | None = Field(default=None, description="The member of the seller who has it")
    agent_id: str | None = Field(default=None, description="The support agent who acknowledged it")
    actor_id: str = Field(description="Who did it; `system` for the system")
    actor_role: Role
    imported: bool = Field(default=False, description="Came from an old system: no mail, and no clock unless start_clock")
    start_clock: bool = True


class WithMessage(ConversationEvent):
    """An event that contains the message it came with."""

    message: Message


class ReplyPosted(WithMessage):
    """Somebody wrote. ``closing`` says that a close of the same command follows."""

    type: ClassVar[str] = "parley.reply.posted.v1"

    closing: bool = False


class ResponseWaived(ConversationEvent):
    """A side that owed an answer said that none is needed."""

    type: ClassVar[str] = "parley.response.waived.v1"

    side: Side
    reason: str = Field(description="A word from the list of reasons, never free text")


class MessageRemoved(ConversationEvent):
    """A message was taken away."""

    type: ClassVar[str] = "parley.message.removed.v1"

    message_id: str
    author_id: str
    author_role: Role
    visibility: Visibility
    reason: RemovalReason


class PolicyFlagged(ConversationEvent):
    """A seller's message to the buyer has what the market's content policy flags. It was posted: what is refused never is."""

    type: ClassVar[str] = "parley.policy.flagged.v1"

    message_id: str
    author_id: str
    author_role: Role
    violations: tuple[Violation, ...] = Field(min_length=1)


class Rated(ConversationEvent):
    """The buyer said how satisfied they are; a later one replaces it."""

    rating: int = Field(ge=1, le=5)
    side: Side | None = Field(default=None, description="Whose it is: the side that gave the last public answer")


class Assigned(ConversationEvent):
    """A side said who of it has the conversation."""

    side: Side
    party_id: str | None = Field(default=None, description="Who has it now; nobody: whoever of the side wants mail")


class LinkRequested(ConversationEvent):
    """The holder of an expired link asked for a new one; only the holder gets a mail."""

    type: ClassVar[str] = "parley.link.requested.v1"

    party_id: str
    role: Role


class Closed(ConversationEvent):
    """The conversation was closed; the buyer can reopen it unless the state is final."""

    reason: CloseReason


class Reopened(ConversationEvent):
    """A closed conversation goes on. ``message`` is what came with it, if anything did."""

    message: Message | None = None


class Escalated(ConversationEvent):
    """Support took over, or was handed the conversation."""

    reason: EscalationReason
    message: Message | None = Field(default=None, description="The backstage text of an appeal")
    cycle_id: str | None = Field(default=None, description="The overdue wait, where reason is overdue")


class Acknowledged(ConversationEvent):
    """An agent of support took the conversation."""


class HandedBack(ConversationEvent):
    """The seller owes the answers again."""

    reason: HandBackReason
    message: Message | None = Field(default=None, description="Support's backstage text")
