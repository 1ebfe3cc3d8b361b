"""The pages of inquiries on doubles, and somebody with a browser."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from inquiries.asking import ContextTokens
from inquiries.http import REFUSALS
from inquiries.pages import PACKAGE, question_page
from inquiries.settings import InquiriesSettings
from parley_chassis.http import http_app
from parley_conversation.main import largest_body
from parley_conversation.pages import INQUIRY_BOARDS, PageMarket, Site, pages, problem_page
from parley_conversation.testing.browsing import Browser
from parley_conversation.testing.builders import PARTIES
from parley_conversation.testing.issuer import Issuer

URLS = {"signin": "https://shop.example/sign-in", "seller": "https://shop.example/shops/{seller_id}"}
MARKET = PageMarket.model_validate({"id": "de", "name": "Marktplatz", "languages": ["de", "en"], "urls": URLS})
HOME = "https://ask.example.com"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, issuer: Issuer, shop: Any) -> FastAPI:
    """The pages of inquiries and nothing else."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield

    trusted = {"issuer": shop.issuer, "jwks_file": shop.jwks_file}
    settings = InquiriesSettings(**issuer.settings(tmp_path_factory.mktemp("markets"), shop=trusted, public_url=HOME))
    site = Site(public_url=HOME, markets={"de": MARKET}, packages=[PACKAGE], boards=INQUIRY_BOARDS)
    made = http_app(
        settings,
        title="inquiries",
        routers=[pages(site), question_page(site)],
        refusals=REFUSALS,
        lifespan=lifespan,
        page=problem_page(site),
        largest_body=largest_body,
    )
    made.state.context_tokens = ContextTokens(settings.shop)
    return made


@pytest.fixture
async def browser(site: FastAPI, transact: Any) -> AsyncIterator[Browser]:
    transact.tables["parties"] = {party.id: party for party in PARTIES}
    site.state.transact = transact
    transport = httpx.ASGITransport(site, raise_app_exceptions=False)
    headers = {"accept": "text/html,*/*;q=0.8", "accept-language": "fr-CA, en;q=0.5"}
    async with httpx.AsyncClient(transport=transport, base_url=HOME, headers=headers) as http:
        yield Browser(http, lambda: site.state.links)


@pytest.fixture
def sign_in(site: FastAPI, browser: Browser) -> Callable[..., None]:
    """Gives the browser the cookie of somebody who came from the shop."""
    return partial(browser.sign_in, site.state.sessions)


@pytest.fixture
def form(page: Callable[..., str]) -> Callable[..., str]:
    """The address to which a page of the shop leads."""
    return lambda **claims: f"/questions/new?context={page(**claims)}"
