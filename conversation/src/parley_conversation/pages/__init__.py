"""The pages of conversations, the same for tickets and inquiries: plain HTML forms that need no JavaScript."""

from fastapi import APIRouter, Request, Response
from parley_chassis.problems import Problem
from parley_contracts.problems import NOT_FOUND

from parley_conversation.pages.conversation import conversation_page
from parley_conversation.pages.links import link_pages
from parley_conversation.pages.market import PageMarket
from parley_conversation.pages.problems import problem_page
from parley_conversation.pages.session import session_pages
from parley_conversation.pages.site import Site

__all__ = ["PageMarket", "Site", "pages", "problem_page"]

_FOR_EVER = {"content-type": "text/css; charset=utf-8", "cache-control": "public, max-age=31536000, immutable"}


def pages(site: Site) -> APIRouter:
    """All routes of the pages."""
    routes = APIRouter(include_in_schema=False)
    routes.include_router(link_pages(site))
    routes.include_router(session_pages(site))
    routes.include_router(conversation_page(site))

    @routes.get("/assets/{digest}/{name}")
    async def asset(request: Request, digest: str, name: str) -> Response:
        """A style sheet, under the address that its content gives it."""
        found = site.assets.get(name)
        if found is None or found.path != f"/assets/{digest}/{name}":
            raise Problem(NOT_FOUND)
        return Response(found.content, headers=_FOR_EVER)

    return routes
