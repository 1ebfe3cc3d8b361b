"""What a direct link opens: it becomes a cookie for one conversation, or the way to a new link."""

from typing import Annotated, cast

from fastapi import APIRouter, Form, Path, Request, Response
from parley_chassis.auth import Principal
from parley_chassis.links import COOKIE_LIFETIME, LinkClaims, LinkExpired, LinkInvalid, Links
from parley_chassis.problems import Problem, language_of
from parley_contracts.problems import LINK_EXPIRED, NOT_FOUND
from starlette.responses import RedirectResponse
from uuid_utils import uuid7

from parley_conversation.asking import MOST_FACTS, person_of, transact_of
from parley_conversation.domain.people import Person
from parley_conversation.pages.conversation import COOKIE
from parley_conversation.pages.site import Site
from parley_conversation.use_cases.links import renew_link

_LONGEST_TOKEN = 1024

Token = Annotated[str, Path(max_length=_LONGEST_TOKEN)]


def link_pages(site: Site) -> APIRouter:
    """`/l/{token}`, and the request for a new one."""
    routes = APIRouter(include_in_schema=False)

    @routes.post("/l/renew")
    async def renew(
        request: Request, link: Annotated[str, Form()] = "", lang: Annotated[str, Form()] = "", market: Annotated[str, Form()] = ""
    ) -> Response:
        """Have a new link mailed to the holder of this one. Whatever comes of it, the answer is the same."""
        claims = claims_of(request, link)
        if claims is not None:
            ids = tuple(str(uuid7()) for _ in range(MOST_FACTS))
            await transact_of(request)(renew_link, claims.conversation_id, holder(claims), cause=f"command:{uuid7()}", event_ids=ids)
        return site.html("link_sent.html", site.reader(lang, language_of(request), market=market))

    @routes.api_route("/l/{token}", methods=["GET", "HEAD"])
    async def open_link(request: Request, token: Token) -> Response:
        """Exchange the link for a cookie and lead to the conversation. Mail scanners may do so as often as they like."""
        links = cast(Links, request.app.state.links)
        try:
            claims = links.read(token)
        except LinkExpired:
            raise Problem(LINK_EXPIRED) from None
        except LinkInvalid:
            raise Problem(NOT_FOUND) from None
        page = f"{site.base}/c/{claims.conversation_id}"
        answer = RedirectResponse(page, 303)
        answer.set_cookie(
            COOKIE,
            links.cookie(claims),
            max_age=int(COOKIE_LIFETIME.total_seconds()),
            path=page,
            secure=site.secure,
            httponly=True,
            samesite="lax",
        )
        return answer

    return routes


def holder(claims: LinkClaims) -> Person:
    """Whose the link is, as the kernel knows people."""
    return person_of(Principal(party_id=claims.party_id, role=claims.role, link=claims))


def claims_of(request: Request, token: str) -> LinkClaims | None:
    """What a genuine link says, however old it is."""
    try:
        return cast(Links, request.app.state.links).read(token)
    except LinkExpired as expired:
        return expired.claims
    except LinkInvalid:
        return None
