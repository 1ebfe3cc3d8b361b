"""Tickets of an old system, one by one; a file of them goes through `parley import`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from parley_chassis.auth import signed_in
from parley_chassis.checking import checked_first
from parley_contracts.ticketing import SOURCE
from parley_conversation.http.bodies import Id
from parley_conversation.http.importing import BroughtIn, OldConversation, brought_in
from pydantic import Field

from ticketing.domain.problems import ProblemType
from ticketing.use_cases.importing import OldTicket, bring_in_ticket

PATH = "/v1/marketplace/tickets"
MOST_LINES = 100

service = signed_in("service", scope="inlet")


class OldTicketTold(OldConversation):
    """A ticket: which lines of which order it is about."""

    order_id: Id
    line_ids: Annotated[tuple[Id, ...], Field(min_length=1, max_length=MOST_LINES)]
    problem_type: ProblemType


def importing_routes() -> APIRouter:
    """The one route."""
    routes = APIRouter(prefix=PATH, tags=["inlet"], dependencies=[Depends(service)], route_class=checked_first(service))

    @routes.put("/{old_id:path}", response_model=BroughtIn, summary="Bring in a ticket of an old system")
    async def bring(request: Request, old_id: Annotated[Id, Path()], body: OldTicketTold) -> Response:
        """With everything that was said in it. The same again changes nothing; nobody is mailed."""
        return await brought_in(request, bring_in_ticket, _ticket(old_id, body))

    return routes


def _ticket(old_id: str, body: OldTicketTold) -> OldTicket:
    return OldTicket(
        old=body.old(SOURCE, old_id),
        order_id=body.order_id,
        seller_id=body.seller_id,
        line_ids=body.line_ids,
        problem_type=body.problem_type,
    )
