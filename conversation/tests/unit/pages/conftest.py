"""The pages on doubles, with a clock of the tests, and somebody with a browser."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from parley_chassis.http import http_app
from parley_chassis.links import Links
from parley_chassis.sessions import Sessions
from parley_chassis.settings import PageSettings
from parley_conversation.http import REFUSALS
from parley_conversation.main import largest_body
from parley_conversation.pages import PageMarket, Site, pages, problem_page
from parley_conversation.testing.browsing import Browser
from parley_conversation.testing.builders import NOW
from parley_conversation.testing.doubles import InMemory, InMemoryTransaction
from parley_conversation.testing.issuer import Issuer

MARKET = PageMarket.model_validate(
    {
        "id": "de",
        "name": "Marktplatz",
        "languages": ["de", "en"],
        "time_zone": "Europe/Berlin",
        "imprint": "Marktplatz GmbH",
        "urls": {"signin": "https://shop.example/sign-in", "order": "https://shop.example/orders/{order_id}"},
    }
)
Memory = InMemory[InMemoryTransaction]


@dataclass
class Clock:
    """The time of the links; that of the conversations is the memory's."""

    now: datetime = NOW


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(issuer: Issuer, tmp_path: Path, transact: Memory, clock: Clock) -> Callable[..., FastAPI]:
    """Makes a service with pages and nothing else, for its public address."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield

    def made(public_url: str, name: str = "kernel") -> FastAPI:
        settings = PageSettings(service=name, **issuer.settings(tmp_path, public_url=public_url))
        site = Site(public_url=public_url, markets={"de": MARKET})
        app = http_app(
            settings,
            title="kernel",
            routers=[pages(site)],
            refusals=REFUSALS,
            lifespan=lifespan,
            page=problem_page(site),
            largest_body=largest_body,
        )
        app.state.transact = transact
        app.state.links = Links(["k" * 40], now=lambda: clock.now)
        app.state.sessions = Sessions(settings.shop, settings.auth, ["k" * 40], service=name, address=public_url, now=lambda: clock.now)
        return app

    return made


@pytest.fixture
def app(service: Callable[..., FastAPI]) -> FastAPI:
    return service("https://help.example.com")


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[Browser]:
    """A browser as phones have it: it asks for HTML and keeps cookies."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8", "accept-language": "fr"}
    async with httpx.AsyncClient(transport=transport, base_url="https://help.example.com", headers=headers) as http:
        yield Browser(http, lambda: app.state.links)
