"""Who signs in the local stack: an identity provider that signs in whoever asks, and the demo shop. They exist nowhere else."""

import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from joserfc import jwt

from parley_local.keys import signing_key
from parley_local.people import claims_of

ISSUER = "parley-local"
AUDIENCE = "parley"
SHOP = "demo-shop"
CONTEXT_AUDIENCE = "parley-context"
SESSION_AUDIENCE = "parley-session"
_MINUTE = 60
_DAY = 24 * 60 * 60
_ALGORITHM = "ES256"


def token(folder: Path, who: str) -> str:
    """A bearer token of a demo person for the API."""
    return sign_in(folder, claims_of(who))


def sign_in(folder: Path, claims: Mapping[str, Any]) -> str:
    """A bearer token that says this of somebody."""
    return _signed(folder, ISSUER, {**claims, "aud": AUDIENCE}, lifetime=_DAY)


def context(folder: Path, page: Mapping[str, str]) -> str:
    """What the shop's page says about itself: seller_id, market, and on a product's page product_id, product_title and url."""
    return _signed(folder, SHOP, {**page, "aud": CONTEXT_AUDIENCE}, lifetime=_DAY)


def hand_over(folder: Path, claims: Mapping[str, Any], service: str) -> str:
    """What the shop sends with somebody who has signed in with it: for one service, one use and one minute."""
    once = {"jti": str(uuid.uuid4()), "aud": [SESSION_AUDIENCE, service]}
    return _signed(folder, SHOP, {**claims, **once}, lifetime=_MINUTE)


def _signed(folder: Path, issuer: str, claims: Mapping[str, Any], *, lifetime: int) -> str:
    key, now = signing_key(folder, issuer), int(time.time())
    header = {"alg": _ALGORITHM, "kid": key.kid, "typ": "JWT"}
    return jwt.encode(header, {"iss": issuer, "iat": now, "exp": now + lifetime, **claims}, key, algorithms=[_ALGORITHM])
