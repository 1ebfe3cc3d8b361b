"""A sign-in at the shop: it hands a person over with a token that works once, and a signed cookie keeps them for 8 hours."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from parley_contracts.problems import INVALID, TOKEN_EXPIRED, TOKEN_INVALID

from parley_chassis.links import COOKIE_LIFETIME, LONGEST_TOKEN, LinkInvalid, Signer
from parley_chassis.principal import Principal, principal_of
from parley_chassis.problems import Problem
from parley_chassis.settings import AuthSettings, TokenSettings
from parley_chassis.tokens import TokenExpired, TokenInvalid, Tokens

AUDIENCE = "parley-session"
HAND_OVER = timedelta(seconds=60)
"""How long a token may be valid."""

_LONGEST_ID = 200


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Whom the shop sent, and by which of its tokens."""

    principal: Principal
    token_id: str


class Sessions:
    """Believes one shop. What a person may do stands in its token as it does in the identity provider's; scopes are for programs.

    Token and cookie are for one service: each keeps for itself which tokens were used, and the next one would take it again.
    """

    def __init__(
        self,
        shop: TokenSettings,
        auth: AuthSettings,
        keys: Sequence[str],
        *,
        service: str,
        address: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._tokens = Tokens(shop, AUDIENCE, needs=("sub", "iat", "jti"), now=now)
        self._auth = auth
        self._address = address
        # On one host two services have one jar of cookies, whatever their ports are.
        self.cookie_name = f"parley-session-{service}"
        self._signer = Signer(keys, f"session.{service}")
        self._now = now

    async def hand_over(self, token: str) -> HandedOver:
        """Who comes with this token; a Problem where it is not good. Whether it was used before, the caller knows."""
        try:
            claims = await self._tokens.claims(token)
            if claims["exp"] - claims["iat"] > HAND_OVER.total_seconds():
                raise TokenInvalid
            if self._address not in claims["aud"] or not isinstance(claims["aud"], list):
                raise TokenInvalid
            if not isinstance(claims["jti"], str) or len(claims["jti"]) > _LONGEST_ID:
                raise TokenInvalid
            return HandedOver(principal_of(claims, self._auth), claims["jti"])
        except TokenExpired:
            raise Problem(TOKEN_EXPIRED, "Sign in at the shop again.") from None
        except TokenInvalid:
            needs = f'"aud": ["{AUDIENCE}", "{self._address}"], with sub, iat, jti and at most 60 seconds'
            raise Problem(TOKEN_INVALID, f"The shop signs it for this service: {needs}.") from None

    def cookie(self, principal: Principal) -> str:
        """The value of the cookie that keeps this sign-in from now on for 8 hours."""
        value = self._signer.sign(
            [
                int(self._now().timestamp()),
                principal.party_id,
                principal.role,
                *(sorted(words) for words in (principal.roles, principal.seller_ids, principal.markets)),
                principal.language,
            ]
        )
        if len(value) > LONGEST_TOKEN:
            raise Problem(INVALID, "The token names more shops or markets than a cookie can hold; name fewer.")
        return value

    def read(self, value: str) -> Principal | None:
        """Who is signed in by this cookie; nobody where it is too old or was not made here."""
        try:
            return self._principal(self._signer.read(value), value)
        except LinkInvalid:
            return None

    def _principal(self, payload: list[Any], value: str) -> Principal | None:
        since, party_id, role, roles, seller_ids, markets, language = payload
        if self._now() - datetime.fromtimestamp(since, UTC) >= COOKIE_LIFETIME:
            return None
        return Principal(
            party_id=party_id,
            role=role,
            roles=frozenset(roles),
            seller_ids=frozenset(seller_ids),
            markets=frozenset(markets),
            language=language,
            cookie=value,
        )
