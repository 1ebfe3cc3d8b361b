"""`/v1/orders/{order_id}`: an order with its notes, for its buyer, its shops and support."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse
from parley_chassis.checking import checked_first
from parley_chassis.commands import Answer
from parley_contracts.envelope import timestamp
from parley_conversation.asking import person_of, transact_of
from parley_conversation.domain.words import RemovedBecause, Visibility
from parley_conversation.http.answers import done
from parley_conversation.http.asking import Asking, Calling, in_conversation
from parley_conversation.http.bodies import Body, Id, Text
from parley_conversation.http.judging import LONGEST_HISTORY, After, Limit, Looking, history_shown
from parley_conversation.http.shapes import Done, History, RoleWord, Time, words
from parley_conversation.use_cases.entering import Asked
from pydantic import model_validator
from typing_extensions import TypedDict

from ticketing.domain.notes import Topic
from ticketing.http.orders import OrderShown, order_shown
from ticketing.use_cases.notes import NewNote, Note, OrderSeen, add_note, check_noter, history_of_order, look_at_order

PATH = "/v1/orders"
OrderId = Annotated[str, Path(alias="order_id", max_length=200)]


class Noting(Body):
    """A note on an order. One to the customer is mailed and names its topic; a private one stays with your side and support."""

    text: Text
    to_customer: bool
    topic: Topic | None = None
    seller_id: Id | None = None

    @model_validator(mode="after")
    def _names_its_topic(self) -> "Noting":
        if self.to_customer and self.topic is None:
            raise ValueError("a note to the customer names its topic; add it")
        return self


class NoteShown(TypedDict):
    """A note, and in which ticket it stands; the text of a removed one is gone."""

    id: str
    at: Time
    ticket_id: str
    number: str
    seller_id: str
    to_customer: bool
    topic: Annotated[str, words(Topic)] | None
    language: str | None
    text: str | None
    removed: Annotated[str, words(RemovedBecause)] | None


class OrderWithNotes(OrderShown):
    """An order as you may see it, with its notes, the oldest first. A shop is told where to copy what it must write elsewhere."""

    you_are: RoleWord
    notes: list[NoteShown]
    copy_address: str | None


def order_routes() -> APIRouter:
    """All of `/v1/orders`."""
    routes = APIRouter(prefix=PATH, tags=["orders"])
    noting = APIRouter(prefix=PATH, tags=["orders"], route_class=checked_first(_check))

    @routes.get("/{order_id}", response_model=OrderWithNotes, summary="Read an order with its notes")
    async def look(request: Request, person: Asking, id: OrderId) -> Response:
        """Its buyer reads notes to customers; a shop its own lines and notes; support all."""
        return JSONResponse(_shown(await transact_of(request)(look_at_order, id, person)))

    @routes.get("/{order_id}/history", response_model=History, summary="Who read an order")
    async def history(request: Request, principal: Looking, id: OrderId, after: After, limit: Limit = LONGEST_HISTORY) -> Response:
        """Support's looks, the latest first; what was done is in the history of its tickets. Those on call see ids and times alone."""
        return await history_shown(request, principal, id, history_of_order, after=after, limit=limit)

    @noting.post("/{order_id}/notes", status_code=201, response_model=Done, summary="Add a note to an order")
    async def note(call: Calling, id: OrderId, body: Noting) -> Response:
        """It goes into your ticket about this order whose buyer has waited longest, which it answers; else into the order's own thread."""
        new = NewNote(text=body.text, topic=body.topic or Topic.OTHER, to_customer=body.to_customer, seller_id=body.seller_id)
        return await call.run(body, _noted, id, new)

    everything = APIRouter()
    everything.include_router(routes)
    everything.include_router(noting)
    return everything


async def _check(request: Request) -> None:
    person = person_of(await in_conversation(request))
    await transact_of(request)(check_noter, request.path_params["order_id"], person)


async def _noted(tx: Any, asked: Asked, order_id: str, new: NewNote) -> Answer:
    return replace(done(await add_note(tx, order_id, asked, new=new), tx.now), status=201)


def _shown(seen: OrderSeen) -> OrderWithNotes:
    return {
        **order_shown(seen.facts),
        "you_are": seen.reader.role.value,
        "notes": [_note(each) for each in seen.notes],
        "copy_address": seen.copy_address,
    }


def _note(note: Note) -> NoteShown:
    message = note.posted.message
    return {
        "id": message.id,
        "at": timestamp(note.posted.at),
        "ticket_id": note.ticket.id,
        "number": note.ticket.number,
        "seller_id": note.ticket.seller_id,
        "to_customer": message.visibility is Visibility.PUBLIC,
        "topic": message.topic,
        "language": message.language,
        "text": None if message.removed else message.text,
        "removed": message.removed and message.removed.value,
    }
