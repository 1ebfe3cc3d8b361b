"""The sign-in on pages: the shop sends somebody here with a token, and a cookie keeps them; until then it is the shop that signs in."""

from typing import Annotated, Any, cast
from urllib.parse import urlsplit

import structlog
from fastapi import APIRouter, Form, Request, Response
from parley_contracts.problems import INVALID, ROLE_NOT_ALLOWED, TOKEN_INVALID
from starlette.responses import RedirectResponse

from parley_chassis.commands import Answer, CommandKey
from parley_chassis.links import COOKIE_LIFETIME, Links
from parley_chassis.mongo import Transactions
from parley_chassis.pages.site import Site
from parley_chassis.principal import Principal
from parley_chassis.problems import Problem, language_of
from parley_chassis.sessions import Sessions

log = structlog.get_logger(__name__)


def session_pages(site: Site) -> APIRouter:
    """`/session`: how a sign-in begins and ends."""
    routes = APIRouter(include_in_schema=False)

    @routes.post("/session")
    async def begin(request: Request, token: Annotated[str, Form()] = "", return_to: Annotated[str, Form()] = "") -> Response:
        """Take over whom the shop sends, and lead them to the page that they came for."""
        page = site.own(return_to)
        if page is None:
            raise Problem(INVALID, f"`return_to` must be the address of a page, such as {site.public_url}/c/…: send it back as it came.")
        _check_sender(site, request)
        answer = RedirectResponse(site.base + page, 303)
        _keep(answer, site, _sessions(request), await _handed_over(request, token))
        return answer

    @routes.post("/session/end")
    async def end(request: Request, form: Annotated[str, Form()] = "") -> Response:
        """Forget who is signed in, if it is our own page that asks."""
        name = _sessions(request).cookie_name
        cookie = request.cookies.get(name)
        if cookie and not cast(Links, request.app.state.links).is_form_token(form, cookie):
            raise Problem(ROLE_NOT_ALLOWED)
        answer = site.html("signed_out.html", site.reader(language_of(request), market=None))
        if cookie:
            answer.delete_cookie(name, path=site.base or "/", secure=site.secure, httponly=True, samesite="lax")
        return answer

    return routes


def sign_out_of(request: Request) -> str:
    """What the form to sign out carries; nothing where nobody is signed in by a cookie."""
    sessions = _sessions(request)
    cookie = request.cookies.get(sessions.cookie_name)
    return cast(Links, request.app.state.links).form_token(cookie) if cookie and sessions.read(cookie) else ""


def form_of(request: Request, visitor: Principal) -> str:
    """What a form carries to be known for ours; nothing where it needs not to."""
    return cast(Links, request.app.state.links).form_token(visitor.cookie) if visitor.cookie else ""


def is_ours(request: Request, visitor: Principal, form: str) -> bool:
    """Whether our own page sent a form. Nobody else can send a bearer token for somebody; a cookie is sent by any page."""
    if not visitor.cookie:
        return True
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    return cast(Links, request.app.state.links).is_form_token(form, visitor.cookie)


async def _handed_over(request: Request, token: str) -> Principal:
    """Whom the token names. Its use is kept where all replicas see it, and for longer than it is valid."""
    handed = await _sessions(request).hand_over(token)
    key = CommandKey(handed.principal.party_id, "POST /session", handed.token_id, fingerprint="")

    async def used(_: Any) -> Answer:
        return Answer(200, {})

    if (await cast(Transactions[Any], request.app.state.transact).once(key, used)).replayed:
        raise Problem(TOKEN_INVALID, "This token was used before. Sign in at the shop again.")
    return handed.principal


def _check_sender(site: Site, request: Request) -> None:
    """Only the shop's own page hands somebody over: else a stranger could sign people in as themselves, and read what they write."""
    origin = request.headers.get("origin")
    if origin is None or origin in site.senders:
        return
    log.warning("A sign-in did not come from the shop: see `urls.signin` of the market, and let its page send its origin", origin=origin)
    raise Problem(ROLE_NOT_ALLOWED, f"{urlsplit(origin).netloc or origin} is not where `urls.signin` of a market leads.")


def _keep(answer: Response, site: Site, sessions: Sessions, who: Principal) -> None:
    answer.set_cookie(
        sessions.cookie_name,
        sessions.cookie(who),
        max_age=int(COOKIE_LIFETIME.total_seconds()),
        path=site.base or "/",
        secure=site.secure,
        httponly=True,
        samesite="lax",
    )


def _sessions(request: Request) -> Sessions:
    return cast(Sessions, request.app.state.sessions)
