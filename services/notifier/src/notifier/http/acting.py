"""The routes by which support and the engineer on call resend a mail or lift a dead address: look first, then say why."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Request
from parley_chassis.acts import Once
from parley_chassis.checking import checked_first

from notifier.http.access import Id, Limit, Reader, Transact, addressed_of, markets_of, reading, transact
from notifier.http.bodies import (
    INTERVENTIONS,
    SUPPRESSED,
    DeliveryBody,
    HistoryBody,
    ReasonBody,
    ResendBody,
    SuppressedDetailBody,
    SuppressedListBody,
)
from notifier.use_cases import intervening, looking
from notifier.use_cases.intervening import Act


async def _check(request: Request) -> None:
    """An act as it would be refused whatever its reason is."""
    markets, asked = markets_of(await reading(request)), request.path_params
    if "delivery_id" in asked:
        await transact(request)(intervening.check_resend, asked["delivery_id"], markets)
    elif "address_id" in asked:
        await transact(request)(intervening.show_suppressed, asked["address_id"], markets)


router = APIRouter(tags=["deliveries"], route_class=checked_first(_check))


def act(actor: Reader, why: Annotated[ReasonBody, Body()], once: Once) -> Act:
    """Who acts and why; the same key of the same person acts once on a route."""
    return Act(id=once.id_of(actor), by=actor.party_id, reason=why.reason, markets=markets_of(actor))


Acting = Annotated[Act, Depends(act)]


@router.get("/v1/deliveries/{delivery_id}/resend")
async def preview_resend(delivery_id: str, reader: Reader, transact: Transact) -> ResendBody:
    """What a resend would touch. Changes nothing."""
    return ResendBody.of(await transact(looking.look_at, delivery_id, markets_of(reader), addressed=addressed_of(reader)))


@router.post("/v1/deliveries/{delivery_id}/resend")
async def resend(delivery_id: str, reader: Reader, wanted: Acting, transact: Transact) -> DeliveryBody:
    """Send it now, or after all: the same mail with the same Message-ID, with five more days to try."""
    return DeliveryBody.of(await transact(intervening.resend, wanted, delivery_id, addressed=addressed_of(reader)))


@router.get("/v1/suppressed-addresses")
async def list_suppressed(
    reader: Reader, transact: Transact, after: Annotated[Any, Depends(SUPPRESSED.asked)], recipient_id: Id = None, limit: Limit = 50
) -> SuppressedListBody:
    """Addresses that get no mail because servers refuse them for good, the newest first."""
    found = await transact(intervening.suppressed, markets_of(reader), recipient_id=recipient_id, after=after, limit=limit + 1)
    return SuppressedListBody.of(found, limit)


@router.get("/v1/suppressed-addresses/{address_id}")
async def show_suppressed(address_id: str, reader: Reader, transact: Transact) -> SuppressedDetailBody:
    """One of them, and what a lift would touch."""
    return SuppressedDetailBody.of(await transact(intervening.show_suppressed, address_id, markets_of(reader)))


@router.post("/v1/suppressed-addresses/{address_id}/lift", status_code=204)
async def lift(address_id: str, wanted: Acting, transact: Transact) -> None:
    """Mail it again from now on. What was not sent can be resent one by one."""
    await transact(intervening.lift, wanted, address_id)


@router.get("/v1/interventions")
async def list_interventions(
    reader: Reader, transact: Transact, after: Annotated[Any, Depends(INTERVENTIONS.asked)], target: Id = None, limit: Limit = 50
) -> HistoryBody:
    """Who resent or lifted what, when and why, the newest first."""
    found = await transact(intervening.history, markets_of(reader), target=target, after=after, limit=limit + 1)
    return HistoryBody.of(found, limit)
