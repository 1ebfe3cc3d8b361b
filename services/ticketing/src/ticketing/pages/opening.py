"""The page on which a buyer asks about an order: which lines, what is wrong, in their own words, with images."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from parley_chassis.auth import Principal, signed_in
from parley_chassis.commands import Answer
from parley_chassis.pages.session import form_of, sign_out_of
from parley_chassis.problems import Problem
from parley_conversation.asking import person_of, transact_of
from parley_conversation.domain.cells import Command
from parley_conversation.domain.people import Person
from parley_conversation.pages import Site
from parley_conversation.pages.forms import Fault, Filled
from parley_conversation.pages.sending import send
from parley_conversation.pages.ways import ways
from parley_conversation.pages.words import trouble
from parley_conversation.use_cases.entering import Asked
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse
from uuid_utils import uuid7

from ticketing.asking import MOST_LINES, opening_of
from ticketing.domain.problems import ProblemType
from ticketing.domain.refusals import TicketAlreadyOpen
from ticketing.pages import words
from ticketing.pages.facts import offered_lines, page_of
from ticketing.use_cases.opening import look_before_opening, open_tickets

OrderId = Annotated[str, Path(alias="order_id", max_length=200)]
Visitor = Annotated[Principal, Depends(signed_in("buyer", page=True))]


def opening_page(site: Site) -> APIRouter:
    """`/orders/{id}/tickets/new`."""
    routes = APIRouter(include_in_schema=False)

    @routes.api_route("/orders/{order_id}/tickets/new", methods=["GET", "HEAD"])
    async def look(request: Request, visitor: Visitor, id: OrderId) -> Response:
        """Show the form."""
        return await _Page(site, request, id, visitor).answer()

    @routes.post("/orders/{order_id}/tickets/new")
    async def ask(request: Request, visitor: Visitor, id: OrderId) -> Response:
        """Open a ticket for each shop of the lines, and lead there."""
        return await send(_Page(site, request, id, visitor), request, id)

    return routes


class _Page:
    """The form for one order, for one visitor."""

    def __init__(self, site: Site, request: Request, order_id: str, visitor: Principal) -> None:
        self._site, self._request, self._order_id = site, request, order_id
        self.visitor, self._person = visitor, person_of(visitor)

    @property
    def uploader(self) -> Person:
        return self._person

    async def answer(
        self,
        filled: Filled | None = None,
        status: int = 200,
        *,
        key: str | None = None,
        problem: Problem | None = None,
        already: tuple[str, str] | None = None,
    ) -> Response:
        offer = await transact_of(self._request)(look_before_opening, self._order_id, self._person)
        reader = self._site.reader(offer.language, market=offer.order.market)
        _ = self._site.gettext(reader.language)
        return self._site.html(
            "new_ticket.html",
            reader,
            status=status,
            order=offer.order,
            page=page_of(offer.order.id),
            shops=offered_lines(offer, reader, _),
            problems=words.problem_types(_, offer.categories),
            draft=filled,
            faults=words.faults(_, filled, "line_ids", "problem_type"),
            trouble=trouble(_, problem.kind.title(reader.language), problem.kind.name) if problem else None,
            already=already,
            once_more=filled is not None and not filled.faults and problem is None,
            key=key or str(uuid7()),
            form=form_of(self._request, self.visitor),
            ways=ways(_, self._site.boards, self._person),
            sign_out=sign_out_of(self._request),
        )

    async def read(self, sent: FormData) -> Filled:
        await transact_of(self._request)(look_before_opening, self._order_id, self._person)
        filled = Filled.read(Command.OPEN, sent, "line_ids", "problem_type")
        lines, problem = filled.fields["line_ids"], filled.one("problem_type")
        return filled.but(
            line_ids=None if 1 <= len(lines) <= MOST_LINES else Fault.NOT_CHOSEN,
            problem_type=None if problem in {each.value for each in ProblemType} else Fault.NOT_CHOSEN,
        )

    def sender(self, filled: Filled) -> tuple[Person, str]:
        return self._person, self._person.party_id

    async def run(self, tx: Any, asked: Asked, filled: Filled) -> Answer:
        opening = opening_of(
            self._person,
            asked.cause,
            order_id=self._order_id,
            line_ids=filled.fields["line_ids"],
            problem_type=ProblemType(filled.one("problem_type")),
            text=filled.text,
            attachments=filled.attachments,
        )
        seats = await open_tickets(tx, opening)
        return Answer(201, {"tickets": [seat.conversation.id for seat in seats]})

    async def again(
        self, filled: Filled, status: int, *, key: str | None, problem: Problem | None = None, error: Exception | None = None
    ) -> Response:
        already = (error.ticket.id, error.ticket.number) if isinstance(error, TicketAlreadyOpen) else None
        return await self.answer(filled, status, key=key, problem=problem, already=already)

    def done(self, answer: Answer, filled: Filled) -> Response:
        """The ticket, or the order where several tickets are listed."""
        first, *others = answer.body["tickets"]
        page = f"{page_of(self._order_id)}?done=open" if others else f"/c/{first}"
        return RedirectResponse(self._site.base + page, 303)
