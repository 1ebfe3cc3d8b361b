"""The HTTP interface of inquiries on tables in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from inquiries.asking import ContextTokens
from inquiries.http import REFUSALS, importing_routes, inquiry_routes
from inquiries.settings import InquiriesSettings
from parley_chassis.http import http_app
from parley_conversation.http.merchant import merchant_routes
from parley_conversation.testing.builders import PARTIES
from parley_conversation.testing.doubles import InMemory
from parley_conversation.testing.issuer import Issuer


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory, issuer: Issuer, shop: Any) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield

    trusted = {"issuer": shop.issuer, "jwks_file": shop.jwks_file}
    settings = InquiriesSettings(**issuer.settings(tmp_path_factory.mktemp("markets"), shop=trusted))
    routes = [inquiry_routes(), merchant_routes("inquiry", "/v1/inquiries"), importing_routes()]
    made = http_app(settings, title="inquiries", routers=routes, refusals=REFUSALS, lifespan=lifespan)
    made.state.context_tokens = ContextTokens(settings.shop)
    return made


@pytest.fixture
async def client(app: FastAPI, transact: InMemory[Any]) -> AsyncIterator[httpx.AsyncClient]:
    transact.tables["parties"] = {party.id: party for party in PARTIES}
    app.state.transact = transact
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://help.example.com") as http:
        yield http
