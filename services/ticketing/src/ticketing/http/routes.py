"""`/v1/tickets`: opening tickets, refunds and the order's facts; the rest is the kernel's."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse
from parley_chassis.checking import checked_first
from parley_chassis.commands import Answer
from parley_chassis.problems import Becomes, Problem
from parley_chassis.reference import LOCATION, ONE_ETAG, REPLAYED, with_headers
from parley_contracts.problems import TICKET_ALREADY_OPEN
from parley_conversation.asking import person_of, transact_of
from parley_conversation.domain.cells import Command
from parley_conversation.http import REFUSALS as SHARED
from parley_conversation.http import conversation_routes
from parley_conversation.http.answers import etag_of, summary
from parley_conversation.http.asking import Asking, Caller, Calling, in_conversation
from parley_conversation.http.bodies import Attachments, Body, Id, Text
from parley_conversation.http.commands import CommandRouter, do
from parley_conversation.http.refusals import becomes
from parley_conversation.http.shapes import Summary
from parley_conversation.use_cases.entering import Asked
from parley_conversation.use_cases.reading import View
from pydantic import Field
from typing_extensions import TypedDict

from ticketing.asking import MOST_LINES, opening_of
from ticketing.domain import refusals
from ticketing.domain.problems import ProblemType
from ticketing.http.inlet import not_taken
from ticketing.http.orders import OrderShown, TicketShown, order_shown
from ticketing.use_cases import refunding
from ticketing.use_cases.opening import check_opener, open_tickets
from ticketing.use_cases.orders import facts_for, order_of

PATH = "/v1/tickets"


class NewTicket(Body):
    """What a buyer asks about which lines of an order."""

    order_id: Id
    line_ids: Annotated[tuple[Id, ...], Field(min_length=1, max_length=MOST_LINES)]
    problem_type: ProblemType
    text: Text
    attachments: Attachments = ()


class Opened(TypedDict):
    """One ticket for each seller of the lines."""

    tickets: list[Summary]


class Refunding(Body):
    """Which lines of the ticket's order are paid back."""

    line_ids: Annotated[tuple[Id, ...], Field(min_length=1, max_length=MOST_LINES)]


def _already_open(refusal: refusals.TicketAlreadyOpen) -> Problem:
    ticket = refusal.ticket
    link = {"id": ticket.id, "number": ticket.number, "url": f"{PATH}/{ticket.id}"}
    return Problem(TICKET_ALREADY_OPEN, str(refusal), ticket=link)


REFUSALS: Mapping[type[Exception], Becomes] = {
    **SHARED,
    **becomes(
        refusals.OrderNotFound, refusals.AccountRequired, refusals.QuestionWindowClosed, refusals.OlderThanKnown, refusals.TopicReserved
    ),
    refusals.TicketAlreadyOpen: _already_open,
    refusals.NotTaken: not_taken,
}


def ticket_routes() -> APIRouter:
    """All of `/v1/tickets`."""
    routes = APIRouter(prefix=PATH, tags=["tickets"])
    commanding = CommandRouter(prefix=PATH, tags=["tickets"])
    opening = APIRouter(prefix=PATH, tags=["tickets"], route_class=checked_first(_check))

    headers = with_headers(201, LOCATION, ONE_ETAG, REPLAYED)

    @opening.post("", status_code=201, response_model=Opened, responses=headers, summary="Open tickets")
    async def open_(call: Calling, body: NewTicket) -> Response:
        """Ask about lines of your own order; one ticket is opened for each seller of these lines."""
        return await replace(call, about=(body.order_id,)).run(body, _opened, call, body)

    @routes.get("/{conversation_id}/order", response_model=OrderShown, summary="Read the order of a ticket")
    async def order(request: Request, person: Asking, conversation_id: Annotated[str, Path(max_length=200)]) -> Response:
        """A seller sees the own lines alone."""
        return JSONResponse(order_shown(await transact_of(request)(order_of, conversation_id, person)))

    @commanding.command(Command.REFUND)
    async def refund(call: Calling, conversation_id: Annotated[str, Path(max_length=200)], body: Refunding) -> Response:
        """Ask the payment service to refund lines, and close the ticket, which must be one after the purchase. Needs `If-Match`."""
        return await do(call, body, refunding.refund, conversation_id, line_ids=body.line_ids)

    everything = APIRouter()
    everything.include_router(opening)
    everything.include_router(routes)
    everything.include_router(commanding)
    everything.include_router(conversation_routes(PATH, "tickets", _with_order, TicketShown))
    return everything


async def _check(request: Request) -> None:
    check_opener(person_of(await in_conversation(request)))


async def _opened(tx: Any, asked: Asked, call: Caller, body: NewTicket) -> Answer:
    seats = await open_tickets(tx, opening_of(call.person, asked.cause, **dict(body)))
    tickets = [summary(seat.conversation, tx.now) for seat in seats]
    first = seats[0].conversation
    return Answer(201, {"tickets": tickets}, etag=etag_of(first) if len(seats) == 1 else None, location=f"{PATH}/{first.id}")


async def _with_order(tx: Any, view: View) -> dict[str, Any]:
    facts = await facts_for(tx, view.conversation, view.reader, by_link=view.by_link)
    return {"order": order_shown(facts) if facts else None}
