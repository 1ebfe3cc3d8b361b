"""Where the parts of a service with conversations meet: the two processes, the same for tickets and inquiries."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import structlog
from fastapi import APIRouter, FastAPI
from parley_chassis import oncall, telemetry
from parley_chassis.commands import NotRun
from parley_chassis.consuming import consume
from parley_chassis.database import own_database, prepare
from parley_chassis.http import LARGEST_BODY, http_app
from parley_chassis.loops import Loop, every
from parley_chassis.mongo import Database, Index, Transactions
from parley_chassis.probes import Readiness
from parley_chassis.problems import Becomes, Page
from parley_chassis.relay import Relay
from parley_chassis.service import Worker
from parley_chassis.settings import PageSettings, ServiceSettings
from parley_chassis.subscription import INDEXES as SUBSCRIPTION_INDEXES
from parley_chassis.subscription import Subscription
from parley_contracts.topics import Topic

from parley_conversation.consumers import Erasures
from parley_conversation.domain.images import MOST_OF_A_MESSAGE
from parley_conversation.drawing import LARGEST_UPLOAD
from parley_conversation.use_cases.images import remove_unused

REMOVE_EVERY = 600.0
REMOVED = telemetry.counter("parley_conversations_removed_total", "Conversations that were closed for longer than their market keeps them")

log = structlog.get_logger(__name__)

Connect = Callable[[Database], Transactions[Any]]
"""Makes the runner of a service's use cases."""


def conversation_app(
    settings: PageSettings,
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
        async with own_database(settings, app.state.readiness) as database:
            app.state.transact = transactions(database)
            yield

    return http_app(
        settings, title=title, routers=[*routers, oncall.router], refusals=refusals, lifespan=lifespan, page=page, largest_body=largest_body
    )


def largest_body(path: str) -> int:
    """Images are large: one that is uploaded, or those of a message that is sent from a page, which ends with `/new` if it is the first."""
    if path.startswith("/c/") or (path.endswith("/new") and not path.startswith(("/v1/", "/api/"))):
        return MOST_OF_A_MESSAGE * LARGEST_UPLOAD + LARGEST_BODY
    return LARGEST_UPLOAD if path.endswith("/attachments") else LARGEST_BODY


def conversation_worker(
    settings: ServiceSettings,
    *,
    source: str,
    publishes: Sequence[Topic],
    transactions: Connect,
    subscription: Callable[[Transactions[Any]], Subscription[Any]],
    erasures: Erasures,
    remove: Callable[[Any], Awaitable[Sequence[object]]],
    indexes: Sequence[Index],
) -> Worker:
    """What `work` runs: the relay, whose first topic carries the watermarks, the consumer, and what cleans up now and then.

    ``remove`` takes some away and says which.
    """

    @asynccontextmanager
    async def opened(readiness: Readiness) -> AsyncIterator[Sequence[Loop]]:
        async with own_database(settings, readiness) as database:
            await prepare(database, (*SUBSCRIPTION_INDEXES, *indexes))
            relay = Relay(database, settings, publishes, publishes[0], source)
            transact = transactions(database)
            heard = subscription(transact)
            yield [
                Loop("relay", relay.run),
                Loop("consumer", lambda: consume(heard, settings, readiness)),
                every(REMOVE_EVERY, lambda: _remove_all(transact, remove), name="retention", transient=(NotRun,)),
                every(REMOVE_EVERY, lambda: _to_the_end(transact, remove_unused), name="unused images", transient=(NotRun,)),
                every(REMOVE_EVERY, lambda: _to_the_end(transact, erasures.look_again), name="erased shops", transient=(NotRun,)),
            ]

    return Worker(opened)


async def _to_the_end(transact: Transactions[Any], some: Callable[[Any], Awaitable[object]]) -> None:
    while await transact(some):
        pass


async def _remove_all(transact: Transactions[Any], remove: Callable[[Any], Awaitable[Sequence[object]]]) -> None:
    while removed := len(await transact(remove)):
        REMOVED.inc(removed)
        log.info("Conversations that were closed long ago are removed", conversations=removed)
