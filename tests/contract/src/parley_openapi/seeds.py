"""Puts into a service's database what its worker would: events of the contract's examples, with one missing and one refused."""

import itertools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import inquiries.consumers
import inquiries.main
import inquiries.store
import notifier.consumers
import notifier.main
import notifier.settings
import notifier.store
import sla_monitor.consumers
import sla_monitor.main
import sla_monitor.settings
import sla_monitor.store
import ticketing.consumers
import ticketing.main
import ticketing.store
from aiokafka import ConsumerRecord
from notifier.domain.dead_addresses import after_refusal
from notifier.ports import Desk
from parley_chassis.database import own_database, prepare
from parley_chassis.markets import read_markets
from parley_chassis.mongo import Database, Transactions
from parley_chassis.probes import Readiness
from parley_chassis.subscription import INDEXES, Subscription
from parley_contracts.envelope import Envelope
from parley_contracts.registry import MODELS
from parley_contracts.topics import GUESTS, INQUIRIES, ORDERS, PARTIES, RESPONSES, SELLERS, TICKETS, Topic
from sla_monitor.domain.performance import Performance
from sla_monitor.ports import Transaction
from sla_monitor.use_cases.policies import adopt

EXAMPLES = Path(__file__).resolve().parents[4] / "contracts" / "examples"

ORDERS_KNOWN = 40
ADDRESSES_DEAD = 20

SAID: Mapping[Topic, Sequence[tuple[str, str, int | None]]] = {
    PARTIES: [("parley.party.changed.v1/buyer", "buyer-4711", None), ("parley.party.changed.v1/seller", "shop-88", None)],
    ORDERS: [("parley.order.changed.v1/open-with-two-sellers", f"order-{number}", None) for number in range(ORDERS_KNOWN)],
    TICKETS: [("parley.ticket.created.v1/about-two-lines", "ticket-1", 1), ("parley.ticket.rated.v1/of-the-seller", "ticket-2", 3)],
    INQUIRIES: [("parley.inquiry.added.v1/by-guest-about-a-product", "inquiry-1", 1)],
    GUESTS: [],
    SELLERS: [("parley.seller_health.changed.v1/at-risk", "shop-88", None)],
    RESPONSES: [("parley.response.expected.v1/owed-by-seller", "ticket-3", 3)],
}
"""What is told on a topic: an example, whom it is about, its sequence. The first event of a subject has 1: of a third it is parked."""


class FromTheStart:
    """All that is asked of the broker's client: nothing was deleted from any partition."""

    async def beginning_offsets(self, partitions: Sequence[Any]) -> dict[Any, int]:
        return dict.fromkeys(partitions, 0)


async def seed(service: str, settings: Any) -> None:
    """Make the indexes, and apply what the service listens to."""
    async with own_database(settings, Readiness()) as database:
        own, connect = _OF[service]
        await prepare(database, (*INDEXES, *own))
        subscription = await connect(settings, database)
        topics = {topic.name: topic for topic in subscription.topics}
        places = itertools.count()
        records = [_record(topic, next(places), *said) for topic in subscription.topics for said in SAID[topic]]
        refused = [_raw(topic, next(places), None, b"{}", ()) for topic in subscription.topics]
        client: Any = FromTheStart()
        await subscription.handle([*records, *refused], topics, client)


def _record(topic: Topic, offset: int, example: str, subject: str, sequence: int | None) -> ConsumerRecord[Any, Any]:
    data = MODELS[example.partition("/")[0]].model_validate_json((EXAMPLES / f"{example}.json").read_bytes())
    envelope = Envelope.of(
        data.model_copy(update={"id": subject} if "id" in type(data).model_fields else {}),
        id=f"event-{offset}",
        source="/ticketing",
        subject=subject,
        time=datetime.now(UTC),
        sequence=sequence,
        correlationid=f"event-{offset}",
        causationid="command:seed",
    )
    return _raw(topic, offset, envelope.key, envelope.value, tuple(envelope.headers()))


def _raw(topic: Topic, offset: int, key: bytes | None, value: bytes | None, headers: Any) -> ConsumerRecord[Any, Any]:
    now = int(datetime.now(UTC).timestamp() * 1000)
    return ConsumerRecord(topic.name, 0, offset, now, 0, key, value, None, -1, -1, headers)


async def _ticketing(settings: Any, database: Database) -> Subscription[Any]:
    return ticketing.consumers.subscription(ticketing.main.transactions(settings)(database))


async def _inquiries(settings: Any, database: Database) -> Subscription[Any]:
    transact: Transactions[Any] = inquiries.main.transactions(settings)(database)
    return inquiries.consumers.subscription(transact)


async def _notifier(settings: Any, database: Database) -> Subscription[Any]:
    markets = read_markets(settings.markets_dir, notifier.settings.Market)
    rules = notifier.main.create_rules(settings, markets, ["de", "en"])
    transact = notifier.store.WakingTransactions(database, notifier.main.desk, wake=lambda: None)
    await transact(_suppress, [f"anna-{number}@people.example" for number in range(ADDRESSES_DEAD)])
    return notifier.consumers.subscription(transact, rules)


async def _suppress(tx: Desk, addresses: Sequence[str]) -> None:
    for each in addresses:
        tx.dead_addresses.put(after_refusal(None, each, market="de", recipient_id="anna", reason="RCPT: 550", certain=True, at=tx.now))


async def _sla_monitor(settings: Any, database: Database) -> Subscription[Any]:
    markets = read_markets(settings.markets_dir, sla_monitor.settings.Market)
    transact = sla_monitor.main.open_transactions(database)
    await transact(adopt, {id: market.response.as_policy() for id, market in markets.items()})
    await transact(_assess)
    return sla_monitor.consumers.subscription(transact, sla_monitor.store.Due(database).nothing)


async def _assess(tx: Transaction) -> None:
    tx.sellers.put(Performance(seller_id="shop-88", market="de"))


Connect = Callable[[Any, Database], Awaitable[Subscription[Any]]]

_OF: Mapping[str, tuple[Sequence[Any], Connect]] = {
    "ticketing": (ticketing.store.INDEXES, _ticketing),
    "inquiries": (inquiries.store.INDEXES, _inquiries),
    "notifier": (notifier.store.INDEXES, _notifier),
    "sla-monitor": (sla_monitor.store.INDEXES, _sla_monitor),
}
