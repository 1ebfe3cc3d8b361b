"""The pages of the response clock: how a seller does, one wait with its evidence, and what the engineer on call watches."""

from pathlib import Path as File
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Path, Request, Response
from parley_chassis.auth import Principal, signed_in
from parley_chassis.mongo import Transactions
from parley_chassis.pages import Site, pages_of_every_site
from parley_chassis.pages.session import sign_out_of
from parley_chassis.problems import language_of

from sla_monitor.asking import sight_of
from sla_monitor.pages.figures import figures_of
from sla_monitor.pages.oncall import on_call_pages
from sla_monitor.pages.waits import explained_of
from sla_monitor.ports import Transaction
from sla_monitor.use_cases.assessing import show_performance
from sla_monitor.use_cases.questions import explain_response

PACKAGE = File(__file__).parents[1]

Visitor = Annotated[Principal, Depends(signed_in(page=True))]


def pages(site: Site) -> APIRouter:
    """All routes of the pages."""
    routes = APIRouter(include_in_schema=False)
    routes.include_router(pages_of_every_site(site))
    routes.include_router(on_call_pages(site))

    @routes.api_route("/sellers/{seller_id}", methods=["GET", "HEAD"])
    async def seller(request: Request, visitor: Visitor, seller_id: Annotated[str, Path(max_length=200)]) -> Response:
        """A seller's figures, what they mean, and what would change it."""
        transact = cast("Transactions[Transaction]", request.app.state.transact)
        performance = await transact(show_performance, sight_of(visitor), seller_id)
        reader = site.reader(language_of(request), market=performance.market)
        figures = figures_of(performance, reader.language, site.gettext(reader.language))
        return site.html("seller.html", reader, sign_out=sign_out_of(request), figures=figures)

    @routes.api_route("/responses/{cycle_id}", methods=["GET", "HEAD"])
    async def wait(request: Request, visitor: Visitor, cycle_id: Annotated[str, Path(max_length=200)]) -> Response:
        """One wait, every event and watermark that moved it, and the policy that judged it. The mail to on-call leads here."""
        transact = cast("Transactions[Transaction]", request.app.state.transact)
        explained = await transact(explain_response, sight_of(visitor), cycle_id)
        reader = site.reader(language_of(request), market=explained.response.market)
        shown = explained_of(explained, reader.language, site.gettext(reader.language))
        on_call = "oncall" in visitor.roles
        return site.html("wait.html", reader, sign_out=sign_out_of(request), wait=shown, on_call=on_call)

    return routes
