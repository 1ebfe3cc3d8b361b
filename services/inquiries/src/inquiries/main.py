"""Where the parts of inquiries meet: the application that answers, and the worker that publishes and listens."""

from collections.abc import Callable

from fastapi import FastAPI
from parley_chassis.markets import read_markets
from parley_chassis.mongo import Database, Transactions
from parley_chassis.service import Worker
from parley_contracts.inquiries import SOURCE
from parley_contracts.topics import GUESTS, INQUIRIES
from parley_conversation.http.merchant import merchant_routes
from parley_conversation.main import conversation_app, conversation_worker
from parley_conversation.pages import INQUIRY_BOARDS, PageMarket, Site, pages, problem_page
from parley_conversation.store import Writers

from inquiries.asking import ContextTokens
from inquiries.consumers import ERASURES, subscription
from inquiries.http import REFUSALS, importing_routes, inquiry_routes
from inquiries.pages import PACKAGE, question_page
from inquiries.publishing import guest_forgotten, guest_registered, published
from inquiries.settings import InquiriesSettings, Market
from inquiries.store import INDEXES, MongoInquiries
from inquiries.use_cases import remove_ended_inquiries


def create_app(settings: InquiriesSettings) -> FastAPI:
    """What `serve` runs."""
    markets = read_markets(settings.markets_dir, PageMarket, beside=[Market])
    site = Site(public_url=settings.public_url, markets=markets, packages=[PACKAGE], boards=INQUIRY_BOARDS)
    app = conversation_app(
        settings,
        title="Parley inquiries",
        routers=[inquiry_routes(), merchant_routes("inquiry", "/v1/inquiries"), importing_routes(), pages(site), question_page(site)],
        refusals=REFUSALS,
        transactions=transactions(settings),
        page=problem_page(site),
    )
    app.state.context_tokens = ContextTokens(settings.shop)
    return app


def create_worker(settings: InquiriesSettings) -> Worker:
    """What `work` runs."""
    return conversation_worker(
        settings,
        source=SOURCE,
        publishes=[INQUIRIES, GUESTS],
        transactions=transactions(settings),
        subscription=subscription,
        erasures=ERASURES,
        remove=remove_ended_inquiries,
        indexes=INDEXES,
    )


def transactions(settings: InquiriesSettings) -> Callable[[Database], Transactions[MongoInquiries]]:
    """Makes the runner of this service's use cases."""
    markets = {id: market.rules() for id, market in read_markets(settings.markets_dir, Market).items()}
    writers = Writers()
    return lambda database: Transactions(
        database,
        lambda unit: MongoInquiries(
            unit,
            markets=markets,
            writers=writers,
            guest_limits=settings.guest.limits(),
            publish=published,
            register=guest_registered,
            forget=guest_forgotten,
        ),
        prefetch=MongoInquiries.prefetch,
    )
