"""The routes by which the engineer on call holds mail back and lets it go on: look first, then say why."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Body, Depends, Request
from parley_chassis.acts import Acting, Once
from parley_chassis.auth import Principal, signed_in
from parley_chassis.checking import checked_first
from parley_chassis.problems import Becomes, Problem
from parley_contracts.problems import CHANGED_MEANWHILE, NOT_FOUND
from pydantic import BaseModel, Field

from notifier.domain.pauses import Pause
from notifier.http.access import Transact, transact
from notifier.http.bodies import ReasonBody
from notifier.use_cases import pausing
from notifier.use_cases.intervening import Act
from notifier.use_cases.pausing import Held

REFUSALS: Mapping[type[Exception], Becomes] = {
    pausing.UnknownScope: lambda error: Problem(NOT_FOUND, str(error)),
    pausing.PausedAlready: lambda _: Problem(CHANGED_MEANWHILE, pausing.PausedAlready.__doc__),
    pausing.NotPaused: lambda _: Problem(CHANGED_MEANWHILE, pausing.NotPaused.__doc__),
}

EXPIRY = "A pause does not lengthen the five days for which a mail is tried: what is older when mail goes on expires."

engineer = signed_in("oncall")


def markets(request: Request) -> frozenset[str]:
    """The markets that there are."""
    known: frozenset[str] = request.app.state.markets
    return known


async def _check(request: Request) -> None:
    """A lift as it would be refused whatever its reason is."""
    await engineer(request)
    if "scope" in request.path_params:
        await transact(request)(pausing.check_lift, request.path_params["scope"], markets(request))


router = APIRouter(prefix="/v1/mail-pauses", tags=["on-call"], route_class=checked_first(_check))

Engineer = Annotated[Principal, Depends(engineer)]
Markets = Annotated[frozenset[str], Depends(markets)]
Scope = Annotated[str, Field(min_length=1, max_length=200, description="`all`, or a market's id")]


class NewPauseBody(ReasonBody):
    """What to hold back and why; the reason is kept in the history. Name no person in it."""

    scope: Scope


def act(actor: Principal, why: ReasonBody, once: Acting) -> Act:
    """The same key of the same person acts once on a route."""
    return Act(id=once.id_of(actor), by=actor.party_id, reason=why.reason, markets=None)


class PauseBody(BaseModel):
    """Mail that is held back, since when, by whom and why."""

    scope: Scope
    since: datetime
    by: str
    reason: str

    @classmethod
    def of(cls, pause: Pause) -> Self:
        return cls(scope=pause.scope, since=pause.since, by=pause.by, reason=pause.reason)


class PausesBody(BaseModel):
    """All that is paused; a market is held by its own pause and by that of all mail."""

    pauses: list[PauseBody]


class HeldBody(BaseModel):
    """What a pause holds back, or would."""

    scope: Scope
    pause: PauseBody | None = Field(description="The pause of exactly this scope")
    due: int = Field(description="Mails that are due now")
    later: int = Field(description="Mails that fall due later, those under way included")
    note: str

    @classmethod
    def of(cls, held: Held) -> Self:
        pause = PauseBody.of(held.pause) if held.pause else None
        return cls(scope=held.scope, pause=pause, due=held.backlog.due, later=held.backlog.later, note=EXPIRY)


@router.get("", summary="List what is paused")
async def list_pauses(_: Engineer, transact: Transact) -> PausesBody:
    """Mail that is held back now."""
    return PausesBody(pauses=[PauseBody.of(each) for each in await transact(pausing.list_pauses)])


@router.get("/{scope}", summary="Show what a pause or a lift would touch")
async def show_pause(_: Engineer, scope: str, markets: Markets, transact: Transact) -> HeldBody:
    """Changes nothing."""
    return HeldBody.of(await transact(pausing.show, scope, markets))


@router.post("", status_code=201, summary="Pause mail")
async def pause(actor: Engineer, what: Annotated[NewPauseBody, Body()], once: Once, markets: Markets, transact: Transact) -> PauseBody:
    """Begin no more mails of all markets, or of one. What is under way is finished, nothing is lost, and the five days go on."""
    return PauseBody.of(await transact(pausing.pause, act(actor, what, once), what.scope, markets))


@router.post("/{scope}/lift", status_code=204, summary="Let paused mail go on")
async def lift(scope: str, actor: Engineer, why: Annotated[ReasonBody, Body()], once: Once, markets: Markets, transact: Transact) -> None:
    """Within seconds; warnings whose wait has ended meanwhile are not sent."""
    await transact(pausing.go_on, act(actor, why, once), scope, markets)
