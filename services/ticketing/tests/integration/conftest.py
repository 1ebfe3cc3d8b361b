"""Ticketing on a real database, and with a real broker where a test asks for it."""

import textwrap
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from parley_chassis.mongo import Database, close, connect, ensure_indexes
from parley_chassis.mongo.transactions import INDEXES as COMMAND_INDEXES
from parley_conversation.testing.issuer import Issuer
from ticketing.main import create_app
from ticketing.settings import TicketingSettings
from ticketing.store import INDEXES

MARKET = """
    id: de
    name: Marktplatz
    languages: [de, en]
    contact_window: 30d
    question_window: 120d
    served_countries: [DE, AT]
"""


@pytest.fixture
def markets(tmp_path: Path) -> Path:
    folder = tmp_path / "markets"
    folder.mkdir()
    (folder / "de.yaml").write_text(textwrap.dedent(MARKET))
    return folder


@pytest.fixture(params=["motor", "pymongo"])
def driver(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def settings(issuer: Issuer, markets: Path, mongodb_uri: str, database_name: str, driver: str) -> TicketingSettings:
    real: dict[str, Any] = {"mongodb_uri": mongodb_uri, "mongodb_database": database_name, "mongodb_driver": driver}
    return TicketingSettings(**issuer.settings(markets, **real))


@pytest.fixture
async def database(mongodb_uri: str, database_name: str, driver: str) -> AsyncIterator[Database]:
    client = connect(mongodb_uri, driver=driver, app="ticketing-tests")
    await ensure_indexes(client[database_name], (*COMMAND_INDEXES, *INDEXES))
    yield client[database_name]
    await close(client)


@pytest.fixture
async def client(settings: TicketingSettings, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the whole application."""
    app = create_app(settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://help.example.com") as http,
    ):
        yield http
