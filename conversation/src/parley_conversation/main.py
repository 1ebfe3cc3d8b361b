"""Where the parts of a service with conversations meet: the two processes, the same for tickets and inquiries."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI
from parley_chassis.consuming import consume
from parley_chassis.http import http_app
from parley_chassis.loops import Loop, until
from parley_chassis.mongo import Database, Index, Transactions, close, connect, ensure_indexes, transactions
from parley_chassis.mongo.driver import database_now
from parley_chassis.probes import Readiness
from parley_chassis.problems import Becomes, Page
from parley_chassis.relay import Relay
from parley_chassis.service import Worker
from parley_chassis.settings import ServiceSettings
from parley_chassis.subscription import INDEXES as SUBSCRIPTION_INDEXES
from parley_chassis.subscription import Subscription
from parley_contracts.topics import Topic

from parley_conversation.store import UNREACHABLE

Connect = Callable[[Database], Transactions[Any]]
"""Makes the runner of a service's use cases."""


def conversation_app(
    settings: ServiceSettings,
    *,
    title: str,
    routers: Sequence[APIRouter],
    refusals: Mapping[type[Exception], Becomes],
    transactions: Connect,
    page: Page | None = None,
) -> FastAPI:
    """What `serve` runs: commands, lists and pages, from the database alone."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with _database(settings, app.state.readiness) as database:
            app.state.transact = transactions(database)
            yield

    return http_app(settings, title=title, routers=routers, refusals=refusals, lifespan=lifespan, page=page)


def conversation_worker(
    settings: ServiceSettings,
    *,
    source: str,
    publishes: Sequence[Topic],
    transactions: Connect,
    subscription: Callable[[Transactions[Any]], Subscription[Any]],
    indexes: Sequence[Index],
) -> Worker:
    """What `work` runs: the relay, whose first topic carries the watermarks, and the consumer."""

    @asynccontextmanager
    async def opened(readiness: Readiness) -> AsyncIterator[Sequence[Loop]]:
        async with _database(settings, readiness) as database:
            await until("MongoDB", lambda: ensure_indexes(database, (*_INDEXES, *indexes)), failures=UNREACHABLE)
            relay = Relay(database, settings, publishes, publishes[0], source)
            heard = subscription(transactions(database))
            yield [Loop("relay", relay.run), Loop("consumer", lambda: consume(heard, settings))]

    return Worker(opened)


_INDEXES = (*transactions.INDEXES, *SUBSCRIPTION_INDEXES)


@asynccontextmanager
async def _database(settings: ServiceSettings, readiness: Readiness) -> AsyncIterator[Database]:
    client = connect(settings.mongodb_uri.get_secret_value(), driver=settings.mongodb_driver, app=settings.service)
    database = client[settings.mongodb_database]

    async def answers() -> str | None:
        await database_now(database)
        return None

    readiness.add("mongodb", answers)
    try:
        yield database
    finally:
        await close(client)
