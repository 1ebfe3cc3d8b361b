"""Where the parts of the notifier meet: the application that answers, and the worker that listens and sends."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from fastapi import FastAPI
from parley_chassis import oncall
from parley_chassis.consuming import consume
from parley_chassis.database import own_database, prepare
from parley_chassis.http import http_app
from parley_chassis.languages import choose
from parley_chassis.links import Links
from parley_chassis.loops import Loop
from parley_chassis.markets import read_markets
from parley_chassis.mongo import Transactions, Unit
from parley_chassis.probes import Readiness
from parley_chassis.relay import Relay
from parley_chassis.service import Worker
from parley_chassis.subscription import INDEXES as SUBSCRIPTION_INDEXES
from parley_contracts import inquiries, notifier, sla, ticketing
from parley_contracts.topics import DELIVERIES

from notifier.consumers import subscription
from notifier.dispatch import Dispatcher
from notifier.domain.rules import Rules
from notifier.http import REFUSALS, ROUTERS
from notifier.ports import CannotWrite
from notifier.publishing import envelope
from notifier.rendering import MAILS, LinkMaker, Renderer, sample_jobs
from notifier.settings import Market, Settings
from notifier.smtp import SmtpMailer
from notifier.store import INDEXES, MongoDesk, WakingTransactions

COMMANDS = (MAILS,)
"""What the command line has beside `serve` and `work`."""


def create_app(settings: Settings) -> FastAPI:
    """What `serve` runs: support and the engineer on call look up what became of mails."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with own_database(settings, app.state.readiness) as database:
            app.state.transact = Transactions(database, desk)
            yield

    app = http_app(settings, title="Parley notifier", routers=[*ROUTERS, oncall.router], refusals=REFUSALS, lifespan=lifespan)
    app.state.markets = frozenset(read_markets(settings.markets_dir, Market))
    return app


def create_worker(settings: Settings) -> Worker:
    """What `work` runs: the consumer that makes deliveries, the dispatcher that sends them, the relay that tells of both."""
    markets = read_markets(settings.markets_dir, Market)
    renderer = create_renderer(settings, markets)
    rules = create_rules(settings, markets, renderer.languages)

    @asynccontextmanager
    async def opened(readiness: Readiness) -> AsyncIterator[Sequence[Loop]]:
        async with own_database(settings, readiness) as database:
            await prepare(database, (*SUBSCRIPTION_INDEXES, *INDEXES))
            mails = settings.smtp.connections
            dispatcher = Dispatcher(Transactions(database, desk), SmtpMailer(settings.smtp), renderer, rules, mails=mails)
            heard = subscription(WakingTransactions(database, desk, wake=dispatcher.wake), rules)
            relay = Relay(database, settings, [DELIVERIES], None, notifier.SOURCE)
            yield [
                Loop("relay", relay.run),
                Loop("consumer", lambda: consume(heard, settings, readiness)),
                Loop("dispatcher", dispatcher.run),
            ]

    return Worker(opened)


def create_renderer(settings: Settings, markets: dict[str, Market]) -> Renderer:
    """The mails of all markets, each of them written once, so that a broken template stops the start."""
    public_urls = {
        ticketing.SOURCE: settings.ticketing_public_url,
        inquiries.SOURCE: settings.inquiries_public_url,
        sla.SOURCE: settings.sla_monitor_public_url,
    }
    links = LinkMaker(Links.from_file(settings.link_keys_file), public_urls)
    try:
        renderer = Renderer(markets, links, overlay=settings.templates_dir)
        for market in markets.values():
            renderer.check(sample_jobs(market))
    except CannotWrite as fault:
        raise SystemExit(f"notifier cannot start: {fault}") from fault
    return renderer


def create_rules(settings: Settings, markets: dict[str, Market], languages: Sequence[str]) -> Rules:
    """What the use cases are told."""
    return Rules(
        markets={id: market.rules() for id, market in markets.items()},
        language=lambda wanted: choose(*wanted, offered=languages),
        mail_from=settings.mail_from,
        answer_hold=settings.answer_hold,
        group_window=settings.group_window,
        dot_lease=settings.smtp.dot_lease,
        claim_lease=settings.smtp.claim_lease,
    )


def desk(unit: Unit) -> MongoDesk:
    """One transaction of this service."""
    return MongoDesk(unit, publish=envelope)
