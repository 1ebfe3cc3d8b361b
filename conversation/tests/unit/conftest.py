"""A kernel's HTTP interface on doubles, and people who are signed in or hold a link."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI
from parley_chassis.http import http_app
from parley_chassis.settings import ServiceSettings
from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.turn import Told
from parley_conversation.http import REFUSALS, conversation_routes
from parley_conversation.http.merchant import merchant_routes
from parley_conversation.main import largest_body
from parley_conversation.testing.builders import PARTIES
from parley_conversation.testing.doubles import InMemory, InMemoryTransaction
from parley_conversation.testing.issuer import Issuer
from parley_conversation.use_cases.entering import keep

Client = httpx.AsyncClient
Place = Callable[..., None]


@pytest.fixture
def transact() -> InMemory[InMemoryTransaction]:
    """The runner of use cases on tables in memory, with the usual parties."""
    memory = InMemory(InMemoryTransaction)
    memory.tables["parties"] = {party.id: party for party in PARTIES}
    return memory


@pytest.fixture
def place(transact: InMemory[InMemoryTransaction]) -> Place:
    """Puts conversations into the tables, as they are or as a command leaves them, with its messages."""

    def put(it: Conversation | Told) -> None:
        if isinstance(it, Conversation):
            transact.tables.setdefault("conversations", {})[it.id] = it
        else:
            keep(InMemoryTransaction(transact.tables, transact.now, transact.markets), it, "command:earlier")

    return put


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory, issuer: Issuer) -> FastAPI:
    """The routes that tickets and inquiries share."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield

    settings = ServiceSettings(service="kernel", **issuer.settings(tmp_path_factory.mktemp("markets")))
    routes = [conversation_routes("/v1/tickets", "tickets"), merchant_routes("ticket", "/v1/tickets")]
    return http_app(settings, title="kernel", routers=routes, refusals=REFUSALS, lifespan=lifespan, largest_body=largest_body)


@pytest.fixture
async def client(app: FastAPI, transact: InMemory[InMemoryTransaction]) -> AsyncIterator[Client]:
    app.state.transact = transact
    # A fault of ours must come out as a problem, too, not as an exception in the test's face.
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with Client(transport=transport, base_url="https://help.example.com") as http:
        yield http


@pytest.fixture
def who(issuer: Issuer) -> dict[str, dict[str, str]]:
    """Everybody of the table of routes, each belonging to conversation c-1 as far as their role can."""
    return {
        "nobody": {},
        "link": issuer.link("c-1", "buyer-1", "buyer"),
        "buyer": issuer.bearer("buyer-1", "buyer"),
        "seller": issuer.bearer("member-1", "seller", seller_ids=["seller-1"]),
        "support": issuer.bearer("agent-1", "support", markets=["de"]),
        "oncall": issuer.bearer("engineer", "oncall"),
        "service": issuer.bearer("indexer", "service", scope="inlet texts stats"),
    }
