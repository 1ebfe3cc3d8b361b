"""The route that only inquiries have, `POST /v1/inquiries`, beside the kernel's."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Header, Request, Response
from parley_chassis.auth import Principal, signed_in_or_nobody
from parley_chassis.checking import checked_first
from parley_chassis.commands import Answer
from parley_chassis.problems import Becomes
from parley_chassis.reference import ETAG, LOCATION, REPLAYED, with_headers
from parley_conversation.asking import person_of
from parley_conversation.domain.people import Person
from parley_conversation.http import REFUSALS as SHARED
from parley_conversation.http import conversation_routes
from parley_conversation.http.answers import done
from parley_conversation.http.asking import Caller, Key
from parley_conversation.http.bodies import Attachments, Body, Text
from parley_conversation.http.shapes import Done
from parley_conversation.use_cases.entering import Asked
from pydantic import StringConstraints
from uuid_utils import uuid7

from inquiries.asking import ContextTokens, NewGuest, key_of, welcome
from inquiries.asking.context import refused
from inquiries.use_cases import Question, ask

PATH = "/v1/inquiries"


REFUSALS: Mapping[type[Exception], Becomes] = SHARED

asker = signed_in_or_nobody("buyer", "seller")
"""A seller asks as a buyer does; support and on-call ask nobody."""


class NewInquiry(Body):
    """A question, the context token of the page that it is asked from, and the guest who asks, if nobody is signed in."""

    context: Annotated[str, StringConstraints(min_length=1, max_length=8192)]
    text: Text
    attachments: Attachments = ()
    guest: NewGuest | None = None


@dataclass(frozen=True, slots=True)
class Asks:
    """Somebody asks: who, what, and what they sent."""

    person: Person
    question: Question
    body: NewInquiry

    @property
    def principal(self) -> str | None:
        """Whose Idempotency-Key it is, where that is nobody who is signed in."""
        return key_of(self.question.guest) if self.question.guest else None


async def asks(request: Request, body: NewInquiry, principal: Annotated[Principal | None, Depends(asker)]) -> Asks:
    """Who asks what, from which page. A guest's party id is made here."""
    if principal and body.guest:
        raise refused("extra", "is for people without an account; leave it out when you are signed in", "guest")
    if not principal and not body.guest:
        raise refused("missing", "is needed where nobody is signed in: give a name and an e-mail address, or sign in", "guest")
    if not principal and body.attachments:
        raise refused("extra", "are for people who are signed in; leave them out, and send them with a reply", "attachments")
    context = await cast(ContextTokens, request.app.state.context_tokens).read(body.context)
    if principal:
        return Asks(person_of(principal), Question(context=context, text=body.text, attachments=body.attachments), body)
    person, guest = welcome(cast(NewGuest, body.guest))
    return Asks(person, Question(context=context, text=body.text, guest=guest), body)


def inquiry_routes() -> APIRouter:
    """All of `/v1/inquiries`."""
    asking = APIRouter(prefix=PATH, tags=["inquiries"], route_class=checked_first(asker))

    @asking.post(
        "",
        status_code=201,
        response_model=Done,
        responses=with_headers(201, LOCATION, ETAG, REPLAYED),
        openapi_extra={"security": [{}]},
        summary="Ask about a product or a store",
    )
    async def add(
        request: Request, it: Annotated[Asks, Depends(asks)], idempotency_key: Annotated[Key | None, Header()] = None
    ) -> Response:
        """With an account or as a guest. The shop's page gives the context token."""
        caller = Caller(request, it.person, idempotency_key, None, it.principal)
        return await caller.run(it.body, _added(), it.question)

    routes = APIRouter()
    routes.include_router(asking)
    routes.include_router(conversation_routes(PATH, "inquiries"))
    return routes


def _added() -> Callable[[Any, Asked, Question], Awaitable[Answer]]:
    inquiry_id = str(uuid7())

    async def added(tx: Any, asked: Asked, question: Question) -> Answer:
        seat = await ask(tx, inquiry_id, asked, question)
        answer = done(seat, tx.now)
        return Answer(201, answer.body, etag=answer.etag, location=f"{PATH}/{inquiry_id}")

    return added
