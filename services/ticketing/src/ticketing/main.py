"""Where the parts of ticketing meet: the application that answers, and the worker that publishes and listens."""

from collections.abc import Callable

from fastapi import FastAPI
from parley_chassis.markets import read_markets
from parley_chassis.mongo import Database, Transactions
from parley_chassis.service import Worker
from parley_contracts.ticketing import SOURCE
from parley_contracts.topics import ORDERS, PARTIES, TICKETS
from parley_conversation.main import conversation_app, conversation_worker
from parley_conversation.pages import TICKET_BOARDS, PageMarket, Site, pages, problem_page
from parley_conversation.store import Writers
from parley_conversation.use_cases.retention import remove_ended

from ticketing.consumers import ERASURES, subscription
from ticketing.http import REFUSALS, importing_routes, inlet_routes, order_routes, ticket_merchant_routes, ticket_routes
from ticketing.pages import FORMS, PACKAGE, ticket_pages
from ticketing.publishing import published, told
from ticketing.settings import Market, TicketingSettings
from ticketing.store import INDEXES, MongoTickets
from ticketing.use_cases.orders import order_on_page


def create_app(settings: TicketingSettings) -> FastAPI:
    """What `serve` runs."""
    markets = read_markets(settings.markets_dir, PageMarket, beside=[Market])
    site = Site(public_url=settings.public_url, markets=markets, packages=[PACKAGE], facts=order_on_page, forms=FORMS, boards=TICKET_BOARDS)
    return conversation_app(
        settings,
        title="Parley ticketing",
        routers=[
            ticket_routes(),
            ticket_merchant_routes(),
            order_routes(),
            inlet_routes(),
            importing_routes(),
            pages(site),
            ticket_pages(site),
        ],
        refusals=REFUSALS,
        transactions=transactions(settings),
        page=problem_page(site),
    )


def create_worker(settings: TicketingSettings) -> Worker:
    """What `work` runs."""
    return conversation_worker(
        settings,
        source=SOURCE,
        publishes=[TICKETS, PARTIES, ORDERS],
        transactions=transactions(settings),
        subscription=subscription,
        erasures=ERASURES,
        remove=remove_ended,
        indexes=INDEXES,
    )


def transactions(settings: TicketingSettings) -> Callable[[Database], Transactions[MongoTickets]]:
    """Makes the runner of this service's use cases."""
    markets = {id: market.rules() for id, market in read_markets(settings.markets_dir, Market).items()}
    writers = Writers()
    return lambda database: Transactions(
        database,
        lambda unit: MongoTickets(unit, markets=markets, writers=writers, publish=published, tell=told),
        prefetch=MongoTickets.prefetch,
    )
