"""The pages of the engineer on call. Reading changes nothing; ids and times, never a text, a name or an address."""

from typing import Annotated, Any, cast
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from parley_chassis.auth import Principal, signed_in
from parley_chassis.cursors import Cursors
from parley_chassis.mongo import Transactions
from parley_chassis.pages import Site
from parley_chassis.pages.session import sign_out_of
from parley_chassis.problems import language_of

from sla_monitor.domain.responses import Place, Sight, Standing, Wanted
from sla_monitor.domain.words import Side
from sla_monitor.pages import words
from sla_monitor.pages.excuses import excuse_pages
from sla_monitor.pages.overview import SHOWN, overview_of
from sla_monitor.pages.waits import waits_of
from sla_monitor.ports import Transaction
from sla_monitor.use_cases.questions import list_responses
from sla_monitor.use_cases.watching import watch

OVERDUE = Cursors[Place]("overdue on a page", Place)

Engineer = Annotated[Principal, Depends(signed_in("oncall", page=True))]


def on_call_pages(site: Site) -> APIRouter:
    """`/on-call` and what it leads to."""
    routes = APIRouter(include_in_schema=False)
    routes.include_router(excuse_pages(site))

    @routes.api_route("/on-call", methods=["GET", "HEAD"])
    async def overview(request: Request, _: Engineer) -> Response:
        """What is overdue, whether the pipeline itself is healthy, and what to do now."""
        transact = cast("Transactions[Transaction]", request.app.state.transact)
        seen = await transact(watch, limit=SHOWN + 1)
        reader = site.reader(language_of(request), market=None)
        shown = overview_of(seen, reader.language, site.gettext(reader.language))
        return site.html("on_call.html", reader, sign_out=sign_out_of(request), shown=shown)

    @routes.api_route("/on-call/overdue", methods=["GET", "HEAD"])
    async def overdue(
        request: Request,
        _: Engineer,
        after: Annotated[Any, Depends(OVERDUE.asked)],
        owed_by: Side | None = None,
        market: Annotated[str | None, Query(max_length=200)] = None,
    ) -> Response:
        """Overdue answers of a side or a market, the longest first."""
        transact = cast("Transactions[Transaction]", request.app.state.transact)
        wanted = Wanted(standings=(Standing.OVERDUE,), market=market, owed_by=owed_by)
        found = await transact(list_responses, Sight(everything=True), wanted, after=after, limit=SHOWN)
        reader = site.reader(language_of(request), market=None)
        translate = site.gettext(reader.language)
        owed = [translate("owed by %(side)s") % {"side": words.side(translate, owed_by)}] if owed_by else []
        return site.html(
            "overdue.html",
            reader,
            sign_out=sign_out_of(request),
            waits=waits_of(found.responses, found.now, reader.language, translate),
            about=[*([market] if market else []), *owed],
            following=urlencode({**request.query_params, "cursor": OVERDUE.after(found.following)}) if found.following else None,
        )

    return routes
