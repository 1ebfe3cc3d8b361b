"""The routes of conversations: the lists, one conversation, and the commands."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from parley_chassis.reference import ETAG, with_headers

from parley_conversation.asking import transact_of
from parley_conversation.http import answers
from parley_conversation.http.asking import Asking
from parley_conversation.http.commands import command_routes
from parley_conversation.http.images import image_routes
from parley_conversation.http.judging import judging_routes
from parley_conversation.http.shapes import Listed, StateWord, Whole
from parley_conversation.http.templates import template_routes
from parley_conversation.listing import Chosen, Whose
from parley_conversation.use_cases import reading
from parley_conversation.use_cases.reading import View

Details = Callable[[Any, View], Awaitable[dict[str, Any]]]
"""Reads what a service knows of a conversation beside the conversation itself, for one reader, in the same transaction."""


async def no_details(tx: Any, view: View) -> dict[str, Any]:
    return {}


def conversation_routes(path: str, tag: str, details: Details = no_details, shape: Any = Whole) -> APIRouter:
    """All routes below ``path`` that tickets and inquiries share; opening one is the service's own. ``shape`` has the details, too."""
    routes = APIRouter(prefix=path, tags=[tag])

    routes.include_router(template_routes(path))

    @routes.get("", response_model=Listed, summary="List conversations")
    async def browse(request: Request, person: Asking, chosen: Annotated[Chosen, Query()]) -> Response:
        """Who waits for an answer longest comes first; in the other states the latest."""
        page = await transact_of(request)(
            reading.browse,
            person,
            role=chosen.role,
            state=chosen.state,
            category=chosen.category,
            after=chosen.cursor,
            limit=chosen.limit,
        )
        return JSONResponse(answers.listed(page, chosen))

    @routes.get("/counts", response_model=dict[StateWord, int], summary="Count conversations by state")
    async def count(request: Request, person: Asking, whose: Annotated[Whose, Query()]) -> Response:
        """Each count ends at a thousand."""
        return JSONResponse(await transact_of(request)(reading.count, person, role=whose.role))

    @routes.get("/{conversation_id}", response_model=shape, responses=with_headers(200, ETAG), summary="Read one conversation")
    async def look(request: Request, person: Asking, conversation_id: Annotated[str, Path(max_length=200)]) -> Response:
        """With the messages that you may read, and the commands that are open to you."""

        async def seen(tx: Any) -> Response:
            view = await reading.look(tx, conversation_id, person)
            return answers.shown(view, await details(tx, view))

        return await transact_of(request)(seen)

    routes.include_router(image_routes())
    routes.include_router(command_routes())
    routes.include_router(judging_routes())
    return routes
