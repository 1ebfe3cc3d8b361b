"""The pages that only ticketing has: asking about an order, the order with its notes, and the form for a refund."""

from collections.abc import Mapping
from pathlib import Path

from fastapi import APIRouter
from parley_conversation.domain.cells import Command
from parley_conversation.pages import Site
from parley_conversation.pages.forms import Choice, Form

from ticketing.pages.opening import opening_page
from ticketing.pages.order import order_page
from ticketing.use_cases.refunding import refund

PACKAGE = Path(__file__).parents[1]

FORMS: Mapping[Command, Form] = {Command.REFUND: Form(refund, choice=Choice("line_ids", bool, tuple))}
"""What only the page of a ticket can send."""


def ticket_pages(site: Site) -> APIRouter:
    """All routes of these pages."""
    routes = APIRouter(include_in_schema=False)
    routes.include_router(opening_page(site))
    routes.include_router(order_page(site))
    return routes
