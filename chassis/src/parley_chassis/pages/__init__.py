"""Pages for people with a browser: plain HTML that needs no JavaScript, in the reader's language and the market's colours."""

from fastapi import APIRouter, Request, Response
from parley_contracts.problems import NOT_FOUND

from parley_chassis.pages.market import PageMarket
from parley_chassis.pages.parked import parked_pages
from parley_chassis.pages.problems import problem_page
from parley_chassis.pages.session import session_pages
from parley_chassis.pages.site import Reader, Site
from parley_chassis.problems import Problem

__all__ = ["PageMarket", "Reader", "Site", "pages_of_every_site", "problem_page"]

_FOR_EVER = {"content-type": "text/css; charset=utf-8", "cache-control": "public, max-age=31536000, immutable"}


def pages_of_every_site(site: Site) -> APIRouter:
    """The sign-in, what the engineer on call decides, and the style sheets."""
    routes = APIRouter(include_in_schema=False)
    routes.include_router(session_pages(site))
    routes.include_router(parked_pages(site))

    @routes.get("/assets/{digest}/{name}")
    async def asset(request: Request, digest: str, name: str) -> Response:
        """A style sheet, under the address that its content gives it."""
        found = site.assets.get(name)
        if found is None or found.path != f"/assets/{digest}/{name}":
            raise Problem(NOT_FOUND)
        return Response(found.content, headers=_FOR_EVER)

    return routes
