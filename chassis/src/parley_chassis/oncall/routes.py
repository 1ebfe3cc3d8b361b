"""The routes, for the role oncall alone."""

from datetime import datetime
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Query, Request, Response
from parley_contracts.problems import CHANGED_MEANWHILE, KEY_REUSED, NOT_FOUND

from parley_chassis import cursors, decisions, parking
from parley_chassis.acts import Once
from parley_chassis.auth import Principal, signed_in
from parley_chassis.cursors import Cursors
from parley_chassis.decisions import Decision
from parley_chassis.mongo.driver import Database
from parley_chassis.oncall import bodies
from parley_chassis.oncall.foresight import foresee
from parley_chassis.problems import Problem
from parley_chassis.reference import LOCATION, with_headers
from parley_chassis.relay.heart import watermark_state

LONGEST_LIST = 1000

router = APIRouter(prefix="/v1", tags=["on-call"])


def database(request: Request) -> Database:
    found = request.app.state.transact.database
    return cast(Database, found)


Engineer = Annotated[Principal, Depends(signed_in("oncall"))]
Data = Annotated[Database, Depends(database)]
Limit = Annotated[int, Query(ge=1, le=LONGEST_LIST)]
Some = Annotated[bodies.Id | None, Query()]
About = Annotated[bodies.About, Query()]


PARKED = Cursors[tuple[datetime, str]]("parked", tuple[datetime, str])
_OF_SUBJECT = Cursors[tuple[int | None, int, str]]("parked of a subject", tuple[int | None, int, str])
_REFUSED = Cursors[tuple[datetime, str]]("refused", tuple[datetime, str])
_DECISIONS = Cursors[tuple[datetime, str]]("decisions", tuple[datetime, str])


@router.get("/parked", summary="List parked records")
async def list_parked(
    _: Engineer, data: Data, topic: Some = None, subject: Some = None, cursor: cursors.Word = None, limit: Limit = 100
) -> bodies.ParkedList:
    """What could not be applied and waits for a person, oldest first."""
    of: Cursors[Any] = PARKED if subject is None else _OF_SUBJECT
    found = await parking.parked(data, topic=topic, subject=subject, after=await of.asked(cursor), limit=limit + 1)
    page = of.page(found, limit, lambda last: (last.at, last.id) if subject is None else (last.sequence, last.offset, last.id))
    return bodies.ParkedList.of(page, await parking.count(data))


@router.get("/parked/record", summary="Show a parked record")
async def show_parked(_: Engineer, data: Data, id: Annotated[bodies.Id, Query()]) -> bodies.RecordBody:
    """The attributes of its event; never its data."""
    content = await parking.content(data, id)
    if content is None:
        raise Problem(NOT_FOUND, "It is not parked, or not any more; look at the decisions.")
    return bodies.RecordBody.of(id, content)


@router.get("/refused", summary="List refused records")
async def list_refused(_: Engineer, data: Data, after: Annotated[Any, Depends(_REFUSED.asked)], limit: Limit = 100) -> bodies.RefusedList:
    """What cannot come from a relay, newest first. Nothing waits for these."""
    found = await parking.refused(data, after=after, limit=limit + 1)
    return bodies.RefusedList.of(_REFUSED.page(found, limit, lambda last: (last.at, last.id)))


@router.get("/watermark", summary="Show the watermark")
async def show_watermark(_: Engineer, data: Data) -> bodies.WatermarkBody:
    """How far it is, and why it is held."""
    return bodies.WatermarkBody.of(await watermark_state(data))


@router.get("/decisions", summary="List decisions")
async def list_decisions(
    _: Engineer, data: Data, after: Annotated[Any, Depends(_DECISIONS.asked)], subject: Some = None, limit: Limit = 100
) -> bodies.DecisionList:
    """What was decided, by whom, why, and what came of it; newest first."""
    found = await decisions.history(data, subject=subject, after=after, limit=limit + 1)
    return bodies.DecisionList.of(_DECISIONS.page(found, limit, lambda last: (last.asked_at, last.id)))


@router.get("/decisions/preview", summary="Show what a decision would touch")
async def foresee_decision(_: Engineer, data: Data, about: About) -> bodies.ForesightBody:
    """Changes nothing."""
    return bodies.ForesightBody.of(await foresee(data, about.verb, about.topic, about.subject))


@router.get("/decisions/{decision_id}", summary="Show a decision")
async def show_decision(_: Engineer, data: Data, decision_id: str) -> bodies.DecisionBody:
    """`done_at` says whether it was carried out, `result` with which result."""
    found = await decisions.decision(data, decision_id)
    if found is None:
        raise Problem(NOT_FOUND)
    return bodies.DecisionBody.of(found)


@router.post("/decisions", status_code=202, responses=with_headers(202, LOCATION), summary="Decide")
async def decide(engineer: Engineer, data: Data, response: Response, wanted: bodies.NewDecision, once: Once) -> bodies.DecisionBody:
    """A worker of this service carries it out within seconds; the decision says when it was, and what came of it."""
    made = await asked(data, once.id_of(engineer), engineer, wanted)
    response.headers["location"] = f"/v1/decisions/{made.id}"
    return bodies.DecisionBody.of(made)


async def asked(data: Database, id: str, engineer: Principal, wanted: bodies.NewDecision) -> Decision:
    """The decision of this id: made now, about the record that was seen, or made before."""
    made = await decisions.decision(data, id)
    if made is None:
        if wanted.record is not None and wanted.record != (await foresee(data, wanted.verb, wanted.topic, wanted.subject)).record:
            raise Problem(
                CHANGED_MEANWHILE, "Another record is the first of this subject now, or none is parked. Look at the preview again."
            )
        made = await decisions.decide(data, id=id, by=engineer.party_id, **wanted.model_dump())
    if any(getattr(made, name) != value for name, value in wanted.model_dump().items()):
        raise Problem(KEY_REUSED)
    return made
