"""The pages of reply templates: what a shop, or support in a market, writes often; kept, changed and removed by forms."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from parley_chassis.auth import Principal, signed_in
from parley_chassis.commands import Answer, NotRun
from parley_chassis.pages.session import form_of, is_ours, sign_out_of
from parley_chassis.problems import Problem, problem_of
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse
from uuid_utils import uuid7

from parley_conversation.asking import person_of, transact_of
from parley_conversation.domain.people import Person
from parley_conversation.domain.refusals import Invalid, Refusal
from parley_conversation.domain.templates import ReplyTemplate, owners_of
from parley_conversation.pages import words
from parley_conversation.pages.forms import Fault, word
from parley_conversation.pages.sending import key_again, key_of
from parley_conversation.pages.shelf import Draft, draft_of, read, shown_of
from parley_conversation.pages.site import Site
from parley_conversation.pages.ways import TEMPLATES, ways
from parley_conversation.use_cases import templates
from parley_conversation.use_cases.shelf import show_shelf

_FAULTS = {"title": ("title", Fault.TOO_MANY_TEMPLATES), "seller_id": ("owner", Fault.NOT_CHOSEN)}
"""Where a person sees what the rules say of a field."""

_GONE = (401, 403, 404)

Id = Annotated[str, Path(max_length=200)]
Run = Callable[[Any, Person, str, Draft], Awaitable[Answer]]
Visitor = Annotated[Principal, Depends(signed_in("seller", "support", page=True))]


def template_pages(site: Site) -> APIRouter:
    """`/reply-templates`."""
    routes = APIRouter(include_in_schema=False)

    @routes.api_route(TEMPLATES, methods=["GET", "HEAD"])
    async def browse(request: Request, visitor: Visitor, done: str = "") -> Response:
        """All of one's own, and the form of a new one."""
        return await _Page(site, request, visitor).answer(done=done)

    @routes.post(TEMPLATES)
    async def keep(request: Request, visitor: Visitor) -> Response:
        """Keep a new one."""
        return await _Page(site, request, visitor).sent("saved", _kept, str(uuid7()))

    @routes.api_route(f"{TEMPLATES}/{{template_id}}", methods=["GET", "HEAD"])
    async def look(request: Request, visitor: Visitor, template_id: Id) -> Response:
        """One, with its form."""
        return await _Page(site, request, visitor, template_id).answer()

    @routes.post(f"{TEMPLATES}/{{template_id}}")
    async def change(request: Request, visitor: Visitor, template_id: Id) -> Response:
        """Change one."""
        return await _Page(site, request, visitor, template_id).sent("saved", _changed, template_id)

    @routes.post(f"{TEMPLATES}/{{template_id}}/remove")
    async def remove(request: Request, visitor: Visitor, template_id: Id) -> Response:
        """Remove one; what was written with it stays."""
        return await _Page(site, request, visitor, template_id).sent("removed", _removed, template_id)

    return routes


class _Page:
    """The page of somebody's templates, or of one of them."""

    def __init__(self, site: Site, request: Request, visitor: Principal, id: str = "") -> None:
        self._site, self._request, self._visitor, self._id = site, request, visitor, id
        self._person = person_of(visitor)

    async def answer(
        self,
        *,
        draft: Draft | None = None,
        status: int = 200,
        problem: Problem | None = None,
        key: str | None = None,
        done: str = "",
        once_more: bool = False,
    ) -> Response:
        shelf = await transact_of(self._request)(show_shelf, self._person, self._id or None)
        reader = self._site.reader(shelf.language, market=shelf.market)
        _ = self._site.gettext(reader.language)
        kept = next((draft_of(each) for each in shelf.templates if each.id == self._id), Draft())
        return self._site.html(
            "reply_template.html" if self._id else "reply_templates.html",
            reader,
            status=status,
            id=self._id,
            shelf=shown_of(shelf, (draft or kept).language, reader, self._site.markets, _),
            draft=draft or kept,
            faults={"title": None, "text": None, "owner": None}
            | ({name: words.fault(_, fault) for name, fault in draft.faults.items()} if draft else {}),
            begun=draft is not None,
            done=words.shelved(_, done),
            trouble=words.trouble(_, problem.kind.title(reader.language), problem.kind.name) if problem else None,
            once_more=once_more,
            key=key or str(uuid7()),
            form=form_of(self._request, self._visitor),
            sign_out=sign_out_of(self._request),
            ways=ways(_, self._site.boards, self._person, here=TEMPLATES),
        )

    async def sent(self, done: str, run: Run, id: str) -> Response:
        """Carry out what was sent, once, or show it again with what must be changed."""
        async with self._request.form(max_files=0, max_fields=20) as sent:
            draft = read(sent) if run is not _removed else None
            if not is_ours(self._request, self._visitor, word(sent, "form")):
                return await self.answer(draft=draft, status=409, key=key_again(sent, None), once_more=True)
            if draft and draft.faults:
                return await self.answer(draft=draft, status=422, key=key_again(sent, None))
            return await self._once(done, run, id, draft or Draft(), sent)

    async def _once(self, done: str, run: Run, id: str, draft: Draft, sent: FormData) -> Response:
        key = key_of(self._request, self._person.party_id, sent, draft.fingerprint)
        try:
            await transact_of(self._request).once(key, run, self._person, id, draft)
        except Invalid as error:
            name, fault = _FAULTS[error.field]
            return await self.answer(draft=replace(draft, faults={name: fault}), status=422, key=key_again(sent, None))
        except (Refusal, NotRun) as error:
            problem = problem_of(self._request, error)
            if problem.kind.status in _GONE:
                raise
            shown = draft if run is not _removed else None
            return await self.answer(draft=shown, status=problem.kind.status, problem=problem, key=key_again(sent, problem))
        return RedirectResponse(f"{self._site.base}{TEMPLATES}?done={done}", 303)


async def _kept(tx: Any, person: Person, id: str, draft: Draft) -> Answer:
    owner = draft.owned_by(owners_of(person))
    template = ReplyTemplate(id=id, owner=owner, title=draft.title, text=draft.text, language=draft.language or None)
    return Answer(200, {"id": (await templates.keep_template(tx, person, template)).id})


async def _changed(tx: Any, person: Person, id: str, draft: Draft) -> Answer:
    said = {"title": draft.title, "text": draft.text}
    return Answer(200, {"id": (await templates.change_template(tx, person, id, **said, language=draft.language or None)).id})


async def _removed(tx: Any, person: Person, id: str, _: Draft) -> Answer:
    await templates.remove_template(tx, person, id)
    return Answer(200, {"id": id})
