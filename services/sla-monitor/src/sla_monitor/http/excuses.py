"""Outages that excuse what fell due in them: declared by the engineer on call, with a reason, and kept for ever."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from parley_chassis.acts import Once
from parley_chassis.auth import Principal, signed_in
from parley_chassis.cursors import NEXT, Cursors
from parley_chassis.oncall.bodies import Reason
from parley_chassis.oncall.routes import LONGEST_LIST
from parley_chassis.problems import Becomes, Problem
from parley_chassis.times import WRITTEN, utc
from parley_contracts.problems import INVALID, KEY_REUSED
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from sla_monitor.domain.policy import OutageWindow
from sla_monitor.domain.responses import Place
from sla_monitor.http.routes import Transact
from sla_monitor.use_cases import outages
from sla_monitor.use_cases.outages import Declared, Foreseen

REFUSALS: Mapping[type[Exception], Becomes] = {
    outages.NotOver: lambda _: Problem(
        INVALID,
        "Correct the fields named in `errors`.",
        errors=[{"field": "end", "message": str(outages.NotOver.__doc__), "type": "value_error"}],
    ),
    outages.DeclaredOtherwise: lambda _: Problem(KEY_REUSED),
}

EXCUSES = Cursors[Place]("excuses", Place)

router = APIRouter(prefix="/v1/excuses", tags=["on-call"])

Time = Annotated[AwareDatetime, WRITTEN, AfterValidator(utc)]
Engineer = Annotated[Principal, Depends(signed_in("oncall"))]


class NewExcuse(BaseModel):
    """When the marketplace itself was down, and why waits that fell due then are excused."""

    model_config = ConfigDict(extra="forbid")

    start: Time
    end: Time
    reason: Reason

    def outage(self, id: str, by: str) -> OutageWindow:
        return OutageWindow(id, self.start, self.end, self.end, by, self.reason)


class ExcuseBody(BaseModel):
    """A declared outage."""

    id: str
    start: datetime
    end: datetime
    by: str
    reason: str
    declared_at: datetime
    partitions: int = Field(description="In how many of the twelve partitions of conversations it has taken effect")

    @classmethod
    def of(cls, declared: Declared) -> "ExcuseBody":
        outage = declared.outage
        return cls(**{name: getattr(outage, name) for name in OutageWindow.__slots__}, partitions=declared.partitions)


class ExcuseList(BaseModel):
    """What was ever declared, the newest first."""

    items: list[ExcuseBody]
    next: Annotated[str | None, Field(description=NEXT)]


class ForeseenBody(BaseModel):
    """What a declaration would excuse now."""

    waiting: int = Field(description="Open waits that fall due in the window")
    overdue: int = Field(description="Overdue waits that fell due in it; each overdue fact would be retracted")

    @classmethod
    def of(cls, foreseen: Foreseen) -> "ForeseenBody":
        return cls(waiting=foreseen.waiting, overdue=foreseen.overdue)


@router.get("", summary="List declared outages")
async def list_excuses(
    _: Engineer,
    transact: Transact,
    after: Annotated[Any, Depends(EXCUSES.asked)],
    limit: Annotated[int, Query(ge=1, le=LONGEST_LIST)] = 100,
) -> ExcuseList:
    """Who declared what, when and why, and how far it has taken effect."""
    found = await transact(outages.list_outages, after=after, limit=limit + 1)
    shown, following = EXCUSES.page(found, limit, lambda last: Place(last.outage.declared_at, last.outage.id))
    return ExcuseList(items=[ExcuseBody.of(each) for each in shown], next=following)


@router.get("/preview", summary="Show what a declaration would excuse")
async def foresee_excuse(_: Engineer, transact: Transact, start: Annotated[Time, Query()], end: Annotated[Time, Query()]) -> ForeseenBody:
    """Changes nothing."""
    return ForeseenBody.of(await transact(outages.foresee, start, end))


@router.post("", status_code=201, summary="Declare an outage")
async def declare(engineer: Engineer, transact: Transact, wanted: NewExcuse, once: Once) -> ExcuseBody:
    """Waits that fell due in it are excused at the next watermark of each partition; both ends belong to it."""
    return ExcuseBody.of(await transact(outages.declare, wanted.outage(once.id_of(engineer), engineer.party_id)))
