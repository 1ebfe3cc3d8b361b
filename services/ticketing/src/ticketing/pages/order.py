"""The page of an order: what was bought, the tickets and notes about it, and the shop's form for a new note."""

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

from ticketing.domain.notes import Topic
from ticketing.domain.refusals import TopicReserved
from ticketing.pages import words
from ticketing.pages.facts import facts_of, page_of
from ticketing.use_cases.notes import NewNote, add_note, check_noter
from ticketing.use_cases.showing import show_order

OrderId = Annotated[str, Path(alias="order_id", max_length=200)]
Visitor = Annotated[Principal, Depends(signed_in("buyer", "seller", "support", page=True))]
FIELDS = ("to_customer", "topic", "seller_id")
WHO = ("no", "yes")
"""Whether the customer reads a note."""


def order_page(site: Site) -> APIRouter:
    """`/orders/{id}`, to which its form is sent, too."""
    routes = APIRouter(include_in_schema=False)

    @routes.api_route("/orders/{order_id}", methods=["GET", "HEAD"])
    async def look(request: Request, visitor: Visitor, id: OrderId, done: str = "") -> Response:
        """Show the order."""
        return await _Page(site, request, id, visitor).answer(done=done)

    @routes.post("/orders/{order_id}")
    async def note(request: Request, visitor: Visitor, id: OrderId) -> Response:
        """Add a note of the shop's, and lead back."""
        return await send(_Page(site, request, id, visitor), request, id)

    return routes


class _Page:
    """The page of one order, for one visitor."""

    uploader = None

    def __init__(self, site: Site, request: Request, order_id: str, visitor: Principal) -> None:
        self._site, self._request, self._order_id = site, request, order_id
        self.visitor, self._person = visitor, person_of(visitor)

    async def answer(
        self, filled: Filled | None = None, status: int = 200, *, key: str | None = None, problem: Problem | None = None, done: str = ""
    ) -> Response:
        shown = await transact_of(self._request)(show_order, self._order_id, self._person)
        reader = self._site.reader(shown.language, market=shown.seen.facts.order.market)
        _ = self._site.gettext(reader.language)
        return self._site.html(
            "order.html",
            reader,
            status=status,
            order=facts_of(shown, reader, _),
            page=page_of(self._order_id),
            draft=filled,
            faults=words.faults(_, filled, *FIELDS),
            done=words.done(_, done),
            trouble=trouble(_, problem.kind.title(reader.language), problem.kind.name) if problem else None,
            once_more=filled is not None and not filled.faults and problem is None,
            key=key or str(uuid7()),
            form=form_of(self._request, self.visitor),
            ways=ways(_, self._site.boards, self._person),
            sign_out=sign_out_of(self._request),
        )

    async def read(self, sent: FormData) -> Filled:
        await transact_of(self._request)(check_noter, self._order_id, self._person)
        filled = Filled.read(Command.ORDER_NOTE_TO_CUSTOMER, sent, *FIELDS)
        chosen, topic = filled.one("to_customer"), filled.one("topic")
        no_topic = chosen == "yes" and topic not in {each.value for each in Topic}
        return filled.but(to_customer=None if chosen in WHO else Fault.NOT_CHOSEN, topic=Fault.NOT_CHOSEN if no_topic else None)

    def sender(self, filled: Filled) -> tuple[Person, str]:
        return self._person, self._person.party_id

    async def run(self, tx: Any, asked: Asked, filled: Filled) -> Answer:
        to_customer = filled.one("to_customer") == "yes"
        topic = Topic(filled.one("topic")) if to_customer else Topic.OTHER
        new = NewNote(text=filled.text, topic=topic, to_customer=to_customer, seller_id=filled.one("seller_id") or None)
        seat = await add_note(tx, self._order_id, asked, new=new)
        return Answer(201, {"id": seat.conversation.id})

    async def again(
        self, filled: Filled, status: int, *, key: str | None, problem: Problem | None = None, error: Exception | None = None
    ) -> Response:
        reserved = filled.but(topic=Fault.NOT_CHOSEN) if isinstance(error, TopicReserved) else filled
        return await self.answer(reserved, status, key=key, problem=problem)

    def done(self, answer: Answer, filled: Filled) -> Response:
        return RedirectResponse(f"{self._site.base}{page_of(self._order_id)}?done=note#note", 303)
