"""The people of the demo marketplace: what the marketplace tells Parley about them, and what their sign-in says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from parley_contracts.marketplace import PartyChanged, PartyKind

from parley_local.problem import CannotRun


@dataclass(frozen=True)
class Person:
    """Somebody who signs in. A member works for a shop; support works for markets."""

    id: str
    name: str
    kind: PartyKind
    market: str
    language: str
    country: str
    shop: str | None = None
    markets: tuple[str, ...] = ()
    domain: str = "example.org"

    @property
    def email(self) -> str:
        return f"{self.id}@{self.domain}"

    def claims(self) -> dict[str, Any]:
        """What the identity provider says of the person."""
        roles = {PartyKind.BUYER: ["buyer"], PartyKind.MEMBER: ["seller"], PartyKind.SUPPORT: ["support", "oncall"]}[self.kind]
        return {
            "sub": self.id,
            "name": self.name,
            "locale": self.language,
            "roles": roles,
            "seller_ids": [self.shop] if self.shop else [],
            "markets": list(self.markets),
        }

    def party(self) -> PartyChanged:
        return PartyChanged(
            id=self.id,
            kind=self.kind,
            seller_id=self.shop,
            display_name=self.name,
            email=self.email,
            language=self.language,
            time_zone="Europe/Berlin",
            market=self.market,
            country=self.country,
        )


@dataclass(frozen=True)
class Shop:
    """A seller: its members are the people who answer."""

    id: str
    name: str
    market: str

    def party(self) -> PartyChanged:
        return PartyChanged(id=self.id, kind=PartyKind.SELLER, display_name=self.name, market=self.market, country="DE")


SHOPS = (
    Shop("holzwerk", "Holzwerk Lindner", "de"),
    Shop("lumen", "Lumen & Co", "fast"),
    Shop("canary-shop", "Canary shop", "canary"),
)

PEOPLE = (
    Person("anna", "Anna Berger", PartyKind.BUYER, "de", "de", "AT"),
    Person("ben", "Ben Carter", PartyKind.BUYER, "fast", "en", "DE"),
    Person("lena", "Lena Lindner", PartyKind.MEMBER, "de", "de", "DE", shop="holzwerk"),
    Person("jonas", "Jonas Weber", PartyKind.MEMBER, "de", "en", "DE", shop="holzwerk"),
    Person("omar", "Omar Haddad", PartyKind.MEMBER, "fast", "en", "DE", shop="lumen"),
    Person("sofia", "Sofia Keller", PartyKind.SUPPORT, "de", "de", "DE", markets=("de", "fast")),
    Person("sam", "Sam Whitlock", PartyKind.SUPPORT, "fast", "en", "IE", markets=("de", "fast")),
    Person("canary", "Canary", PartyKind.BUYER, "canary", "en", "DE"),
    Person("canary-clerk", "Canary clerk", PartyKind.MEMBER, "canary", "en", "DE", shop="canary-shop"),
)

SHOP_SERVICE: Mapping[str, Any] = {"sub": "shop", "roles": ["service"], "scope": "inlet"}
"""The marketplace's own programs, which bring people and orders in."""

CANARY: Mapping[str, Any] = {"sub": "canary", "roles": ["buyer", "support"], "markets": ["canary"]}
"""`parley canary`: it opens tickets in a market of its own, and looks there what became of them."""


def claims_of(who: str) -> dict[str, Any]:
    """The sign-in of a demo person, or of the shop's programs; raises CannotRun for anybody else."""
    known = {person.id: person.claims() for person in PEOPLE} | {"shop": dict(SHOP_SERVICE), "canary": dict(CANARY)}
    if who not in known:
        wrong = f"There is nobody called {who!r} in the demo marketplace" if who else "Say whose token it is to be: make token WHO=anna"
        raise CannotRun(f"{wrong}; there are: {', '.join(known)}.")
    return known[who]
