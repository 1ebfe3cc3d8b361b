"""The identity provider of the local stack: it signs in whoever asks, so it exists nowhere else."""

import time
from pathlib import Path
from typing import Any

from joserfc import jwt

from parley_local.keys import signing_key
from parley_local.people import claims_of

ISSUER = "parley-local"
AUDIENCE = "parley"
SESSION_AUDIENCE = "parley-session"
_LIFETIME = 12 * 60 * 60
_ALGORITHM = "ES256"


def token(folder: Path, who: str) -> str:
    """A bearer token of a demo person for the API."""
    return signed(folder, {**claims_of(who), "aud": AUDIENCE}, lifetime=_LIFETIME)


def signed(folder: Path, claims: dict[str, Any], *, lifetime: int) -> str:
    """A token with these claims, valid from now on."""
    key, now = signing_key(folder, ISSUER), int(time.time())
    header = {"alg": _ALGORITHM, "kid": key.kid, "typ": "JWT"}
    return jwt.encode(header, {"iss": ISSUER, "iat": now, "exp": now + lifetime, **claims}, key, algorithms=[_ALGORITHM])
