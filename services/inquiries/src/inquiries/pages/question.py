"""The page on which somebody asks about a product or a store: with an account, or as a guest who is answered by mail."""

from dataclasses import replace
from typing import Annotated, Any, cast
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request, Response
from parley_chassis.auth import Principal, signed_in_or_nobody
from parley_chassis.commands import Answer
from parley_chassis.formats import language
from parley_chassis.http import LARGEST_BODY
from parley_chassis.pages import Reader
from parley_chassis.pages.session import form_of, sign_out_of
from parley_chassis.pages.site import LANGUAGES
from parley_chassis.problems import Problem, language_of
from parley_contracts.problems import TOO_LARGE
from parley_conversation.asking import person_of, transact_of
from parley_conversation.domain.cells import Command
from parley_conversation.domain.people import Person
from parley_conversation.pages import Site
from parley_conversation.pages.addresses import filled as address_with
from parley_conversation.pages.addresses import web
from parley_conversation.pages.forms import Fault, Filled
from parley_conversation.pages.sending import send
from parley_conversation.pages.ways import ways
from parley_conversation.pages.words import trouble
from parley_conversation.use_cases.entering import Asked
from pydantic import ValidationError
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse
from uuid_utils import uuid7

from inquiries.asking import ContextTokens, NewGuest, key_of, welcome
from inquiries.domain.context import Context
from inquiries.domain.guests import Guest
from inquiries.pages import words
from inquiries.use_cases import Question, ask, look_before_asking

PATH = "/questions/new"
GUEST = ("name", "email", "language")

Asker = Annotated[Principal | None, Depends(signed_in_or_nobody("buyer", "seller", page=True))]


async def visitor(request: Request, asker: Asker) -> Principal | None:
    """Who asks. A stranger sends no images, so nothing is read that is as large as images are."""
    announced = request.headers.get("content-length", "")
    if asker is None and request.method == "POST" and not (announced.isdecimal() and int(announced) <= LARGEST_BODY):
        raise Problem(TOO_LARGE)
    return asker


Visitor = Annotated[Principal | None, Depends(visitor)]
Token = Annotated[str, Query(alias="context", max_length=8192)]


def question_page(site: Site) -> APIRouter:
    """`/questions/new?context=…`, with the token of the shop's page."""
    routes = APIRouter(include_in_schema=False)

    @routes.api_route(PATH, methods=["GET", "HEAD"])
    async def look(request: Request, visitor: Visitor, token: Token = "") -> Response:
        """Show the form."""
        return await _Page(site, request, token, visitor).look()

    @routes.post(PATH)
    async def send_it(request: Request, visitor: Visitor, token: Token = "") -> Response:
        """Ask, and lead to the inquiry; a guest finds the way there in a mail."""
        return await send(_Page(site, request, token, visitor), request)

    return routes


class _Page:
    """The form of one page of the shop, for one visitor."""

    def __init__(self, site: Site, request: Request, token: str, visitor: Principal | None) -> None:
        self._site, self._request, self._token = site, request, token
        self.visitor, self._person = visitor, person_of(visitor) if visitor else None
        self._context: Context | None = None
        self._guest: Guest | None = None
        self._inquiry_id = str(uuid7())

    @property
    def uploader(self) -> Person | None:
        """Nobody draws images of strangers: a guest sends them with the next message."""
        return self._person if self._context else None

    async def look(self) -> Response:
        self._context = await self._read_context()
        return await self._answer()

    async def _answer(
        self, filled: Filled | None = None, status: int = 200, *, key: str | None = None, problem: Problem | None = None
    ) -> Response:
        if self._context is None:
            return self._stale(filled.text if filled else "")
        offer = await transact_of(self._request)(look_before_asking, self._person, self._context)
        reader = self._reader(offer.language, filled)
        _ = self._site.gettext(reader.language)
        page = f"{PATH}?context={quote(self._token, safe='')}"
        return self._site.html(
            "new_question.html",
            reader,
            status=status,
            page=page,
            shop=offer.shop or _("The shop"),
            product=self._context.product_title,
            address=self._address(reader),
            guest=self._person is None,
            languages=[(each, language(each, each)) for each in LANGUAGES],
            language=filled.one("language") if filled else reader.language,
            sign_in=self._site.sign_in(reader.market, page),
            draft=filled,
            faults=words.faults(_, filled, *GUEST),
            trouble=trouble(_, problem.kind.title(reader.language), problem.kind.name) if problem else None,
            once_more=filled is not None and not filled.faults and problem is None,
            key=key or str(uuid7()),
            form=form_of(self._request, self.visitor) if self.visitor else "",
            ways=ways(_, self._site.boards, self._person) if self._person else (),
            sign_out=sign_out_of(self._request),
        )

    async def read(self, sent: FormData) -> Filled:
        self._context = await self._read_context()
        filled = Filled.read(Command.OPEN, sent, *GUEST)
        if self._context is None:
            return filled.but(context=Fault.NOT_CHOSEN)
        await transact_of(self._request)(look_before_asking, self._person, self._context)
        return filled if self._person else self._read_guest(replace(filled, attachments=()))

    def sender(self, filled: Filled) -> tuple[Person, str]:
        if self._person:
            return self._person, self._person.party_id
        person, self._guest = welcome(NewGuest.model_validate({name: filled.one(name) for name in GUEST}))
        return person, key_of(self._guest)

    async def run(self, tx: Any, asked: Asked, filled: Filled) -> Answer:
        question = Question(context=cast(Context, self._context), text=filled.text, attachments=filled.attachments, guest=self._guest)
        seat = await ask(tx, self._inquiry_id, asked, question)
        return Answer(201, {"id": seat.conversation.id})

    async def again(
        self, filled: Filled, status: int, *, key: str | None, problem: Problem | None = None, error: Exception | None = None
    ) -> Response:
        return await self._answer(filled, status, key=key, problem=problem)

    def done(self, answer: Answer, filled: Filled) -> Response:
        """The inquiry, which only who is signed in may open at once: an address that was typed in proves nothing."""
        if self._person:
            return RedirectResponse(f"{self._site.base}/c/{answer.body['id']}", 303)
        reader = self._reader(None, filled)
        return self._site.html("question_sent.html", reader, email=filled.one("email"), address=self._address(reader))

    def _read_guest(self, filled: Filled) -> Filled:
        try:
            NewGuest.model_validate({name: filled.one(name) for name in GUEST})
        except ValidationError as error:
            return filled.but(**{str(fault["loc"][0]): Fault.EMPTY for fault in error.errors()})
        return filled.but(language=None if filled.one("language") in LANGUAGES else Fault.NOT_CHOSEN)

    async def _read_context(self) -> Context | None:
        """Which page of the shop it is; None where the shop did not sign it, or too long ago."""
        try:
            context = await cast(ContextTokens, self._request.app.state.context_tokens).read(self._token)
        except Problem:
            return None
        return context if context.market in self._site.markets else None

    def _reader(self, known: str | None, filled: Filled | None) -> Reader:
        """A guest reads what they chose, else what their browser says."""
        guests = (filled.one("language") if filled else None, language_of(self._request)) if self._person is None else ()
        return self._site.reader(known, *guests, market=self._context.market if self._context else None)

    def _stale(self, text: str) -> Response:
        reader = self._site.reader(language_of(self._request), market=None)
        return self._site.html("question_stale.html", reader, status=422, text=text)

    def _address(self, reader: Reader) -> str | None:
        """The page of the shop."""
        it, urls = cast(Context, self._context), reader.market.urls
        known = urls.product if it.product_id else urls.seller
        return web(it.url) or address_with(known, product_id=it.product_id, seller_id=it.seller_id)
