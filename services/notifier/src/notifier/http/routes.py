"""The routes of mail deliveries: support sees those of its markets, the engineer on call all of them without addresses."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from parley_chassis.auth import Principal, signed_in_or_link
from parley_chassis.problems import Becomes, Problem
from parley_contracts.problems import INVALID, NOT_FOUND

from notifier.domain.words import State
from notifier.http import cursor
from notifier.http.bodies import DeliveryBody, ListBody
from notifier.ports import Looking
from notifier.use_cases import looking

LONGEST_PAGE = 200

router = APIRouter(tags=["deliveries"])

_NO_CURSOR = {"field": "cursor", "message": "is not a cursor of this list", "type": "cursor"}

REFUSALS: Mapping[type[Exception], Becomes] = {
    # Absent and not to be seen are one answer.
    looking.NothingThere: lambda _: Problem(NOT_FOUND),
    cursor.BadCursor: lambda _: Problem(INVALID, cursor.BadCursor.__doc__, errors=[_NO_CURSOR]),
}


def transact(request: Request) -> Any:
    return request.app.state.transact


Reader = Annotated[Principal, Depends(signed_in_or_link("support", "oncall"))]
Transact = Annotated[Any, Depends(transact)]
Id = Annotated[str | None, Query(min_length=1, max_length=200)]


def markets_of(reader: Principal) -> frozenset[str] | None:
    """The markets whose mails this person may look up; None: all."""
    return None if "oncall" in reader.roles else reader.markets


def addressed_of(reader: Principal) -> frozenset[str]:
    """The markets whose addresses, masked, this person may see: on-call never reads one."""
    return reader.markets if "support" in reader.roles else frozenset()


@router.get("/v1/deliveries")
async def list_deliveries(
    reader: Reader,
    transact: Transact,
    conversation_id: Id = None,
    recipient_id: Id = None,
    state: Annotated[list[State] | None, Query()] = None,
    cursor_: Annotated[str | None, Query(alias="cursor", max_length=400)] = None,
    limit: Annotated[int, Query(ge=1, le=LONGEST_PAGE)] = 50,
) -> ListBody:
    """What became of mails, the newest first."""
    wanted = Looking(
        markets=markets_of(reader),
        conversation_id=conversation_id,
        recipient_id=recipient_id,
        states=tuple(state or ()),
        after=cursor.read(cursor_) if cursor_ else None,
        limit=limit,
    )
    return ListBody.of(await transact(looking.look, wanted, addressed=addressed_of(reader)), limit)


@router.get("/v1/deliveries/{delivery_id}")
async def show_delivery(delivery_id: str, reader: Reader, transact: Transact) -> DeliveryBody:
    """One mail: where it stands, how often it was tried, what the server said."""
    return DeliveryBody.of(await transact(looking.look_at, delivery_id, markets_of(reader), addressed=addressed_of(reader)))
