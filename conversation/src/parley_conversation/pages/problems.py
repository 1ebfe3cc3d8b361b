"""What a browser is shown where there is no page: what happened, and what one can do now."""

from typing import cast

from fastapi import Request
from parley_chassis.links import LinkClaims, LinkExpired, LinkInvalid, Links
from parley_chassis.pages import Reader, problems
from parley_chassis.pages.problems import address_of, drawn
from parley_chassis.problems import Page, Problem, language_of
from starlette.responses import Response

from parley_conversation.asking import transact_of
from parley_conversation.pages import words
from parley_conversation.pages.conversation import COOKIE
from parley_conversation.pages.links import claims_of, holder
from parley_conversation.pages.site import Site
from parley_conversation.use_cases.showing import holder_of


def problem_page(site: Site) -> Page:
    """Draws every problem. An old or revoked link can be replaced there."""

    async def page(request: Request, problem: Problem) -> Response:
        claims = _claims(request)
        id = request.path_params.get("conversation_id") or (claims and claims.conversation_id)
        reader = await _reader(site, request, claims, problem)
        advice = words.advice if id else problems.advice
        renewable = claims if problem.kind.name == "link-expired" else None
        return drawn(
            site,
            request,
            problem,
            reader,
            advice=advice(site.gettext(reader.language), problem.kind.name),
            back=site.own(f"/c/{id}") if id else address_of(site, request),
            template="problem_of_conversation.html",
            # The claims of a link always give the link again.
            link=cast(Links, request.app.state.links).mint(renewable) if renewable else None,
        )

    return page


async def _reader(site: Site, request: Request, claims: LinkClaims | None, problem: Problem) -> Reader:
    """For whom the page is. Where something of ours is broken, the database is not asked."""
    if claims is None or problem.kind.status >= 500:
        return site.reader(language_of(request), market=None)
    found = await transact_of(request)(holder_of, claims.conversation_id, holder(claims))
    return site.reader(found.language, language_of(request), market=found.market)


def _claims(request: Request) -> LinkClaims | None:
    """What the link says that was followed, or that the cookie came from, however old it is."""
    if isinstance(followed := request.path_params.get("token"), str):
        return claims_of(request, followed)
    try:
        return cast(Links, request.app.state.links).read_cookie(request.cookies.get(COOKIE, ""))
    except LinkExpired as expired:
        return expired.claims
    except LinkInvalid:
        return None
