"""The pages of conversations and their boards, the same for tickets and inquiries: plain HTML forms that need no JavaScript."""

from fastapi import APIRouter
from parley_chassis.pages import PageMarket, pages_of_every_site

from parley_conversation.pages.board import board_page
from parley_conversation.pages.conversation import conversation_page
from parley_conversation.pages.links import link_pages
from parley_conversation.pages.problems import problem_page
from parley_conversation.pages.site import Site
from parley_conversation.pages.templates import template_pages
from parley_conversation.pages.ways import INQUIRY_BOARDS, TICKET_BOARDS

__all__ = ["INQUIRY_BOARDS", "TICKET_BOARDS", "PageMarket", "Site", "pages", "problem_page"]


def pages(site: Site) -> APIRouter:
    """All routes of the pages."""
    routes = APIRouter(include_in_schema=False)
    routes.include_router(link_pages(site))
    routes.include_router(pages_of_every_site(site))
    routes.include_router(conversation_page(site))
    routes.include_router(board_page(site))
    routes.include_router(template_pages(site))
    return routes
