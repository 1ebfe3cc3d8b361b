"""Somebody who asks the monitor over HTTP: tokens of each role, and a client of the real application on memory."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import time
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import OKPKey

from sla_monitor.main import create_app
from sla_monitor.settings import Settings
from sla_monitor.testing.memory import MemoryMonitor

ISSUER = "https://id.example.com"
KEY = OKPKey.generate_key("Ed25519", {"kid": "test", "use": "sig"})
MARKET = """
id: de
name: Marktplatz
languages: [de, en]
response: {policy: standard, version: 1, target: 48h, support_target: 24h}
urls: {signin: https://shop.example/sign-in}
"""


def bearer(*roles: str, lives: int = 86_400, **claims: Any) -> dict[str, str]:
    """The header of a token."""
    return {"authorization": f"Bearer {token(*roles, lives=lives, **claims)}"}


def token(*roles: str, lives: int, **claims: Any) -> str:
    """What the identity provider, or the shop, signs about somebody."""
    whole = {"iss": ISSUER, "aud": "parley", "sub": "party-1", "exp": int(time()) + lives, "roles": list(roles), **claims}
    return jwt.encode({"alg": "Ed25519", "kid": "test"}, whole, KEY, algorithms=["Ed25519"])


SELLER = bearer("seller", seller_ids=["seller-1"])
SUPPORT = bearer("support", markets=["de"])
ONCALL = bearer("oncall")
STATS = bearer("service", scope="stats other")


@asynccontextmanager
async def asking(monitor: MemoryMonitor, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Ask the application whose database is this memory."""
    (folder / "jwks.json").write_text(json.dumps({"keys": [KEY.as_dict(private=False)]}))
    (folder / "link-keys").write_text("dev-" + "k" * 40)
    (folder / "de.yaml").write_text(MARKET)
    settings = Settings(
        environment="test",
        mongodb_uri="mongodb://127.0.0.1:1/",
        kafka_bootstrap_servers="127.0.0.1:1",
        public_url="https://clock.example.com",
        markets_dir=folder,
        auth={"issuer": ISSUER, "jwks_file": folder / "jwks.json"},
        shop={"issuer": ISSUER, "jwks_file": folder / "jwks.json"},
        link_keys_file=folder / "link-keys",
    )
    app = create_app(settings)
    app.state.transact = monitor
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://clock.example.com") as client:
        yield client
