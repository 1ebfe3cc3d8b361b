"""What is answered about deliveries."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

from pydantic import BaseModel

from notifier.http import cursor
from notifier.use_cases.looking import Seen


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
    reason: str
    smtp_code: int | None
    told_with_it: int
    told_in: str | None
    message_id: str

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
            reason=delivery.ending.reason,
            smtp_code=delivery.ending.code,
            told_with_it=delivery.folds,
            told_in=delivery.into,
            message_id=delivery.message_id,
        )


class ListBody(BaseModel):
    """A page, newest first. `next` is the cursor of the page after it."""

    deliveries: list[DeliveryBody]
    next: str | None

    @classmethod
    def of(cls, seen: Sequence[Seen], limit: int) -> Self:
        last = seen[-1].delivery if len(seen) == limit else None
        return cls(
            deliveries=[DeliveryBody.of(each) for each in seen],
            next=cursor.written(last.created, last.id) if last else None,
        )
