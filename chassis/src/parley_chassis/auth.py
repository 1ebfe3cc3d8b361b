"""Who somebody is: bearer tokens of the identity provider, sign-ins that the shop handed over, and direct links."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Any, cast

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPBearer
from parley_contracts.problems import LINK_EXPIRED, ROLE_NOT_ALLOWED, SIGN_IN_NEEDED, TOKEN_EXPIRED, TOKEN_INVALID

from parley_chassis.keys import KeySet
from parley_chassis.links import LinkExpired, LinkInvalid, Links
from parley_chassis.principal import Principal, principal_of
from parley_chassis.problems import Problem
from parley_chassis.sessions import Sessions
from parley_chassis.settings import AuthSettings
from parley_chassis.tokens import TokenExpired, TokenInvalid, Tokens

__all__ = ["Authenticator", "Principal", "signed_in", "signed_in_or_link", "signed_in_or_nobody"]

_REMEMBERED = 4096
_REMEMBERED_SECONDS = 60


class Authenticator:
    """Checks bearer tokens. It asks the provider for its keys when the first token comes, not before."""

    def __init__(
        self, settings: AuthSettings, *, keys: KeySet | None = None, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._settings = settings
        self._tokens = Tokens(settings, settings.audience, needs=("sub",), keys=keys, now=now)
        self._now = now
        self._seen: OrderedDict[bytes, tuple[float, Principal]] = OrderedDict()

    async def from_bearer(self, token: str) -> Principal:
        """The principal of a token; a Problem (token-expired, token-invalid) where it is not good."""
        digest, now = sha256(token.encode(errors="replace")).digest(), self._now().timestamp()
        until, known = self._seen.get(digest, (0.0, None))
        if known is not None and now < until:
            return known
        try:
            claims = await self._tokens.claims(token)
            principal = principal_of(claims, self._settings)
        except TokenExpired:
            raise _refused(TOKEN_EXPIRED, "expired") from None
        except TokenInvalid:
            raise _refused(TOKEN_INVALID, "invalid") from None
        # A signature costs as much as the rest of a request: a token that was good is believed again for a minute.
        self._seen[digest] = (min(claims["exp"], now + _REMEMBERED_SECONDS), principal)
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return principal


Bearer = Annotated[object, Depends(HTTPBearer(scheme_name="bearer", description="A token of the identity provider", auto_error=False))]
Link = Annotated[
    object,
    Depends(
        APIKeyHeader(
            name="Authorization",
            scheme_name="link",
            description="`Link <token>`: the token of a direct link, for its one conversation",
            auto_error=False,
        )
    ),
]
"""What the OpenAPI document says of a route; who asks is found out below."""

Dependency = Callable[..., Awaitable[Principal]]


def signed_in(*roles: str, scope: str | None = None, page: bool = False) -> Dependency:
    """A route's dependency: a bearer token, with one of the roles (any, if none is named) and the scope. A ``page`` takes a cookie, too."""

    async def principal(request: Request, _: Bearer = None) -> Principal:
        found = await _from_header(request) or (_from_session(request) if page else None)
        if found is None and _authorization(request)[0] == "link":
            raise Problem(ROLE_NOT_ALLOWED, "A direct link opens one conversation and nothing else. Sign in.")
        if found is None:
            raise Problem(SIGN_IN_NEEDED, "Send a token: Authorization: Bearer …")
        return _allowed(found, roles, scope)

    return principal


def signed_in_or_link(*roles: str, cookie: str | None = None) -> Dependency:
    """The same, where a direct link does too: `Authorization: Link <token>`. A sign-in beats a link.

    A page names its link's ``cookie``; there the sign-in may be a cookie, too. The API takes none, so no other page can use it.
    """

    async def principal(request: Request, _: Bearer = None, __: Link = None) -> Principal:
        found = await _from_header(request) or (_from_session(request) if cookie else None) or _from_link(request, cookie)
        if found is None:
            raise Problem(SIGN_IN_NEEDED, "Send a token (Authorization: Bearer …) or open the link of your mail again.")
        return _allowed(found, roles, None)

    return principal


def signed_in_or_nobody(*roles: str, page: bool = False) -> Callable[..., Awaitable[Principal | None]]:
    """A route's dependency where nobody needs to sign in: None without a bearer token. One that is sent must be good.

    A ``page`` takes a cookie, too.
    """

    async def principal(request: Request, _: Bearer = None) -> Principal | None:
        found = await _from_header(request) or (_from_session(request) if page else None)
        return _allowed(found, roles, None) if found else None

    return principal


async def _from_header(request: Request) -> Principal | None:
    scheme, token = _authorization(request)
    if scheme != "bearer":
        return None
    authenticator = cast(Authenticator, request.app.state.authenticator)
    principal = await authenticator.from_bearer(token)
    request.state.language = principal.language
    return principal


def _from_session(request: Request) -> Principal | None:
    sessions = cast(Sessions, request.app.state.sessions)
    value = request.cookies.get(sessions.cookie_name)
    principal = sessions.read(value) if value else None
    if principal:
        request.state.language = principal.language
    return principal


def _from_link(request: Request, cookie: str | None) -> Principal | None:
    links = cast(Links, request.app.state.links)
    scheme, token = _authorization(request)
    value = request.cookies.get(cookie) if cookie else None
    try:
        if scheme == "link":
            claims, value = links.read(token), None
        elif value:
            claims = links.read_cookie(value)
        else:
            return None
    except LinkExpired:
        raise Problem(LINK_EXPIRED, "Open the newest mail, or ask for a new link.") from None
    except LinkInvalid:
        raise _refused(TOKEN_INVALID, "invalid") from None
    return Principal(party_id=claims.party_id, role=claims.role, roles=frozenset({claims.role}), link=claims, cookie=value or "")


def _authorization(request: Request) -> tuple[str, str]:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return scheme.lower(), token.strip()


def _allowed(principal: Principal, roles: tuple[str, ...], scope: str | None) -> Principal:
    if roles and not principal.roles & set(roles):
        raise Problem(ROLE_NOT_ALLOWED)
    if scope is not None and scope not in principal.scopes:
        raise Problem(ROLE_NOT_ALLOWED, f"The token needs the scope {scope}.")
    return principal


def _refused(kind: Any, why: str) -> Problem:
    return Problem(kind, headers={"www-authenticate": f'Bearer error="invalid_token", error_description="{why}"'})
