"""The pages of ticketing on doubles, and people with a browser who are signed in."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from io import BytesIO
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from parley_chassis.http import http_app
from parley_conversation.main import largest_body
from parley_conversation.pages import PageMarket, Site, pages, problem_page
from parley_conversation.testing.browsing import Browser
from parley_conversation.testing.issuer import Issuer
from PIL import Image
from ticketing.http import REFUSALS
from ticketing.pages import FORMS, PACKAGE, ticket_pages
from ticketing.settings import TicketingSettings
from ticketing.use_cases.orders import order_on_page

MARKET = PageMarket.model_validate(
    {"id": "de", "name": "Marktplatz", "languages": ["de", "en"], "urls": {"signin": "https://shop.example/sign-in"}}
)
HOME = "https://help.example.com"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, issuer: Issuer) -> FastAPI:
    """The pages of ticketing and nothing else."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield

    settings = TicketingSettings(**issuer.settings(tmp_path_factory.mktemp("markets"), public_url=HOME))
    site = Site(public_url=HOME, markets={"de": MARKET}, packages=[PACKAGE], facts=order_on_page, forms=FORMS)
    return http_app(
        settings,
        title="ticketing",
        routers=[pages(site), ticket_pages(site)],
        refusals=REFUSALS,
        lifespan=lifespan,
        page=problem_page(site),
        largest_body=largest_body,
    )


@pytest.fixture
async def browser(site: FastAPI, transact: Any) -> AsyncIterator[Browser]:
    site.state.transact = transact
    transport = httpx.ASGITransport(site, raise_app_exceptions=False)
    headers = {"accept": "text/html,*/*;q=0.8", "accept-language": "fr"}
    async with httpx.AsyncClient(transport=transport, base_url=HOME, headers=headers) as http:
        yield Browser(http, lambda: site.state.links)


@pytest.fixture
def sign_in(site: FastAPI, browser: Browser) -> Callable[..., None]:
    """Gives the browser the cookie of somebody who came from the shop."""

    return partial(browser.sign_in, site.state.sessions)


@pytest.fixture
def buyer(sign_in: Callable[..., None]) -> None:
    sign_in("buyer-1", "buyer")


@pytest.fixture
def seller(sign_in: Callable[..., None]) -> None:
    sign_in("member-1", "seller", seller_ids=frozenset({"seller-1"}))


@pytest.fixture(scope="session")
def png() -> bytes:
    written = BytesIO()
    Image.new("RGB", (8, 6), "green").save(written, "PNG")
    return written.getvalue()
