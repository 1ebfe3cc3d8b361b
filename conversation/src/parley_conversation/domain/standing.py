"""Where a conversation stands: whose it is, what it is about, and who owes an answer."""

from dataclasses import dataclass, field
from datetime import datetime

from parley_conversation.domain.number import number_of
from parley_conversation.domain.people import Actor
from parley_conversation.domain.rating import Rating
from parley_conversation.domain.waits import Wait, Waits
from parley_conversation.domain.words import Category, CloseReason, EscalationReason, Kind, Side, State


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a conversation is about: lines of an order, a product, or a store as such."""

    order_id: str | None = None
    order_number: str | None = None
    line_ids: tuple[str, ...] = ()
    product_id: str | None = None
    product_title: str | None = None
    product_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """All that is known of a conversation, and what can be read off it. What changes it are its commands."""

    id: str
    kind: Kind
    category: Category
    problem_type: str
    market: str
    buyer: Actor
    seller_id: str
    about: About
    language: str
    """The buyer's."""
    opened_at: datetime
    first_event_id: str
    state: State = State.AWAITING_SELLER
    since: datetime
    """When it came into this state."""
    changed_at: datetime
    sequence: int = 0
    handler: Side = Side.SELLER
    waits: Waits = field(default_factory=Waits)
    escalation: EscalationReason | None = None
    """Why support is the handler, while it is."""
    routed_only: bool = False
    """Routed to support at opening and never handed back: the seller does not see it."""
    agent_id: str | None = None
    assignee_id: str | None = None
    answered: frozenset[Side] = frozenset()
    """The sides that have answered the buyer at least once."""
    buyer_wrote_at: datetime | None
    """None in the thread of an order's notes, until they write there."""
    close_reason: CloseReason | None = None
    last_answer: Side | None = None
    """The side that gave the last public answer."""
    rating: Rating | None = None

    @property
    def number(self) -> str:
        return number_of(self.id, self.kind)

    @property
    def buyer_waits(self) -> bool:
        """Whether the buyer's last public message is unanswered and was not withdrawn by closing."""
        return self.waits.unanswered and self.close_reason is not CloseReason.BY_BUYER

    @property
    def listed(self) -> bool:
        """Whether it stands in lists. The thread of an order's notes is found with the order alone until the buyer writes."""
        return self.buyer_wrote_at is not None

    @property
    def buyer_sees(self) -> bool:
        """Whether the buyer can know of it: they wrote, or something was written to them."""
        return self.listed or bool(self.answered)

    @property
    def waits_since(self) -> datetime | None:
        """Since when the buyer waits for an answer, if they do."""
        return min((wait.since for wait in self.waits.open), default=None)

    @property
    def wait(self) -> Wait | None:
        """The wait that the handler has to end, if one is open."""
        return self.waits.of(self.handler)
