"""What a browser is shown where there is no page: what happened, and what one can do now."""

from typing import Any
from urllib.parse import quote

from fastapi import Request
from starlette.responses import Response

from parley_chassis.pages.session import sign_out_of
from parley_chassis.pages.site import Reader, Site
from parley_chassis.problems import Page, Problem, language_of, ways_of
from parley_chassis.texts import Translate


def problem_page(site: Site) -> Page:
    """Draws every problem."""

    async def page(request: Request, problem: Problem) -> Response:
        reader = site.reader(language_of(request), market=None)
        told = advice(site.gettext(reader.language), problem.kind.name)
        return drawn(site, request, problem, reader, advice=told, back=address_of(site, request))

    return page


def address_of(site: Site, request: Request) -> str | None:
    """The page that was asked for, or that the form came from, if it stands at the same address."""
    # Not `request.url`: it takes what is escaped in an id, such as #4711, for the end of the path.
    page = quote(request.scope["path"]) + (f"?{request.url.query}" if request.url.query else "")
    return site.own(page) if "GET" in ways_of(request) else None


def drawn(
    site: Site,
    request: Request,
    problem: Problem,
    reader: Reader,
    *,
    advice: str | None,
    back: str | None,
    template: str = "problem.html",
    **more: Any,
) -> Response:
    """The page of a problem; after a sign-in the shop leads ``back``. Where the market is not known, every shop is named."""
    known = [reader.market] if reader.market.id in site.markets else site.markets.values()
    answer = site.html(
        template,
        reader,
        status=problem.kind.status,
        title=problem.kind.title(reader.language),
        advice=advice,
        sign_ins=[(market.name, address) for market in known if (address := site.sign_in(market, back))],
        sign_out=sign_out_of(request),
        offers_sign_in=problem.kind.status in (401, 403, 410),
        **more,
    )
    answer.headers.update(problem.headers)
    return answer


def advice(_: Translate, kind: str) -> str | None:
    """What to do about a problem that any page can have, where its title does not say it."""
    return {
        "unavailable": _("Please try again in a moment."),
        "not-found": _("Perhaps it has moved, or it was not meant for you. Please open the link in your latest e-mail again."),
        "sign-in-needed": _("Please sign in at the shop: it leads you back to this page."),
        "token-invalid": _("Please sign in at the shop again."),
        "role-not-allowed": _("Please sign in at the shop if you should be able to do this."),
        "internal": _("It is not your fault. Please try again in a few minutes."),
    }.get(kind)
