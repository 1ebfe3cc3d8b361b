"""The page of one conversation: reading it changes nothing; what is sent comes back as the page, by a redirect."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from parley_chassis.auth import Principal, signed_in_or_link
from parley_chassis.commands import Answer, NotRun
from parley_chassis.pages.session import form_of, is_ours, sign_out_of
from parley_chassis.problems import Problem, problem_of
from parley_contracts.problems import NOT_FOUND
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse
from uuid_utils import uuid7

from parley_conversation.asking import ROLES, asked_by, image_answer, person_of, transact_of
from parley_conversation.domain.cells import Command
from parley_conversation.domain.refusals import Invalid, Refusal
from parley_conversation.domain.states import IF_MATCH
from parley_conversation.pages import words
from parley_conversation.pages.forms import NOTES, STARS, Draft, Fault, read, slug_of, uploads_in, word
from parley_conversation.pages.sending import key_again, key_of, sent_with
from parley_conversation.pages.site import Site
from parley_conversation.pages.thread import thread_of
from parley_conversation.pages.uploads import with_uploads
from parley_conversation.pages.ways import ways
from parley_conversation.use_cases.entering import Asked, enter
from parley_conversation.use_cases.images import image_of
from parley_conversation.use_cases.showing import Shown, show

COOKIE = "parley-link"
"""One for each conversation: its path is that of the conversation's page."""

_FIELDS = {"attachments": ("images", Fault.IMAGE_GONE), "reason": ("reason", Fault.NO_REASON), "text": ("text", Fault.EMPTY)}
"""Where a person sees what the rules say of a field; everything else was chosen."""

_GONE = (401, 404, 410)

Id = Annotated[str, Path(alias="conversation_id", max_length=200)]
Visitor = Annotated[Principal, Depends(signed_in_or_link(*ROLES, cookie=COOKIE))]


def conversation_page(site: Site) -> APIRouter:
    """`/c/{id}` and what can be sent from it."""
    routes = APIRouter(include_in_schema=False)

    @routes.api_route("/c/{conversation_id}", methods=["GET", "HEAD"])
    async def look(request: Request, visitor: Visitor, id: Id, done: str = "", template: str = "") -> Response:
        """Show the conversation; with a reply template, its text stands in the form."""
        return await _Page(site, request, id, visitor).answer(done=site.by_slug.get(done), template=template)

    @routes.post("/c/{conversation_id}/{slug}")
    async def send(request: Request, visitor: Visitor, id: Id, slug: str) -> Response:
        """Carry a command out and lead back to the page; what is refused is shown there with the text kept."""
        command = site.by_slug.get(slug)
        if command is None:
            raise Problem(NOT_FOUND)
        return await _Sending(_Page(site, request, id, visitor), request, command).answer()

    @routes.get("/c/{conversation_id}/images/{image_id}")
    async def image(request: Request, visitor: Visitor, id: Id, image_id: Annotated[str, Path(max_length=200)]) -> Response:
        """One image of a message."""
        content = await transact_of(request)(image_of, id, image_id, person_of(visitor))
        return image_answer(content)

    return routes


class _Page:
    """The page of one conversation for one visitor."""

    def __init__(self, site: Site, request: Request, id: str, visitor: Principal) -> None:
        self.site, self.id, self.visitor = site, id, visitor
        self._request = request

    async def answer(
        self,
        *,
        done: Command | None = None,
        draft: Draft | None = None,
        status: int = 200,
        problem: Problem | None = None,
        key: str | None = None,
        template: str = "",
    ) -> Response:
        shown: Shown = await transact_of(self._request)(show, self.id, person_of(self.visitor), facts=self.site.facts)
        reader = self.site.reader(shown.language, market=shown.view.conversation.market)
        _ = self.site.gettext(reader.language)
        return self.site.html(
            "conversation.html",
            reader,
            status=status,
            thread=thread_of(shown, reader, _, offered=self.site.forms.keys()),
            reasons={command.value: words.reasons(_, form.reasons) for command, form in self.site.forms.items() if form.reasons},
            stars=list(zip(STARS, words.stars(_), strict=True)),
            notes=list(zip(NOTES, words.notes(_, shown.view.reader.role), strict=True)),
            draft=draft,
            begun=next((each.text for each in shown.templates if each.id == template), ""),
            faults={
                "text": None,
                "reason": None,
                "choice": None,
                "images": None,
                **({name: words.fault(_, fault) for name, fault in draft.faults.items()} if draft else {}),
            },
            done=words.done(_, done) if done else None,
            trouble=words.trouble(_, problem.kind.title(reader.language), problem.kind.name) if problem else None,
            once_more=draft is not None and not draft.faults and problem is None,
            key=key or str(uuid7()),
            form=form_of(self._request, self.visitor),
            by_link=self.visitor.link is not None,
            sign_in=self.site.sign_in(reader.market, f"/c/{self.id}"),
            sign_out=sign_out_of(self._request),
            ways=ways(_, self.site.boards, person_of(self.visitor)),
        )


class _Sending:
    """One form that was sent from it."""

    def __init__(self, page: _Page, request: Request, command: Command) -> None:
        self._page, self._request, self._command = page, request, command
        self._sent = FormData()

    async def answer(self) -> Response:
        """What its sender sees next."""
        async with sent_with(self._request) as self._sent:
            return await self._taken()

    async def _taken(self) -> Response:
        draft = read(self._command, self._page.site.forms[self._command], self._sent)
        if not is_ours(self._request, self._page.visitor, word(self._sent, "form")):
            return await self._again(draft, 409)
        try:
            if uploads_in(self._sent):
                person = person_of(self._page.visitor)
                await transact_of(self._request)(enter, self._page.id, person, self._command)
                draft = await with_uploads(draft, self._sent, self._request, person)
            if draft.faults:
                return await self._again(draft, 422)
            await self._run(draft)
        except Invalid as error:
            field, fault = _FIELDS.get(error.field, ("choice", Fault.NOT_CHOSEN))
            return await self._again(replace(draft, faults={field: fault}), 422)
        except (Refusal, NotRun) as error:
            problem = problem_of(self._request, error)
            if problem.kind.status in _GONE:
                raise
            return await self._again(draft, problem.kind.status, problem)
        return RedirectResponse(f"{self._page.site.base}/c/{self._page.id}?done={slug_of(self._command)}#answer", 303)

    async def _run(self, draft: Draft) -> None:
        person, version = person_of(self._page.visitor), word(self._sent, "version")
        known = key_of(self._request, person.party_id, self._sent, draft.fingerprint)
        read_version = int(version) if version.isascii() and version.isdigit() and len(version) < 16 else None
        asked = asked_by(person, known, read_version if self._command in IF_MATCH else None)

        async def carried_out(tx: Any, asked: Asked) -> Answer:
            seat = await draft.form.run(tx, self._page.id, asked, **draft.arguments())
            return Answer(200, {"id": seat.conversation.id, "version": seat.conversation.sequence})

        await transact_of(self._request).about(self._page.id, person.party_id).once(known, carried_out, asked)

    async def _again(self, draft: Draft, status: int, problem: Problem | None = None) -> Response:
        """The page with what was sent. The key stays, unless it is spent: nothing is ever done twice by accident."""
        return await self._page.answer(draft=draft, status=status, problem=problem, key=key_again(self._sent, problem))
