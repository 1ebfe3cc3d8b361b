"""The routes of mail deliveries: support sees those of its markets, the engineer on call all of them without addresses."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from parley_chassis.problems import Becomes, Problem
from parley_contracts.problems import CHANGED_MEANWHILE, KEY_REUSED, NOT_FOUND

from notifier.domain.delivery import NotResendable
from notifier.domain.words import State
from notifier.http.access import Id, Limit, Reader, Transact, addressed_of, markets_of
from notifier.http.bodies import DELIVERIES, DeliveryBody, ListBody
from notifier.ports import Looking
from notifier.use_cases import intervening, looking

router = APIRouter(tags=["deliveries"])

REFUSALS: Mapping[type[Exception], Becomes] = {
    # Absent and not to be seen are one answer.
    looking.NothingThere: lambda _: Problem(NOT_FOUND),
    NotResendable: lambda _: Problem(CHANGED_MEANWHILE, NotResendable.__doc__),
    intervening.KeyReused: KEY_REUSED,
}


@router.get("/v1/deliveries")
async def list_deliveries(
    reader: Reader,
    transact: Transact,
    after: Annotated[Any, Depends(DELIVERIES.asked)],
    conversation_id: Id = None,
    recipient_id: Id = None,
    state: Annotated[list[State] | None, Query()] = None,
    limit: Limit = 50,
) -> ListBody:
    """What became of mails, the newest first."""
    wanted = Looking(
        markets=markets_of(reader),
        conversation_id=conversation_id,
        recipient_id=recipient_id,
        states=tuple(state or ()),
        after=after,
        limit=limit + 1,
    )
    return ListBody.of(await transact(looking.look, wanted, addressed=addressed_of(reader)), limit)


@router.get("/v1/deliveries/{delivery_id}")
async def show_delivery(delivery_id: str, reader: Reader, transact: Transact) -> DeliveryBody:
    """One mail: where it stands, how often it was tried, what the server said."""
    return DeliveryBody.of(await transact(looking.look_at, delivery_id, markets_of(reader), addressed=addressed_of(reader)))
