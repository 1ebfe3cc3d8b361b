"""Direct links: signed tokens that open one conversation for one person, and the cookies they become."""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from itsdangerous import BadData, URLSafeSerializer

LINK_LIFETIME = timedelta(days=30)
COOKIE_LIFETIME = timedelta(hours=8)
SHORTEST_KEY = 32
LONGEST_TOKEN = 3_800
"""Browsers drop a cookie that has, with its name and attributes, more than 4 KiB. A person's id of 200 letters fits, whatever these are."""
_FUTURE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class LinkClaims:
    """Who may open what: one person in one conversation, as of one mail."""

    conversation_id: str
    party_id: str
    role: str
    issued_at: datetime


class LinkInvalid(Exception):
    """The link was not made here, was changed, or its key is gone."""


class LinkExpired(LinkInvalid):
    """The link is genuine and too old."""

    def __init__(self, claims: LinkClaims) -> None:
        super().__init__("the link is older than its lifetime")
        self.claims = claims


def read_keys(path: Path) -> tuple[str, ...]:
    """The signing keys of a file, one a line, newest first; raises ValueError that says what to do."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} cannot be read ({type(error).__name__}); name a file with one key a line, newest first") from None
    keys = tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))
    if not 1 <= len(keys) <= 2:
        raise ValueError(f"{path} holds {len(keys)} keys; it needs one, or two while they are rotated: the newest first, one a line")
    if any(len(key) < SHORTEST_KEY for key in keys):
        raise ValueError(f"{path} holds a key shorter than {SHORTEST_KEY} characters; make one with: openssl rand -hex 32")
    return keys


def _now() -> datetime:
    return datetime.now(UTC)


class Signer:
    """One purpose: the same keys never sign for two."""

    def __init__(self, keys: Sequence[str], purpose: str) -> None:
        self._by_id = {
            hashlib.sha256(key.encode()).hexdigest()[:6]: URLSafeSerializer(
                key, salt=f"parley.{purpose}", signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"}
            )
            for key in keys
        }
        self._newest = next(iter(self._by_id))

    def sign(self, payload: list[Any], key_id: str | None = None) -> str:
        key_id = key_id or self._newest
        return f"{key_id}.{self._by_id[key_id].dumps(payload)}"

    def read(self, token: str) -> list[Any]:
        key_id, _, signed = token.partition(".")
        if key_id not in self._by_id or len(token) > LONGEST_TOKEN:
            raise LinkInvalid("unknown key")
        try:
            payload = self._by_id[key_id].loads(signed)
        except (BadData, ValueError):
            raise LinkInvalid("the signature is wrong") from None
        # Base64 has spare bits at its end: only the one spelling that we write is a token.
        if not isinstance(payload, list) or not hmac.compare_digest(self.sign(payload, key_id).encode(), token.encode()):
            raise LinkInvalid("not the spelling that was signed")
        return payload


class Links:
    """Mints and reads tokens and cookies. The first key signs; every key is accepted."""

    def __init__(self, keys: Sequence[str], *, now: Callable[[], datetime] = _now) -> None:
        self._link = Signer(keys, "link")
        self._cookie = Signer(keys, "link-cookie")
        self._form = Signer(keys, "link-form")
        self._now = now

    @classmethod
    def from_file(cls, path: Path, *, now: Callable[[], datetime] = _now) -> Self:
        return cls(read_keys(path), now=now)

    def mint(self, claims: LinkClaims) -> str:
        """The token of a mail's link; the same claims always give the same token."""
        return self._link.sign(_packed(claims))

    def read(self, token: str) -> LinkClaims:
        """The claims of a link's token; raises LinkExpired (with the claims) or LinkInvalid."""
        return self._aged(_unpacked(self._link.read(token)))

    def cookie(self, claims: LinkClaims) -> str:
        """The value of the cookie that a link is exchanged for; it lives from now on for 8 hours."""
        return self._cookie.sign([*_packed(claims), int(self._now().timestamp())])

    def read_cookie(self, value: str) -> LinkClaims:
        """The claims of a cookie; it is refused where its link would be, and after its own 8 hours."""
        *packed, since = self._cookie.read(value)
        claims = self._aged(_unpacked(packed))
        if self._now() - datetime.fromtimestamp(since, UTC) >= COOKIE_LIFETIME:
            raise LinkExpired(claims)
        return claims

    def form_token(self, cookie: str) -> str:
        """What a form carries so that only our own page, shown to the holder of this cookie, can post it."""
        return self._form.sign([hashlib.sha256(cookie.encode()).hexdigest()])

    def is_form_token(self, token: str, cookie: str) -> bool:
        """Whether the form was shown to the holder of this cookie."""
        try:
            return self._form.read(token) == [hashlib.sha256(cookie.encode()).hexdigest()]
        except LinkInvalid:
            return False

    def _aged(self, claims: LinkClaims) -> LinkClaims:
        age = self._now() - claims.issued_at
        if age < -_FUTURE:
            raise LinkInvalid("issued in the future")
        if age >= LINK_LIFETIME:
            raise LinkExpired(claims)
        return claims


def _packed(claims: LinkClaims) -> list[Any]:
    return [claims.conversation_id, claims.party_id, claims.role, int(claims.issued_at.timestamp())]


def _unpacked(payload: list[Any]) -> LinkClaims:
    match payload:
        case [str(conversation_id), str(party_id), str(role), int(issued)]:
            return LinkClaims(conversation_id, party_id, role, datetime.fromtimestamp(issued, UTC))
    raise LinkInvalid("not the claims of a link")
