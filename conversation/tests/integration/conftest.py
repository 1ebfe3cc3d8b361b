"""The kernel's ports three times: in memory, and on a real database with each of the two drivers."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any

import pytest
from parley_chassis.mongo import Database, Transactions, Unit, close, connect, ensure_indexes
from parley_chassis.mongo.transactions import INDEXES as COMMAND_INDEXES
from parley_contracts import ticketing
from parley_contracts.envelope import Envelope
from parley_contracts.topics import TICKETS
from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.facts import Fact
from parley_conversation.domain.market import MarketRules
from parley_conversation.publishing import enveloped, repeated
from parley_conversation.store import INDEXES, MongoTransaction, Writers
from parley_conversation.testing.doubles import A_MARKET, InMemory, InMemoryTransaction

MARKETS: Mapping[str, MarketRules] = {"de": A_MARKET}


def published(conversation: Conversation, fact: Fact, cause: str) -> Envelope:
    """One kind of event for all: these tests look at places, not at contents."""
    event = ticketing.TicketAcknowledged(**repeated(conversation, fact))
    return enveloped(event, conversation, fact, source=ticketing.SOURCE, cause=cause)


class KernelTransaction(MongoTransaction):
    """The kernel on its own."""

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit, markets=MARKETS, writers=Writers(), publish=published, topic=TICKETS)

    async def in_contact_window(self, conversation: Conversation, at: datetime) -> bool:
        return True


@pytest.fixture
async def database(mongodb_uri: str, database_name: str, driver: str) -> AsyncIterator[Database]:
    client = connect(mongodb_uri, driver=driver, app="kernel")
    database = client[database_name]
    await ensure_indexes(database, (*COMMAND_INDEXES, *INDEXES))
    yield database
    await close(client)


@pytest.fixture(params=["motor", "pymongo"])
def driver(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def on_mongodb(database: Database) -> Transactions[KernelTransaction]:
    """The runner on a real database."""
    return Transactions(database, KernelTransaction, prefetch=KernelTransaction.prefetch)


@pytest.fixture(params=["memory", "motor", "pymongo"])
async def transact(request: pytest.FixtureRequest, mongodb_uri: str, database_name: str) -> AsyncIterator[Any]:
    """The runner on each of the three."""
    if request.param == "memory":
        yield InMemory(InMemoryTransaction)
        return
    client = connect(mongodb_uri, driver=request.param, app="kernel")
    await ensure_indexes(client[database_name], INDEXES)
    yield Transactions(client[database_name], KernelTransaction)
    await close(client)
