"""`…/reply-templates`: texts that a shop, or support in a market, writes often."""

from dataclasses import replace
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from parley_chassis.checking import checked_first
from parley_chassis.commands import Answer
from parley_chassis.cursors import NEXT, Cursors
from parley_chassis.reference import LOCATION, REPLAYED, with_headers
from pydantic import Field, StringConstraints
from typing_extensions import TypedDict
from uuid_utils import uuid7

from parley_conversation.asking import person_of, transact_of
from parley_conversation.domain.templates import LONGEST_TITLE, MOST_OF_AN_OWNER, Owner, ReplyTemplate
from parley_conversation.http.asking import Asking, Caller, KeyHeader, in_conversation
from parley_conversation.http.bodies import Body, Id, Language, Text
from parley_conversation.use_cases import templates
from parley_conversation.use_cases.entering import Asked

PLACES = Cursors[str]("reply-templates", str)

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_TITLE, pattern=r"^[^\x00-\x1f\x7f]+$")]
TemplateId = Annotated[str, Path(max_length=200)]
Limit = Annotated[int, Query(ge=1, le=MOST_OF_AN_OWNER)]


class Changed(Body):
    """The title by which it is found, the text, and the language that it is written in."""

    title: Title
    text: Text
    language: Language | None = None


class NewTemplate(Changed):
    """The same for a new one. Who works for several shops or markets says for which it is."""

    seller_id: Id | None = None
    market: Id | None = None


class TemplateShown(TypedDict):
    """A reply template: of a shop, or of support in a market."""

    id: str
    title: str
    text: str
    language: str | None
    seller_id: str | None
    market: str | None


class TemplatesListed(TypedDict):
    """A page, the oldest first."""

    items: list[TemplateShown]
    next: Annotated[str | None, Field(description=NEXT)]


def template_routes(path: str) -> APIRouter:
    """All of `…/reply-templates`; ``path`` is what they are below."""
    routes, everything = APIRouter(prefix="/reply-templates"), APIRouter()
    checked = APIRouter(prefix="/reply-templates", route_class=checked_first(_check))
    shown = with_headers(201, LOCATION, REPLAYED)

    @routes.get("", response_model=TemplatesListed, summary="List reply templates")
    async def browse(request: Request, person: Asking, after: Annotated[Any, Depends(PLACES.asked)], limit: Limit = 50) -> Response:
        """Those of your shops, or of support in your markets."""
        found = await transact_of(request)(templates.browse_templates, person, after=after, limit=limit + 1)
        rows, following = PLACES.page(found, limit, lambda each: each.id)
        return JSONResponse({"items": [_shown(each) for each in rows], "next": following})

    @checked.post("", status_code=201, response_model=TemplateShown, responses=shown, summary="Keep a reply template")
    async def keep(request: Request, person: Asking, body: NewTemplate, idempotency_key: KeyHeader = None) -> Response:
        """For your shop, or for support in your market: as many as 200 each."""
        owner = Owner(seller_id=body.seller_id, market=body.market)
        template = ReplyTemplate(id=str(uuid7()), owner=owner, title=body.title, text=body.text, language=body.language)
        return await Caller(request, person, idempotency_key, None).run(body, partial(_kept, path=path), template)

    @checked.put("/{template_id}", response_model=TemplateShown, summary="Change a reply template")
    async def change(request: Request, person: Asking, template_id: TemplateId, body: Changed) -> Response:
        """Whose it is stays."""
        said = {"title": body.title, "text": body.text}
        changing = transact_of(request)(templates.change_template, person, template_id, **said, language=body.language)
        return JSONResponse(_shown(await changing))

    @routes.delete("/{template_id}", status_code=204, summary="Remove a reply template")
    async def remove(request: Request, person: Asking, template_id: TemplateId) -> Response:
        """What was written with it stays."""
        await transact_of(request)(templates.remove_template, person, template_id)
        return Response(status_code=204)

    everything.include_router(routes)
    everything.include_router(checked)
    return everything


async def _check(request: Request) -> None:
    person = person_of(await in_conversation(request))
    await transact_of(request)(templates.check_own, person, request.path_params.get("template_id"))


async def _kept(tx: Any, asked: Asked, template: ReplyTemplate, *, path: str) -> Answer:
    kept = await templates.keep_template(tx, asked.person, replace(template, cause=asked.cause))
    return Answer(201, {**_shown(kept)}, location=f"{path}/reply-templates/{kept.id}")


def _shown(template: ReplyTemplate) -> TemplateShown:
    return {
        "id": template.id,
        "title": template.title,
        "text": template.text,
        "language": template.language,
        "seller_id": template.owner.seller_id,
        "market": template.owner.market,
    }
