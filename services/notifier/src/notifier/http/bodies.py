"""What is asked and answered about deliveries."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self

from parley_chassis.cursors import NEXT, Cursors
from parley_chassis.tracing import Trace
from pydantic import BaseModel, ConfigDict, Field

from notifier.domain.dead_addresses import DeadAddress
from notifier.domain.intervention import Intervention
from notifier.use_cases.intervening import Suppressed
from notifier.use_cases.looking import Seen

Place = tuple[datetime, str]

DELIVERIES, SUPPRESSED, INTERVENTIONS = (Cursors[Place](of, Place) for of in ("deliveries", "suppressed addresses", "interventions"))

Next = Annotated[str | None, Field(description=NEXT)]


class DeliveryBody(BaseModel):
    """One mail to one recipient about one event. `address` is masked."""

    id: str
    event_id: str
    conversation_id: str
    number: str
    market: str
    notice: str
    audience: str
    recipient: str
    address: str | None
    language: str
    state: str
    created: datetime
    due: datetime | None
    ended: datetime | None
    attempts: int
    ambiguous: int
    resends: int
    reason: str
    smtp_code: int | None
    told_with_it: int
    told_in: str | None
    message_id: str
    trace_id: str | None

    @classmethod
    def of(cls, seen: Seen) -> Self:
        delivery = seen.delivery
        return cls(
            id=delivery.id,
            event_id=delivery.event_id,
            conversation_id=delivery.conversation_id,
            number=delivery.story.number,
            market=delivery.market,
            notice=delivery.notice,
            audience=delivery.audience,
            recipient=delivery.recipient.id,
            address=seen.address,
            language=delivery.language,
            state=delivery.state,
            created=delivery.created,
            due=delivery.due,
            ended=delivery.ended,
            attempts=delivery.attempts,
            ambiguous=delivery.ambiguous,
            resends=delivery.resends,
            reason=delivery.ending.reason,
            smtp_code=delivery.ending.code,
            told_with_it=delivery.folds,
            told_in=delivery.into,
            message_id=delivery.message_id,
            trace_id=Trace(*delivery.trace).id if delivery.trace else None,
        )


class ListBody(BaseModel):
    """A page, newest first."""

    deliveries: list[DeliveryBody]
    next: Next

    @classmethod
    def of(cls, found: Sequence[Seen], limit: int) -> Self:
        shown, following = DELIVERIES.page(found, limit, lambda last: (last.delivery.created, last.delivery.id))
        return cls(deliveries=[DeliveryBody.of(each) for each in shown], next=following)


class ReasonBody(BaseModel):
    """Why; it is kept in the history. Name no person in it."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    reason: str = Field(min_length=3, max_length=500)


class ResendBody(BaseModel):
    """What a resend would touch. `possible_copies` of this mail may have arrived already."""

    delivery: DeliveryBody
    resendable: bool
    possible_copies: int

    @classmethod
    def of(cls, seen: Seen) -> Self:
        delivery = seen.delivery
        return cls(delivery=DeliveryBody.of(seen), resendable=delivery.resendable, possible_copies=delivery.ambiguous)


class SuppressedBody(BaseModel):
    """An address that gets no mail, masked."""

    id: str
    address: str
    market: str
    recipient: str
    reason: str
    since: datetime
    until: datetime

    @classmethod
    def of(cls, dead: DeadAddress) -> Self:
        return cls(
            id=dead.id,
            address=dead.masked,
            market=dead.market,
            recipient=dead.recipient_id,
            reason=dead.reason,
            since=dead.since,
            until=dead.until,
        )


class SuppressedDetailBody(BaseModel):
    """With the mails to its owner that were not sent, the newest first: a lift does not send them, each can be resent."""

    suppressed: SuppressedBody
    unsent: list[str]

    @classmethod
    def of(cls, found: Suppressed) -> Self:
        return cls(suppressed=SuppressedBody.of(found.address), unsent=list(found.unsent))


class SuppressedListBody(BaseModel):
    """A page, newest first."""

    suppressed: list[SuppressedBody]
    next: Next

    @classmethod
    def of(cls, found: Sequence[DeadAddress], limit: int) -> Self:
        shown, following = SUPPRESSED.page(found, limit, lambda last: (last.since, last.id))
        return cls(suppressed=[SuppressedBody.of(each) for each in shown], next=following)


class InterventionBody(BaseModel):
    """What a person did about a mail or an address; `before` is how it stood."""

    id: str
    at: datetime
    by: str
    verb: str
    target: str
    market: str
    reason: str
    before: str

    @classmethod
    def of(cls, done: Intervention) -> Self:
        return cls(**{name: getattr(done, name) for name in cls.model_fields})


class HistoryBody(BaseModel):
    """A page, newest first."""

    interventions: list[InterventionBody]
    next: Next

    @classmethod
    def of(cls, found: Sequence[Intervention], limit: int) -> Self:
        shown, following = INTERVENTIONS.page(found, limit, lambda last: (last.at, last.id))
        return cls(interventions=[InterventionBody.of(each) for each in shown], next=following)
