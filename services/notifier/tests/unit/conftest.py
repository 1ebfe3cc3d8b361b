"""The application on the desk in memory, and tokens for it."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from notifier.http import REFUSALS, ROUTERS
from notifier.settings import Settings
from parley_chassis.http import http_app
from parley_chassis.links import LinkClaims, Links

KEY = ECKey.generate_key("P-256", {"kid": "test"}, auto_kid=False)


def bearer(role: str, *, markets: tuple[str, ...] = ()) -> dict[str, str]:
    now = datetime.now(UTC)
    claims = {
        "iss": "https://identity.test",
        "aud": "parley",
        "sub": "somebody",
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(hours=2)).timestamp()),
        "roles": role.split("+"),
        "markets": list(markets),
        "scope": "texts stats inlet",
    }
    token = jwt.encode({"alg": "ES256", "kid": "test"}, claims, KEY)
    return {"authorization": f"Bearer {token}"}


def link() -> dict[str, str]:
    return {"authorization": f"Link {Links(['k' * 40]).mint(LinkClaims('c-1', 'anna', 'buyer', datetime.now(UTC)))}"}


@pytest.fixture
def app(tmp_path: Path, desk: Any, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    (tmp_path / "keys").write_text("k" * 40)
    (tmp_path / "jwks.json").write_text(json.dumps(KeySet([KEY]).as_dict(private=False)))
    for name, value in {
        "ENVIRONMENT": "test",
        "MONGODB_URI": "mongodb://nowhere.test",
        "KAFKA_BOOTSTRAP_SERVERS": "nowhere.test:9092",
        "PUBLIC_URL": "http://mails.test",
        "MARKETS_DIR": str(tmp_path),
        "AUTH_ISSUER": "https://identity.test",
        "AUTH_JWKS_FILE": str(tmp_path / "jwks.json"),
        "LINK_KEYS_FILE": str(tmp_path / "keys"),
        "TICKETING_PUBLIC_URL": "http://help.test/tickets",
        "INQUIRIES_PUBLIC_URL": "http://help.test/questions",
        "SLA_MONITOR_PUBLIC_URL": "http://clock.test",
        "SMTP_HOST": "nowhere.test",
    }.items():
        monkeypatch.setenv(name, value)

    async def transact(use_case: Callable[..., Awaitable[Any]], *arguments: Any, **options: Any) -> Any:
        return await use_case(desk, *arguments, **options)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield

    app = http_app(Settings(), title="notifier", routers=ROUTERS, refusals=REFUSALS, lifespan=lifespan)
    app.state.transact, app.state.markets = transact, frozenset({"north", "south"})
    return app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://mails.test") as client:
        yield client


@pytest.fixture
def signed() -> Callable[[str], dict[str, str]]:
    """Headers of somebody: a role, `support of north`, `support+oncall of north`, link or nobody."""

    def headers(who: str) -> dict[str, str]:
        if who == "nobody":
            return {}
        role, _, market = who.partition(" of ")
        return link() if role == "link" else bearer(role, markets=(market,) if market else ())

    return headers
