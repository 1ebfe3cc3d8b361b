"""Who asks: what a sign-in or a direct link says of a person."""

from dataclasses import dataclass, field
from typing import Any

from parley_chassis.links import LinkClaims
from parley_chassis.settings import AuthSettings
from parley_chassis.tokens import TokenInvalid

ROLES = ("support", "oncall", "service", "seller", "buyer")
"""The roles that a token can give; a principal's ``role`` is the first of these that it has."""

_LONGEST_ID = 200


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. Access follows from these claims alone; the role in a conversation comes from the conversation."""

    party_id: str
    role: str
    seller_ids: frozenset[str] = frozenset()
    markets: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    link: LinkClaims | None = None
    language: str | None = None
    roles: frozenset[str] = frozenset()
    cookie: str = field(default="", repr=False)
    """The cookie that says so, if it was one: any page can make a browser send it, so a form must prove that it is ours."""


def principal_of(claims: dict[str, Any], settings: AuthSettings) -> Principal:
    """The person of whom a good token tells; raises TokenInvalid where it names nobody."""
    party_id = claims["sub"]
    if not isinstance(party_id, str) or not 1 <= len(party_id) <= _LONGEST_ID:
        raise TokenInvalid
    roles = _words(claims, settings.roles_claim) & set(ROLES)
    language = _at(claims, settings.language_claim)
    return Principal(
        party_id=party_id,
        # An account of the marketplace without a role of ours is a customer's.
        role=next((role for role in ROLES if role in roles), "buyer"),
        roles=roles or frozenset({"buyer"}),
        seller_ids=_words(claims, settings.seller_ids_claim),
        markets=_words(claims, settings.markets_claim),
        scopes=_words(claims, settings.scopes_claim),
        language=language if isinstance(language, str) else None,
    )


def _at(claims: dict[str, Any], path: str) -> Any:
    """The value at a dotted path; a claim whose very name has dots is found too."""
    if path in claims:
        return claims[path]
    value: Any = claims
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _words(claims: dict[str, Any], path: str) -> frozenset[str]:
    value = _at(claims, path)
    if isinstance(value, str):
        return frozenset(value.replace(",", " ").split())
    return frozenset(each for each in value if isinstance(each, str)) if isinstance(value, list) else frozenset()
