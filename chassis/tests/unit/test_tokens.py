"""A token is believed only if its issuer signed it for us, now."""

import hmac
import json
import warnings
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from parley_chassis.auth import Authenticator, Principal
from parley_chassis.problems import Problem
from parley_chassis.settings import AuthSettings

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOW = int(NOON.timestamp())
ISSUER = "https://id.example.com"

ED = OKPKey.generate_key("Ed25519", {"kid": "ed", "use": "sig"})
EC = ECKey.generate_key("P-256", {"kid": "ec"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
STRANGER = OKPKey.generate_key("Ed25519", {"kid": "ed"})
JWKS = {"keys": [key.as_dict(private=False) for key in (ED, EC, RSA)]}
CLAIMS: dict[str, Any] = {"iss": ISSUER, "aud": "parley", "sub": "buyer-1", "iat": NOW, "exp": NOW + 300, "roles": ["buyer"]}


def authenticator(tmp_path: Path, document: Any = None, **settings: Any) -> Authenticator:
    """One that knows the provider's keys, at noon."""
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps(JWKS if document is None else document))
    return Authenticator(AuthSettings(issuer=ISSUER, jwks_file=file, **settings), now=lambda: NOON)


def signed(claims: dict[str, Any] | None = None, *, key: Any = ED, alg: str = "Ed25519", drop: tuple[str, ...] = (), **header: Any) -> str:
    """A token of the provider."""
    whole = {name: value for name, value in {**CLAIMS, **(claims or {})}.items() if name not in drop}
    with warnings.catch_warnings(action="ignore", category=SecurityWarning):  # joserfc frowns upon the older name of Ed25519
        return jwt.encode({"alg": alg, "kid": key.kid, **header}, whole, key, algorithms=[alg])


def raw(header: Any, claims: Any = None, signature: str = "") -> str:
    """A token put together by hand."""
    parts = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, CLAIMS if claims is None else claims)]
    return ".".join([*(urlsafe_b64encode(part).decode().rstrip("=") for part in parts), signature])


@pytest.mark.parametrize(("key", "alg"), [(ED, "EdDSA"), (ED, "Ed25519"), (EC, "ES256"), (RSA, "RS256")])
async def test_a_token_of_the_provider_is_believed(tmp_path: Path, key: Any, alg: str) -> None:
    principal = await authenticator(tmp_path).from_bearer(signed(key=key, alg=alg))

    assert principal == Principal("buyer-1", "buyer", roles=frozenset({"buyer"}))


@pytest.mark.parametrize(("exp", "kind"), [(NOW - 29, None), (NOW - 30, "token-expired"), (NOW - 10**6, "token-expired")])
async def test_an_expired_token_is_said_to_be_expired_after_the_leeway(tmp_path: Path, exp: int, kind: str | None) -> None:
    assert await refusal(authenticator(tmp_path), signed({"exp": exp})) == kind


async def test_expired_is_said_of_genuine_tokens_alone(tmp_path: Path) -> None:
    assert await refusal(authenticator(tmp_path), signed({"aud": "other", "exp": 1})) == "token-invalid"
    assert await refusal(authenticator(tmp_path), signed({"exp": 1}, key=STRANGER)) == "token-invalid"


def hs_with_public_key(key: Any) -> str:
    """HS256 with the public key as the shared secret: the classic confusion."""
    signing = raw({"alg": "HS256", "kid": key.kid}).rstrip(".")
    digest = hmac.digest(key.as_pem(private=False), signing.encode(), "sha256")
    return f"{signing}.{urlsafe_b64encode(digest).decode().rstrip('=')}"


GOOD = signed()
HEAD, BODY, SIGNATURE = GOOD.split(".")

FORGED: dict[str, Callable[[], str]] = {
    "alg none": lambda: raw({"alg": "none", "kid": "ed"}),
    "alg None": lambda: raw({"alg": "None", "kid": "ed"}),
    "alg NoNe": lambda: raw({"alg": "NoNe", "kid": "ed"}, signature=SIGNATURE),
    "alg missing": lambda: raw({"kid": "ed"}, signature=SIGNATURE),
    "alg is a list": lambda: raw({"alg": ["EdDSA"], "kid": "ed"}, signature=SIGNATURE),
    "alg HS256 with the public RSA key": lambda: hs_with_public_key(RSA),
    "alg HS256 with the public Ed25519 key": lambda: hs_with_public_key(ED),
    "alg RS256 with an Ed25519 key": lambda: raw({"alg": "RS256", "kid": "ed"}, signature=SIGNATURE),
    "alg ES256 with an RSA key": lambda: raw({"alg": "ES256", "kid": "rsa"}, signature=SIGNATURE),
    "alg that is not allowed": lambda: signed(key=RSA, alg="PS256"),
    "empty signature": lambda: f"{HEAD}.{BODY}.",
    "no signature": lambda: f"{HEAD}.{BODY}",
    "signature of another token": lambda: f"{HEAD}.{signed({'sub': 'support-1'}).split('.')[1]}.{SIGNATURE}",
    "signature cut": lambda: GOOD[:-8],
    "signed by a stranger under a known key id": lambda: signed(key=STRANGER),
    "key id unknown": lambda: signed(key=ED, kid="nobody"),
    "key id missing where there are several": lambda: raw({"alg": "EdDSA"}, signature=SIGNATURE),
    "key id of a file": lambda: signed(kid="../../../../dev/null"),
    "key id with SQL": lambda: signed(kid="x' UNION SELECT 'key"),
    "key id is a number": lambda: raw({"alg": "EdDSA", "kid": 1}, signature=SIGNATURE),
    "key id is a list": lambda: raw({"alg": "EdDSA", "kid": ["ed"]}, signature=SIGNATURE),
    "own key in the header": lambda: signed(key=STRANGER, jwk=STRANGER.as_dict(private=False)),
    "own key at an address in the header": lambda: signed(key=STRANGER, jku="http://127.0.0.1:1/jwks.json"),
    "own certificate in the header": lambda: signed(key=STRANGER, x5u="http://127.0.0.1:1/cert.pem"),
    "critical extension": lambda: raw({"alg": "EdDSA", "kid": "ed", "crit": ["exp2"], "exp2": 1}, signature=SIGNATURE),
    "payload not encoded": lambda: raw({"alg": "EdDSA", "kid": "ed", "crit": ["b64"], "b64": False}, signature=SIGNATURE),
    "type of another kind": lambda: signed(typ="logout+jwt"),
    "wrong issuer": lambda: signed({"iss": "https://evil.example"}),
    "no issuer": lambda: signed(drop=("iss",)),
    "issuers as a list": lambda: signed({"iss": [ISSUER]}),
    "wrong audience": lambda: signed({"aud": "parley-session"}),
    "no audience": lambda: signed(drop=("aud",)),
    "audience is an object": lambda: signed({"aud": {"parley": 1}}),
    "no expiry": lambda: signed(drop=("exp",)),
    "expiry as text": lambda: signed({"exp": str(NOW + 300)}),
    "expiry is true": lambda: signed({"exp": True}),
    "expiry is not a number": lambda: signed({"exp": float("nan")}),
    "expiry is null": lambda: signed({"exp": None}),
    "issued in the future": lambda: signed({"iat": NOW + 3600}),
    "issued as text": lambda: signed({"iat": "yesterday"}),
    "not yet valid": lambda: signed({"nbf": NOW + 3600}),
    "nobody's": lambda: signed(drop=("sub",)),
    "subject is empty": lambda: signed({"sub": ""}),
    "subject is a number": lambda: signed({"sub": 1}),
    "subject is an object": lambda: signed({"sub": {"$ne": None}}),
    "subject without end": lambda: signed({"sub": "x" * 201}),
    "claims are a list": lambda: raw({"alg": "EdDSA", "kid": "ed"}, [1], SIGNATURE),
    "claims are no JSON": lambda: raw({"alg": "EdDSA", "kid": "ed"}, b"{", SIGNATURE),
    "header is no JSON": lambda: raw(b"{", signature=SIGNATURE),
    "header is a list": lambda: raw([], signature=SIGNATURE),
    "header nested without end": lambda: raw(b"[" * 5000, signature=SIGNATURE),
    "five parts": lambda: f"{GOOD}.a.b",
    "not base64": lambda: f"{HEAD}.{BODY}.%%%",
    "a megabyte": lambda: GOOD + "A" * 2**20,
    "letters beyond ASCII": lambda: GOOD + "é",
    "a line feed": lambda: GOOD + "\n",
    "empty": lambda: "",
    "dots": lambda: "..",
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
async def test_a_forged_token_is_invalid_and_why_is_not_said(tmp_path: Path, forge: Callable[[], str]) -> None:
    assert await refusal(authenticator(tmp_path), forge()) == "token-invalid"


async def test_the_corpus_is_of_forgeries_and_not_of_a_broken_check(tmp_path: Path) -> None:
    assert await refusal(authenticator(tmp_path), GOOD) is None


async def test_a_shared_secret_among_the_published_keys_is_never_used(tmp_path: Path) -> None:
    secret = OctKey.generate_key(256, {"kid": "shared"})
    document = {"keys": [*JWKS["keys"], secret.as_dict(private=True)]}
    token = jwt.encode({"alg": "HS256", "kid": "shared"}, CLAIMS, secret, algorithms=["HS256"])

    assert await refusal(authenticator(tmp_path, document), token) == "token-invalid"


async def test_an_algorithm_can_be_switched_off(tmp_path: Path) -> None:
    asking = authenticator(tmp_path, algorithms=("ES256",))

    assert await refusal(asking, signed()) == "token-invalid"
    assert await refusal(asking, signed(key=EC, alg="ES256")) is None


async def refusal(asking: Authenticator, token: str) -> str | None:
    """The name of the problem that the token makes, or None if it is believed."""
    try:
        await asking.from_bearer(token)
    except Problem as problem:
        return problem.kind.name
    return None
