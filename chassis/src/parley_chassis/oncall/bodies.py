"""What is asked and answered: ids, places and times, never a text, a name or an address."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from parley_chassis.cursors import NEXT
from parley_chassis.decisions import OF_PARKED, Decision, Verb, check_about
from parley_chassis.oncall.foresight import Foresight
from parley_chassis.parking import Content, Parked, Refused
from parley_chassis.relay.heart import WatermarkState

SHOWN = ("ce_type", "ce_id", "ce_source", "ce_time", "ce_causationid", "ce_correlationid")
"""The attributes of a parked event that are shown."""

R = TypeVar("R")
Page = tuple[Sequence[R], str | None]
"""What is shown of a list, and the cursor of what follows."""

Next = Annotated[str | None, Field(description=NEXT)]
Id = Annotated[str, StringConstraints(min_length=1, max_length=600)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=1000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$")]


class ParkedBody(BaseModel):
    """A record that could not be applied. Its subject is frozen in this service until somebody decides."""

    id: str
    topic: str
    partition: int
    offset: int
    subject: str
    sequence: int | None
    reason: str
    at: datetime

    @classmethod
    def of(cls, record: Parked) -> Self:
        return cls(**{name: getattr(record, name) for name in cls.model_fields})


class ParkedList(BaseModel):
    """What waits for a person, oldest first; of one subject in the order in which decisions meet it. `total` counts all."""

    items: list[ParkedBody]
    total: int
    next: Next

    @classmethod
    def of(cls, page: Page[Parked], total: int) -> Self:
        return cls(items=[ParkedBody.of(each) for each in page[0]], total=total, next=page[1])


class RecordBody(BaseModel):
    """A parked record with the attributes of its event, as far as they can be read."""

    id: str
    attributes: Mapping[str, str]

    @classmethod
    def of(cls, id: str, content: Content) -> Self:
        given = {name: content.headers.get(name) for name in SHOWN}
        return cls(id=id, attributes={name.removeprefix("ce_"): value for name, value in given.items() if value})


class RefusedBody(BaseModel):
    """A record that cannot come from a relay. Nothing waits for it, and there is nothing to decide."""

    id: str
    topic: str
    partition: int
    offset: int
    reason: str
    at: datetime

    @classmethod
    def of(cls, record: Refused) -> Self:
        return cls(**{name: getattr(record, name) for name in cls.model_fields})


class RefusedList(BaseModel):
    """What was refused, newest first."""

    items: list[RefusedBody]
    next: Next

    @classmethod
    def of(cls, page: Page[Refused]) -> Self:
        return cls(items=[RefusedBody.of(each) for each in page[0]], next=page[1])


class WatermarkBody(BaseModel):
    """How far this service's watermark is, and why it is held."""

    at: datetime | None
    held: str | None = Field(description="no_lifetime, clock_skew or clock_leap; null while it goes on")

    @classmethod
    def of(cls, state: WatermarkState) -> Self:
        return cls(at=state.at, held=state.held)


class About(BaseModel):
    """What a decision is about: of parked records a topic and a subject, to publish again a subject, of a watermark neither."""

    model_config = ConfigDict(extra="forbid")

    verb: Verb
    topic: Id | None = None
    subject: Id | None = None

    @model_validator(mode="after")
    def _named(self) -> Self:
        check_about(self.verb, topic=self.topic, subject=self.subject)
        return self


class ForesightBody(BaseModel):
    """What a decision would touch now."""

    verb: Verb
    possible: bool
    touches: str
    record: str | None = Field(description="give it back with the decision, which is then about this record alone")

    @classmethod
    def of(cls, foresight: Foresight) -> Self:
        return cls(**{name: getattr(foresight, name) for name in cls.model_fields})


class NewDecision(About):
    """A decision and why it is taken; both are kept in the history."""

    reason: Reason
    record: Id | None = Field(None, description="the parked record that was seen")

    @model_validator(mode="after")
    def _seen(self) -> Self:
        if (self.record is not None) != (self.verb in OF_PARKED):
            raise ValueError("record names the parked record that the decision is about; the preview says which one that is")
        return self


class DecisionBody(BaseModel):
    """A decision: who asked, why, and once it was carried out, when, where in the log, and with which result."""

    id: str
    verb: Verb
    topic: str | None
    subject: str | None
    record: str | None
    by: str
    reason: str
    asked_at: datetime
    done_at: datetime | None
    partition: int | None
    offset: int | None
    result: str | None

    @classmethod
    def of(cls, decision: Decision) -> Self:
        return cls(**{name: getattr(decision, name) for name in cls.model_fields})


class DecisionList(BaseModel):
    """The history, newest first."""

    items: list[DecisionBody]
    next: Next

    @classmethod
    def of(cls, page: Page[Decision]) -> Self:
        return cls(items=[DecisionBody.of(each) for each in page[0]], next=page[1])
