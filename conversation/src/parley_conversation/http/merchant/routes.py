"""The six routes of the merchant API below `/api/v2/<word>`, for sellers alone."""

from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Annotated, Any, Concatenate, ParamSpec, cast
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse
from parley_chassis.auth import Principal, signed_in
from parley_chassis.checking import checked_first
from parley_chassis.commands import Answer
from parley_chassis.cursors import Cursors
from parley_chassis.reference import REPLAYED, with_headers
from pydantic import BaseModel, ValidationError

from parley_conversation.asking import asked_by, person_of, transact_of
from parley_conversation.domain.cells import Command
from parley_conversation.domain.people import Person
from parley_conversation.domain.refusals import ContentRefused
from parley_conversation.domain.words import ClosedBecause
from parley_conversation.http.asking import Caller, KeyHeader
from parley_conversation.http.bodies import Body, Id, Text
from parley_conversation.http.merchant import answers
from parley_conversation.http.routes import Details, no_details
from parley_conversation.ports import Place
from parley_conversation.use_cases import commands, merchant
from parley_conversation.use_cases.entering import Asked, Seat
from parley_conversation.use_cases.reading import View

FARTHEST = 1_000
MOST = 200
AWAITING = Cursors[Place]("action-required", Place)

P = ParamSpec("P")

seller = signed_in("seller")

COMMANDS = {"reply": Command.REPLY, "close": Command.CLOSE, "appeal-to-wish-support": Command.APPEAL, "re-open": Command.REOPEN}


class WhichOne(Body):
    """Which one."""

    id: Id


class Said(WhichOne):
    """Which one, and the message."""

    reply: Text


class Appealed(WhichOne):
    """Which one, and why, if the program says so: support alone reads it."""

    reply: Text | None = None


class _Readable(BaseModel):
    """All that the checks before the body need of it."""

    id: Id


async def _person(principal: Annotated[Principal, Depends(seller)]) -> Person:
    return person_of(principal)


Seller = Annotated[Person, Depends(_person)]


async def _caller(request: Request, person: Seller, idempotency_key: KeyHeader = None) -> Caller:
    return Caller(request, person, idempotency_key, None)


Calling = Annotated[Caller, Depends(_caller)]


async def _check(request: Request) -> None:
    person = person_of(await seller(request))
    try:
        named = _Readable.model_validate_json(await request.body())
    except ValidationError:
        return
    command = COMMANDS[request.scope["route"].path.rpartition("/")[2]]
    await transact_of(request)(merchant.check_seller, named.id, asked_by(person, None, None), command)


def merchant_routes(word: str, beside: str, details: Details = no_details) -> APIRouter:
    """All of `/api/v2/<word>`; images are read ``beside`` it, below the path of `/v1`.

    ``details`` are what a service knows of the items and the transaction.
    """
    path = f"/api/v2/{word}"
    routes = APIRouter(prefix=path, tags=["merchant-api"])
    commanding = APIRouter(prefix=path, tags=["merchant-api"], route_class=checked_first(_check))
    done: dict[str, Any] = {"response_model": answers.Succeeded, "responses": with_headers(200, REPLAYED)}

    async def told(request: Request, tx: Any, view: View) -> answers.Ticket:
        return answers.ticket(view, await details(tx, view), images=f"{_public(request)}{beside}/{view.conversation.id}/images")

    @routes.get("", response_model=answers.OneTicket, summary=f"Read one {word}")
    async def look(request: Request, person: Seller, id: Annotated[Id, Query()]) -> Response:
        """With its public messages."""

        async def seen(tx: Any) -> answers.OneTicket:
            return {**answers.GOOD, "data": await told(request, tx, await merchant.look(tx, id, person))}

        return JSONResponse(await transact_of(request)(seen))

    @routes.get("/get-action-required", response_model=answers.Tickets, summary="List what waits for your answer")
    async def browse(
        request: Request,
        person: Seller,
        after: Annotated[Any, Depends(AWAITING.asked)],
        start: Annotated[int, Query(ge=0, le=FARTHEST, description="How many to pass over")] = 0,
        limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
    ) -> Response:
        """What waits longest comes first. Go on with the address in `paging.next`; a count in `start` skips some once one is answered."""

        async def seen(tx: Any) -> answers.Tickets:
            views, following = await merchant.await_seller(tx, person, after=after, start=start, limit=limit)
            cursor = AWAITING.after(following) if following else None
            address = f"{_public(request)}{path}/get-action-required?{urlencode({'cursor': cursor, 'limit': limit})}"
            data = [await told(request, tx, view) for view in views]
            return {**answers.GOOD, "data": data, "paging": {"next": address if cursor else None}, "next": cursor}

        return JSONResponse(await transact_of(request)(seen))

    @commanding.post("/reply", summary="Write to the buyer", **done)
    async def reply(call: Calling, body: Said) -> Response:
        """The same text to the same one is taken once in seven days, unless an `Idempotency-Key` says that it is another."""
        return await _do(call, body, commands.reply, text=body.reply)

    @commanding.post("/close", summary="Close as solved", **done)
    async def close(call: Calling, body: WhichOne) -> Response:
        """As it stands now. What is closed already stays as it is."""
        return await _do(call, body, commands.close, because=ClosedBecause.SOLVED)

    @commanding.post("/appeal-to-wish-support", summary="Ask the marketplace's support to take over", **done)
    async def appeal(call: Calling, body: Appealed) -> Response:
        """The buyer does not read why."""
        return await (_do(call, body, merchant.appeal_unsaid) if body.reply is None else _do(call, body, commands.appeal, text=body.reply))

    @commanding.post("/re-open", summary="Go on with what is closed", **done)
    async def reopen(call: Calling, body: Said) -> Response:
        """With a message, which is an answer. The same text is taken once in seven days, as in a reply."""
        return await _do(call, body, commands.reopen, text=body.reply)

    everything = APIRouter()
    everything.include_router(routes)
    everything.include_router(commanding)
    return everything


def _public(request: Request) -> str:
    return cast(str, request.app.state.settings.public_url)


async def _do(
    call: Caller, body: WhichOne, use_case: Callable[Concatenate[Any, str, Asked, P], Awaitable[Seat]], *args: P.args, **kwargs: P.kwargs
) -> Response:
    """Carry a command of the seller's out on what stands there now."""

    async def carried_out(tx: Any, asked: Asked) -> Answer:
        seller = await merchant.as_seller(tx, body.id, asked)
        try:
            await use_case(tx, body.id, seller, *args, **kwargs)
        except ContentRefused as refused:
            raise ContentRefused(refused.violations, field="reply") from None
        return Answer(200, {**answers.SUCCEEDED})

    key = call.key or _key_of(body)
    return await Caller(call.request, call.person, key, None, about=(body.id,)).run(body, carried_out)


def _key_of(body: WhichOne) -> str | None:
    """The same text of one author to the same one is the same request. What has no text gets no key: to ask again changes nothing or
    is refused, while a key would swallow the second of two that were both meant."""
    text = getattr(body, "reply", None)
    return sha256(f"{body.id}\x00{text}".encode()).hexdigest() if text is not None else None
