"""The routes of the response clock."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast

from fastapi import APIRouter, Depends, Query, Request
from parley_chassis.auth import Principal, signed_in
from parley_chassis.mongo import Transactions
from parley_chassis.problems import Becomes, Problem
from parley_contracts.problems import INVALID, NOT_FOUND

from sla_monitor.asking import sight_of
from sla_monitor.domain.responses import UNSETTLED, Sight, Standing, Wanted
from sla_monitor.domain.words import Side
from sla_monitor.http.bodies import FROZEN, RESPONSES, CountsBody, EvidenceBody, FrozenList, ListBody
from sla_monitor.ports import Transaction
from sla_monitor.use_cases import questions

LONGEST_PAGE = 200
LONGEST_FROZEN = 1000

router = APIRouter(tags=["responses"])

Id = Annotated[str | None, Query(min_length=1, max_length=200)]


def _invalid(field: str, message: str) -> Problem:
    fault = {"field": f"query.{field}", "message": message, "type": "value_error"}
    return Problem(INVALID, "Correct the fields named in `errors`.", errors=[fault])


REFUSALS: Mapping[type[Exception], Becomes] = {
    # Absent and not to be seen are one answer.
    questions.NothingThere: lambda _: Problem(NOT_FOUND),
}


def transact(request: Request) -> Transactions[Transaction]:
    return cast("Transactions[Transaction]", request.app.state.transact)


def wanted(
    state: Annotated[list[Literal["open", "due_soon", "overdue", "settled"]] | None, Query()] = None,
    seller_id: Id = None,
    market: Id = None,
    conversation_id: Id = None,
    owed_by: Annotated[Side | None, Query()] = None,
    category: Id = None,
) -> Wanted:
    """The filter of a list. Settled waits are listed alone: they are ordered by their end, the others by what is due."""
    standings = tuple(map(Standing, dict.fromkeys(state))) if state else UNSETTLED
    if Standing.SETTLED in standings and len(standings) > 1:
        raise _invalid("state", "Settled waits are listed alone; ask for the others in another request.")
    return Wanted(
        standings=standings, seller_id=seller_id, market=market, conversation_id=conversation_id, owed_by=owed_by, category=category
    )


async def sight(principal: Annotated[Principal, Depends(signed_in())]) -> Sight:
    """What the one who asks may see."""
    return sight_of(principal)


May = Annotated[Sight, Depends(sight)]
Asked = Annotated[Wanted, Depends(wanted)]
Transact = Annotated[Any, Depends(transact)]


@router.get("/v1/responses")
async def list_responses(
    sight: May,
    wanted: Asked,
    transact: Transact,
    after: Annotated[Any, Depends(RESPONSES.asked)],
    limit: Annotated[int, Query(ge=1, le=LONGEST_PAGE)] = 50,
) -> ListBody:
    """Waits for an answer, the most urgent first; settled ones by their end, the newest first."""
    return ListBody.of(await transact(questions.list_responses, sight, wanted, after=after, limit=limit))


@router.get("/v1/responses/counts")
async def count_responses(sight: May, wanted: Asked, transact: Transact) -> CountsBody:
    """How many answers are owed: by state, by market, by side and by category."""
    return CountsBody.of(await transact(questions.count_responses, sight, wanted))


@router.get("/v1/frozen-clocks", dependencies=[Depends(signed_in("oncall"))])
async def list_frozen(
    transact: Transact,
    after: Annotated[Any, Depends(FROZEN.asked)],
    limit: Annotated[int, Query(ge=1, le=LONGEST_FROZEN)] = 100,
) -> FrozenList:
    """The conversations whose clock stands still because one of their records is parked; ids and times alone."""
    return FrozenList.of(await transact(questions.list_frozen, after=after, limit=limit + 1), limit)


@router.get("/v1/responses/{cycle_id}")
async def explain_response(cycle_id: str, sight: May, transact: Transact) -> EvidenceBody:
    """One wait with its evidence: what opened it, which policy judges it, what proved it overdue, how it ended."""
    return EvidenceBody.of(await transact(questions.explain_response, sight, cycle_id))
