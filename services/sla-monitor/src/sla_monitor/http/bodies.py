"""What the answers look like."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from parley_chassis.cursors import NEXT, Cursors
from pydantic import BaseModel, Field

from sla_monitor.domain.calendar import BusinessHours
from sla_monitor.domain.policy import BEGINNING, Entry
from sla_monitor.domain.responses import UNSETTLED, Place, Response
from sla_monitor.domain.steps import Step, steps
from sla_monitor.domain.words import Category
from sla_monitor.ports import Kept
from sla_monitor.use_cases.questions import Counts, Explained, Listing

RESPONSES = Cursors[Place]("responses", Place)
FROZEN = Cursors[str]("frozen clocks", str)

Next = Annotated[str | None, Field(description=NEXT)]


class ResponseBody(BaseModel):
    """One wait for an answer."""

    cycle_id: str
    conversation_id: str
    conversation_source: str
    number: str
    market: str
    category: str
    seller_id: str
    buyer_id: str
    owed_by: str
    state: str = Field(description="open, due_soon, overdue or settled")
    start: datetime
    due: datetime
    time_left_seconds: float = Field(description="Below zero: over by so much. Of a settled wait: as it was at its end")
    policy: str
    policy_version: int
    outcome: str | None = None
    settled_at: datetime | None = None
    late_by_seconds: float | None = None

    @classmethod
    def of(cls, response: Response, now: datetime) -> "ResponseBody":
        cycle, settled = response.cycle, response.settled
        return cls(
            cycle_id=cycle.id,
            conversation_id=response.conversation_id,
            conversation_source=response.source,
            number=response.number,
            market=response.market,
            category=response.category,
            seller_id=response.seller_id,
            buyer_id=response.buyer_id,
            owed_by=cycle.owed_by.value,
            state=response.standing.value,
            start=cycle.start,
            due=cycle.due,
            time_left_seconds=response.left(now).total_seconds(),
            policy=cycle.policy,
            policy_version=cycle.policy_version,
            outcome=settled.outcome.value if settled else None,
            settled_at=settled.at if settled else None,
            late_by_seconds=settled.late_by.total_seconds() if settled and settled.late_by else None,
        )


class ListBody(BaseModel):
    """A page of waits. ``read_to``: everything up to this instant was provably read; null while a partition has no watermark."""

    items: list[ResponseBody]
    next: Next
    at: datetime
    read_to: datetime | None

    @classmethod
    def of(cls, listing: Listing) -> "ListBody":
        return cls(
            items=[ResponseBody.of(response, listing.now) for response in listing.responses],
            next=RESPONSES.after(listing.following) if listing.following else None,
            at=listing.now,
            read_to=listing.read_to,
        )


class CountsBody(BaseModel):
    """How many answers are owed."""

    total: int
    states: dict[str, int]
    markets: dict[str, int] = Field(description="Those of which there are any")
    owed_by: dict[str, int]
    categories: dict[str, int]
    at: datetime
    read_to: datetime | None

    @classmethod
    def of(cls, counts: Counts) -> "CountsBody":
        return cls(
            total=counts.standings.total(),
            states={standing.value: counts.standings[standing.value] for standing in UNSETTLED},
            markets=dict(counts.markets),
            owed_by={side: counts.owed_by[side] for side in ("seller", "support")},
            categories={category.value: 0 for category in Category} | dict(counts.categories),
            at=counts.now,
            read_to=counts.read_to,
        )


class HeldBody(BaseModel):
    """A wait that no time passes for."""

    cycle_id: str
    owed_by: str
    due: datetime
    overdue: bool


class FrozenBody(BaseModel):
    """A conversation whose clock a parked record holds; the record is found in `/v1/parked` by topic and subject."""

    conversation_id: str
    topic: str
    partition: int | None = Field(description="null as long as none of its records could be applied")
    sequence: int = Field(description="The last that was applied")
    waits: list[HeldBody]

    @classmethod
    def of(cls, kept: Kept) -> "FrozenBody":
        conversation = kept.conversation
        return cls(
            conversation_id=conversation.id,
            topic=kept.topic,
            partition=kept.partition,
            sequence=conversation.sequence,
            waits=[
                HeldBody(cycle_id=cycle.id, owed_by=cycle.owed_by.value, due=cycle.due, overdue=cycle.overdue is not None)
                for cycle in conversation.open
            ],
        )


class FrozenList(BaseModel):
    """All that stand still, by conversation; each goes on when a person has decided about its parked records."""

    items: list[FrozenBody]
    next: Next

    @classmethod
    def of(cls, found: Sequence[Kept], limit: int) -> "FrozenList":
        shown, following = FROZEN.page(found, limit, lambda last: last.conversation.id)
        return cls(items=[FrozenBody.of(kept) for kept in shown], next=following)


class PolicyBody(BaseModel):
    """The version of the policy that judges this wait."""

    id: str
    version: int
    valid_from: datetime | None
    target_seconds: float
    calendar: str
    category: str | None = Field(description="The policy is for this category alone")
    seller_id: str | None = Field(description="The policy is for this seller alone")

    @classmethod
    def of(cls, entry: Entry, owed_by: str) -> "PolicyBody":
        policy, calendar = entry.policy, entry.policy.calendar
        target = policy.target if owed_by == "seller" else policy.support_target
        return cls(
            id=policy.id,
            version=policy.version,
            valid_from=None if entry.valid_from == BEGINNING else entry.valid_from,
            target_seconds=target.total_seconds(),
            calendar=f"business hours in {calendar.zone}" if isinstance(calendar, BusinessHours) else "24x7",
            category=entry.category or None,
            seller_id=entry.seller_id or None,
        )


class OpenedBody(BaseModel):
    """The event that opened the wait."""

    event_id: str
    sequence: int
    message_id: str | None


class OverdueBody(BaseModel):
    """What proved that the due time passed: a watermark, or an event of the conversation itself."""

    proof: str
    at: datetime
    event_id: str | None
    as_of: int = Field(description="The conversation's last sequence that had been applied")
    retracted: str | None = Field(description="Why it was taken back")


class SettledBody(BaseModel):
    """How the wait ended, and by which event."""

    outcome: str
    at: datetime
    event_id: str
    late_by_seconds: float | None


class StepBody(BaseModel):
    """One step of the wait: an event or a watermark, and what it made of it."""

    what: str = Field(description="expected, due_soon, overdue, retracted or settled")
    detail: str | None = Field(description="Who owes; the warning level in seconds; why it was taken back; the outcome")
    at: datetime = Field(description="The instant that counts: the start, the level, the due time, the end")
    by: str | None = Field(description="The event, or the declared outage, that brought it about; null: time did")
    sequence: int | None = Field(description="The conversation's last event that had been applied")
    watermark: datetime | None = Field(description="The watermark that decided, where one did")

    @classmethod
    def of(cls, step: Step) -> "StepBody":
        return cls(**{name: getattr(step, name) for name in cls.model_fields})


class EvidenceBody(BaseModel):
    """One wait and what proves it."""

    response: ResponseBody
    opened: OpenedBody
    policy: PolicyBody | None
    overdue: OverdueBody | None
    settled: SettledBody | None
    steps: list[StepBody] = Field(description="Everything that moved the wait, in order")
    clock_frozen: bool = Field(description="A record of the conversation is parked; no time passes until a person decides")
    watermark: datetime | None = Field(description="How far the conversation's partition was provably read")
    at: datetime

    @classmethod
    def of(cls, explained: Explained) -> "EvidenceBody":
        response, cycle = explained.response, explained.response.cycle
        overdue, settled = cycle.overdue, response.settled
        return cls(
            response=ResponseBody.of(response, explained.now),
            opened=OpenedBody(event_id=cycle.opened_by, sequence=cycle.opened_at_sequence, message_id=cycle.message_id),
            policy=PolicyBody.of(explained.policy, cycle.owed_by.value) if explained.policy else None,
            overdue=overdue
            and OverdueBody(
                proof="event" if overdue.event_id else "watermark",
                at=overdue.at,
                event_id=overdue.event_id,
                as_of=overdue.as_of,
                retracted=response.retracted.value if response.retracted else None,
            ),
            settled=settled
            and SettledBody(
                outcome=settled.outcome.value,
                at=settled.at,
                event_id=settled.by,
                late_by_seconds=settled.late_by.total_seconds() if settled.late_by else None,
            ),
            steps=[StepBody.of(step) for step in steps(response)],
            clock_frozen=explained.frozen,
            watermark=explained.watermark,
            at=explained.now,
        )
