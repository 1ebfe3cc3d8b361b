"""Signed tokens (JWT) of somebody else: one issuer, one audience, the issuer's public keys."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import ExpiredTokenError, JoseError, UnsupportedAlgorithmError
from joserfc.jws import JWSRegistry
from joserfc.jwt import JWTClaimsRegistry

from parley_chassis.keys import KeySet
from parley_chassis.settings import TokenSettings

_LONGEST = 8 * 1024
_TYPES = (None, "JWT", "at+jwt")


class TokenInvalid(Exception):
    """The token was not signed by this issuer for this audience. Why, is not said: that helps only a forger."""


class TokenExpired(TokenInvalid):
    """The token is genuine and too old."""


class _Allowed(JWSRegistry):
    """The allow-list. It does not warn of the name EdDSA, which most providers still give to Ed25519."""

    def get_alg(self, name: str) -> Any:
        if name not in (self.allowed or ()):
            raise UnsupportedAlgorithmError(name)
        return self.algorithms[name]


class Tokens:
    """Checks tokens. It asks the issuer for its keys when the first token comes, not before."""

    def __init__(
        self,
        settings: TokenSettings,
        audience: str,
        *,
        needs: tuple[str, ...] = (),
        keys: KeySet | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._algorithms = _Allowed(algorithms=settings.algorithms, strict_check_header=False)
        self._keys = keys or KeySet.of(settings)
        leeway, seconds = int(settings.leeway.total_seconds()), lambda: int(now().timestamp())
        options: dict[str, Any] = {name: {"essential": True} for name in needs}
        options |= {"iss": {"essential": True, "value": settings.issuer}, "aud": {"essential": True, "value": audience}}
        self._claims = JWTClaimsRegistry(now=seconds, leeway=leeway, **options)
        self._expiry = JWTClaimsRegistry(now=seconds, leeway=leeway, exp={"essential": True})

    async def claims(self, token: str) -> dict[str, Any]:
        """The claims of a good token; raises TokenExpired or TokenInvalid."""
        try:
            claims = await self._verified(token)
            # The age is looked at last: "expired" is said of genuine tokens alone.
            self._claims.validate({name: value for name, value in claims.items() if name != "exp"})
            self._expiry.validate({"exp": claims.get("exp")})
        except ExpiredTokenError:
            raise TokenExpired from None
        except (JoseError, ValueError, TypeError, RecursionError):
            raise TokenInvalid from None
        return claims

    async def _verified(self, token: str) -> dict[str, Any]:
        if len(token) > _LONGEST or not token.isascii():
            raise ValueError("not a token")
        header = jws.extract_compact(token.encode()).headers()
        if header.get("typ") not in _TYPES:
            raise ValueError("another type of token")
        key_id = header.get("kid")
        key = await self._keys.key(key_id if isinstance(key_id, str) else None)
        if key is None or (key_id is not None and not isinstance(key_id, str)):
            raise ValueError("unknown key")
        return jwt.decode(token, key, registry=self._algorithms).claims
