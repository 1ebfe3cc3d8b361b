"""Events of the response clock, on ``parley.sla.responses.v1``."""

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


EVENTS: tuple[type[EventData], ...] = (
    ResponseExpected,
    ResponseDueSoon,
    ResponseOverdue,
    ResponseOverdueRetracted,
    ResponseSettled,
)
