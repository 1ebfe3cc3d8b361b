"""Where the parts of ticketing meet: the application that answers, and the worker that publishes and listens."""

from collections.abc import Mapping

from fastapi import FastAPI
from parley_chassis.markets import read_markets
from parley_chassis.mongo import Database, Transactions
from parley_chassis.service import Worker
from parley_contracts.ticketing import SOURCE
from parley_contracts.topics import TICKETS
from parley_conversation.main import conversation_app, conversation_worker
from parley_conversation.pages import PageMarket, Site, pages, problem_page

from ticketing.consumers import subscription
from ticketing.domain.market import TicketMarket
from ticketing.http import REFUSALS, ticket_routes
from ticketing.publishing import published
from ticketing.settings import Market, TicketingSettings
from ticketing.store import INDEXES, MongoTickets
from ticketing.use_cases import order_on_page


def create_app(settings: TicketingSettings) -> FastAPI:
    """What `serve` runs."""
    markets = read_markets(settings.markets_dir, Market)
    site = Site(public_url=settings.public_url, markets=read_markets(settings.markets_dir, PageMarket), facts=order_on_page)
    return conversation_app(
        settings,
        title="Parley ticketing",
        routers=[ticket_routes(), pages(site)],
        refusals=REFUSALS,
        transactions=lambda database: transactions(database, _rules(markets)),
        page=problem_page(site),
    )


def create_worker(settings: TicketingSettings) -> Worker:
    """What `work` runs."""
    markets = read_markets(settings.markets_dir, Market)
    return conversation_worker(
        settings,
        source=SOURCE,
        publishes=[TICKETS],
        transactions=lambda database: transactions(database, _rules(markets)),
        subscription=subscription,
        indexes=INDEXES,
    )


def transactions(database: Database, markets: Mapping[str, TicketMarket]) -> Transactions[MongoTickets]:
    """The runner of this service's use cases."""
    return Transactions(database, lambda unit: MongoTickets(unit, markets=markets, publish=published))


def _rules(markets: Mapping[str, Market]) -> dict[str, TicketMarket]:
    return {id: market.rules() for id, market in markets.items()}
