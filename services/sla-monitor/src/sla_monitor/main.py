"""Where the parts of the monitor meet: the application that answers, and the worker that follows the log."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager

import structlog
from fastapi import FastAPI
from parley_chassis import oncall
from parley_chassis.consuming import consume
from parley_chassis.database import UNREACHABLE, own_database, prepare
from parley_chassis.http import http_app
from parley_chassis.loops import Loop, LoopEnded, every, until
from parley_chassis.markets import read_markets
from parley_chassis.mongo import Database, Transactions
from parley_chassis.pages import PageMarket, Site, problem_page
from parley_chassis.probes import Readiness
from parley_chassis.relay import Relay
from parley_chassis.service import Worker
from parley_chassis.subscription import INDEXES as SUBSCRIPTION_INDEXES
from parley_contracts import sla
from parley_contracts.topics import RESPONSES, SELLERS

from sla_monitor.consumers import subscription
from sla_monitor.dispatch import Assessment
from sla_monitor.folding import COMMAND as FOLD
from sla_monitor.http import REFUSALS, ROUTERS
from sla_monitor.pages import PACKAGE, pages
from sla_monitor.ports import Transaction
from sla_monitor.publishing import health_changed, published
from sla_monitor.settings import Market, Settings
from sla_monitor.simulate import COMMAND as SIMULATE
from sla_monitor.store import INDEXES, Due, Measures, MongoTransaction, Shelf, Touched
from sla_monitor.use_cases.policies import VersionKept, adopt

COMMANDS = (SIMULATE, FOLD)
"""What the command line has beside `serve` and `work`."""

log = structlog.get_logger(__name__)

LOOKED = 2.0
"""Seconds between two looks whether somebody declared an outage."""

ASSESSED = 60.0
"""Seconds between two looks whether a day has passed for which sellers are assessed."""

MEASURED = 15.0
"""Seconds between two looks at what the clock's metrics tell."""


def create_app(settings: Settings) -> FastAPI:
    """What `serve` runs: questions, answered from the database alone."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with own_database(settings, app.state.readiness) as database:
            app.state.transact = open_transactions(database)
            yield

    site = Site(public_url=settings.public_url, markets=read_markets(settings.markets_dir, PageMarket, beside=[Market]), packages=[PACKAGE])
    return http_app(
        settings,
        title="Parley response clock",
        routers=[*ROUTERS, oncall.router, pages(site)],
        refusals=REFUSALS,
        lifespan=lifespan,
        page=problem_page(site),
    )


def create_worker(settings: Settings) -> Worker:
    """What `work` runs: the relay of the clock's facts, and the consumer whose time arrives in the log."""
    markets = read_markets(settings.markets_dir, Market).values()

    @asynccontextmanager
    async def opened(readiness: Readiness) -> AsyncIterator[Sequence[Loop]]:
        async with own_database(settings, readiness) as database:
            transact = open_transactions(database)
            await prepare(database, (*SUBSCRIPTION_INDEXES, *INDEXES))
            await until("MongoDB", lambda: _adopt(transact, markets), failures=UNREACHABLE)
            relay = Relay(database, settings, [RESPONSES, SELLERS], None, sla.SOURCE)
            due = Due(database)
            follower = subscription(transact, due.nothing)
            assessment = Assessment(transact, Touched(database), {market.id: market.seller_performance.limits() for market in markets})
            yield [
                Loop("relay", relay.run),
                Loop("consumer", lambda: consume(follower, settings, readiness)),
                every(LOOKED, due.look, name="outages", transient=UNREACHABLE),
                every(ASSESSED, assessment.look, name="assessment", transient=UNREACHABLE),
                every(MEASURED, Measures(database).take, name="measures", transient=UNREACHABLE),
            ]

    return Worker(opened)


def open_transactions(database: Database) -> Transactions[Transaction]:
    """The runner of this service's use cases. All its transactions share one reading of the policy book."""
    shelf = Shelf()
    return Transactions(database, lambda unit: MongoTransaction(unit, publish=published, announce=health_changed, shelf=shelf))


async def _adopt(transact: Transactions[Transaction], markets: Collection[Market]) -> None:
    """What the market files say becomes valid ahead of what was read."""
    policies = {market.id: market.response.as_policy() for market in markets}
    exceptions = {scope: policy for market in markets for scope, policy in market.exceptions()}
    try:
        added = await transact(adopt, policies, exceptions)
    except VersionKept as kept:
        log.critical("The market files contradict the policy book", reason=str(kept))
        raise LoopEnded("policy book", kept) from kept
    for entry in added:
        log.info(
            "A response policy was added to the book",
            scope=str(entry.scope),
            version=entry.policy.version,
            valid_from=str(entry.valid_from),
        )
