"""Events of the response clock, on ``parley.sla.responses.v1``, and of sellers' health, on ``parley.sla.sellers.v1``."""

from datetime import date
from typing import ClassVar

from pydantic import Field

from parley_contracts.envelope import EventData, Instant
from parley_contracts.words import OpenEnum, Side

SOURCE = "/sla-monitor"


class Outcome(OpenEnum):
    """How a wait ended."""

    MET = "met"
    LATE = "late"
    MISSED = "missed"
    WAIVED = "waived"
    WITHDRAWN = "withdrawn"
    CLOSED_WITHOUT_REPLY = "closed_without_reply"
    HANDED_OVER = "handed_over"
    VOIDED = "voided"
    EXCUSED = "excused"
    OTHER = "other"


class RetractionReason(OpenEnum):
    """Why an overdue fact was taken back."""

    ANSWERED_IN_TIME = "answered_in_time"
    VOIDED = "voided"
    EXCUSED = "excused"
    OTHER = "other"


class Health(OpenEnum):
    """What the figures of the last days say about a seller."""

    NORMAL = "normal"
    ATTENTION = "attention"
    AT_RISK = "at_risk"
    OTHER = "other"


class CycleEvent(EventData):
    """What every event of a wait says about it."""

    type: ClassVar[str] = ""

    cycle_id: str
    opened_by: str = Field(description="The id of the event that opened the cycle")
    conversation_source: str = Field(description="/ticketing or /inquiries")
    number: str
    market: str
    seller_id: str
    buyer_id: str
    owed_by: Side
    start: Instant
    due: Instant
    policy: str
    policy_version: int = Field(ge=1)


class ResponseExpected(CycleEvent):
    """A wait began: who owes the answer, and until when."""

    type: ClassVar[str] = "parley.response.expected.v1"

    warn_at: tuple[Instant, ...] = ()


class ResponseDueSoon(CycleEvent):
    """A warning level passed."""

    type: ClassVar[str] = "parley.response.due_soon.v1"

    level_seconds: int = Field(gt=0, description="Elapsed time of the level that passed")


class ResponseOverdue(CycleEvent):
    """The due time passed without an answer, provably: everything up to it had been read."""

    type: ClassVar[str] = "parley.response.overdue.v1"

    as_of: int = Field(ge=1, description="The conversation's last sequence that had been applied")
    escalates: bool = Field(description="Whether the policy hands the conversation to support")
    proof: Instant = Field(description="The watermark, or the time of the event, that lies after due")


class ResponseOverdueRetracted(CycleEvent):
    """An overdue fact proved wrong, was voided or excused."""

    type: ClassVar[str] = "parley.response.overdue_retracted.v1"

    reason: RetractionReason


class ResponseSettled(CycleEvent):
    """The wait ended, with exactly one outcome."""

    type: ClassVar[str] = "parley.response.settled.v1"

    outcome: Outcome
    settled_at: Instant
    settled_by: str = Field(description="The id of the event that ended it")
    late_by_seconds: float | None = None


class SellerStanding(EventData):
    """A seller's health with the figures that it follows from. Shares are in per cent; absent where there is too little to say."""

    type: ClassVar[str] = ""

    health: Health
    waits: int = Field(ge=0, description="Waits for an answer that count: not those waived, withdrawn, voided or excused")
    late: int = Field(ge=0, description="Of them: answered late, missed, still overdue, or closed without a reply and soon reopened")
    late_rate: float | None = Field(default=None, ge=0, le=100)
    ratings: int = Field(ge=0, description="Conversations that were rated after this seller's answer")
    satisfied: int = Field(ge=0, description="Of them: with four or five stars")
    csat: float | None = Field(default=None, ge=0, le=100)


class WayBack(EventData):
    """What would change the health to ``to``: something better needs a late rate below and a CSAT above these; one beyond is worse."""

    type: ClassVar[str] = ""

    to: Health
    late_rate: float
    csat: float


class SellerHealthChanged(EventData):
    """A seller's health changed with the end of a day. It warns; hiding or suspending a shop is the marketplace's act."""

    type: ClassVar[str] = "parley.seller_health.changed.v1"

    seller_id: str
    market: str
    day: date = Field(description="The last of the days that count; a day is one of UTC")
    days: int = Field(ge=1, description="How many days count")
    before: SellerStanding
    after: SellerStanding
    way_back: WayBack | None = None


CYCLE_EVENTS: tuple[type[CycleEvent], ...] = (
    ResponseExpected,
    ResponseDueSoon,
    ResponseOverdue,
    ResponseOverdueRetracted,
    ResponseSettled,
)
EVENTS: tuple[type[EventData], ...] = (*CYCLE_EVENTS, SellerHealthChanged)
