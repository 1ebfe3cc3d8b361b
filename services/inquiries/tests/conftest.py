"""Inquiries on tables in memory, and the shop that signs its pages."""

import json
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from inquiries.domain.guests import Guest
from inquiries.domain.limits import GuestLimits
from joserfc import jwt
from joserfc.jwk import ECKey
from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.limits import Tally
from parley_conversation.domain.market import MarketRules
from parley_conversation.testing.doubles import InMemory, InMemoryTransaction, Tables


class InMemoryGuests:
    """What would be published on the restricted topic."""

    def __init__(self, rows: dict[Any, Any]) -> None:
        self._rows: dict[str, tuple[Guest, Conversation] | tuple[datetime, str]] = rows

    def register(self, guest: Guest, inquiry: Conversation) -> None:
        self._rows[guest.id] = (guest, inquiry)

    async def forget(self, inquiry: Conversation, at: datetime, cause: str) -> None:
        self._rows[inquiry.buyer.id] = (at, cause)


class InMemoryTallies:
    """How often guests asked."""

    def __init__(self, rows: dict[Any, Any]) -> None:
        self._rows: dict[str, Tally] = rows

    async def get(self, of: str) -> Tally:
        return self._rows.get(of) or Tally(of)

    def put(self, tally: Tally) -> None:
        self._rows[tally.of] = tally


class InMemoryInquiries(InMemoryTransaction):
    guest_limits = GuestLimits(per_address=3, per_page=5)

    def __init__(self, tables: Tables, now: datetime, markets: Mapping[str, MarketRules]) -> None:
        super().__init__(tables, now, markets)
        self.guests = InMemoryGuests(self.table("guests"))
        self.tallies = InMemoryTallies(self.table("tallies"))


@pytest.fixture
def transact() -> InMemory[InMemoryInquiries]:
    return InMemory(InMemoryInquiries)


SHOP = "https://shop.example"


class Signer:
    """An issuer of tokens with its key; its public half stands in a file."""

    def __init__(self, folder: Path, issuer: str) -> None:
        self.issuer = issuer
        self._key = ECKey.generate_key("P-256", {"kid": f"key of {issuer}", "use": "sig"})
        self.jwks_file = folder / f"{issuer.split('//')[1]}.json"
        self.jwks_file.write_text(json.dumps({"keys": [self._key.as_dict(private=False)]}))

    def token(self, audience: str, *, lifetime: float = 3600, issued: float = 0, **claims: Any) -> str:
        """A token; a claim that is None is left out."""
        now = int(time.time() + issued)
        named = {"iss": self.issuer, "aud": audience, "iat": now, "exp": now + int(lifetime), **claims}
        payload = {name: value for name, value in named.items() if value is not None}
        return jwt.encode({"alg": "ES256", "kid": self._key.kid}, payload, self._key, algorithms=["ES256"])


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return Signer(tmp_path_factory.mktemp("shop"), SHOP)


@pytest.fixture
def page(shop: Signer) -> Callable[..., str]:
    """The context token of a product page, or of what the claims say."""

    def signed(**changes: Any) -> str:
        claims = {
            "seller_id": "seller-1",
            "market": "de",
            "url": "https://shop.example/lamp",
            "product_id": "product-1",
            "product_title": "Desk lamp",
            **changes,
        }
        return shop.token(claims.pop("aud", "parley-context"), **claims)

    return signed
