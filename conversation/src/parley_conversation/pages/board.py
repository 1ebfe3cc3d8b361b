"""The board of whoever is signed in: a shop's, support's queue, or what a buyer asked."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from parley_chassis.auth import Principal, signed_in
from parley_chassis.pages.session import sign_out_of

from parley_conversation.asking import person_of, transact_of
from parley_conversation.domain.people import Person
from parley_conversation.listing import Chosen
from parley_conversation.pages.rows import shown_of
from parley_conversation.pages.site import Site
from parley_conversation.pages.ways import BOARD, board_of, ways
from parley_conversation.use_cases.boards import show_board

Visitor = Annotated[Principal, Depends(signed_in("buyer", "seller", "support", page=True))]


def board_page(site: Site) -> APIRouter:
    """`/board`."""
    routes = APIRouter(include_in_schema=False)

    @routes.api_route(BOARD, methods=["GET", "HEAD"])
    async def board(request: Request, visitor: Visitor, chosen: Annotated[Chosen, Query()]) -> Response:
        """What needs an answer first."""
        return await _board(site, request, person_of(visitor), chosen)

    return routes


async def _board(site: Site, request: Request, person: Person, chosen: Chosen) -> Response:
    board = await transact_of(request)(
        show_board,
        person,
        role=chosen.role,
        state=chosen.state,
        category=chosen.category,
        after=chosen.cursor,
        limit=chosen.limit,
    )
    reader = site.reader(board.language, market=board.market)
    _ = site.gettext(reader.language)
    return site.html(
        "board.html",
        reader,
        board=shown_of(board, chosen, site, person, reader, _),
        ways=ways(_, site.boards, person, here=board_of(person, board.role)),
        sign_out=sign_out_of(request),
    )
