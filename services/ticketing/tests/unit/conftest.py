"""Ticketing on doubles, and people who are signed in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI
from parley_chassis.http import http_app
from parley_chassis.settings import ServiceSettings
from parley_conversation.testing.builders import PARTIES
from parley_conversation.testing.doubles import InMemory
from parley_conversation.testing.issuer import Issuer
from ticketing.http import REFUSALS, importing_routes, inlet_routes, order_routes, ticket_merchant_routes, ticket_routes
from ticketing.testing import A_MARKET, InMemoryTicketing, an_order


@pytest.fixture
def transact() -> InMemory[InMemoryTicketing]:
    """The runner of use cases on tables in memory, with the usual parties and one order."""
    memory: InMemory[InMemoryTicketing] = InMemory(InMemoryTicketing, markets={"de": A_MARKET})  # type: ignore[arg-type]
    memory.tables = {"parties": {party.id: party for party in PARTIES}, "orders": {"order-1": an_order()}}
    return memory


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory, issuer: Issuer) -> FastAPI:
    """The routes of ticketing."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield

    settings = ServiceSettings(service="ticketing", **issuer.settings(tmp_path_factory.mktemp("markets")))
    routes = [ticket_routes(), ticket_merchant_routes(), order_routes(), inlet_routes(), importing_routes()]
    return http_app(settings, title="ticketing", routers=routes, refusals=REFUSALS, lifespan=lifespan)


@pytest.fixture
async def client(app: FastAPI, transact: InMemory[InMemoryTicketing]) -> AsyncIterator[httpx.AsyncClient]:
    app.state.transact = transact
    # A fault of ours must come out as a problem, too, not as an exception in the test's face.
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://help.example.com") as http:
        yield http
