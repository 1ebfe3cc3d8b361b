"""Services agree on events without knowing one another: each golden example passes through each service that listens."""

import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import inquiries.consumers
import inquiries.publishing
import inquiries.store
import notifier.consumers
import notifier.main
import notifier.store
import pytest
import sla_monitor.consumers
import sla_monitor.main
import sla_monitor.store
import ticketing.consumers
import ticketing.publishing
import ticketing.store
from notifier.domain.rules import MarketRules, Rules
from parley_chassis.mongo import Database, Transactions, close, connect, ensure_indexes, transactions
from parley_chassis.subscription import INDEXES as SUBSCRIPTION_INDEXES
from parley_chassis.subscription import Subscription
from parley_contracts import topics
from parley_contracts.envelope import SCHEMA_BASE, Envelope
from parley_contracts.topics import EVENT_TYPES, TOPICS, Topic
from sla_monitor.domain.policy import Policy
from sla_monitor.use_cases.policies import adopt

EXAMPLES = sorted((Path(__file__).parents[2] / "contracts" / "examples").glob("*/*.json"))
OF_KNOWN_CONVERSATIONS = {("ticketing", topics.RESPONSES.name), ("inquiries", topics.RESPONSES.name)}
"""The clock speaks to a service of conversations that this service opened: one that it never had is rightly parked."""
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


def listening_tickets(database: Database) -> Subscription[Any]:
    publishes: dict[str, Any] = {"publish": ticketing.publishing.published, "tell": ticketing.publishing.told}
    runner: Transactions[Any] = Transactions(
        database, lambda unit: ticketing.store.MongoTickets(unit, markets=Anything(), writers=Anything(), **publishes)
    )
    return ticketing.consumers.subscription(runner)


def listening_inquiries(database: Database) -> Subscription[Any]:
    runner: Transactions[Any] = Transactions(
        database,
        lambda unit: inquiries.store.MongoInquiries(
            unit,
            markets=Anything(),
            writers=Anything(),
            guest_limits=Anything(),
            publish=inquiries.publishing.published,
            register=inquiries.publishing.guest_registered,
            forget=inquiries.publishing.guest_forgotten,
        ),
    )
    return inquiries.consumers.subscription(runner)


def listening_notifier(database: Database) -> Subscription[Any]:
    de = MarketRules(id="de", language="de", domain="example.com", queues={})
    rules = Rules(markets={"de": de}, language=lambda wanted: "de")
    return notifier.consumers.subscription(Transactions(database, notifier.main.desk), rules)


def listening_clock(database: Database) -> Subscription[Any]:
    return sla_monitor.consumers.subscription(sla_monitor.main.open_transactions(database), sla_monitor.store.Due(database).nothing)


class Anything(dict[str, Any]):
    """A market file for whatever an example names; nothing here asks for more than that it is there."""

    def __contains__(self, key: object) -> bool:
        return True


@dataclass(frozen=True)
class Service:
    """A service as the log sees it."""

    name: str
    subscription: Callable[[Database], Subscription[Any]]
    indexes: Sequence[Any]

    def __str__(self) -> str:
        return self.name


SERVICES = [
    Service("ticketing", listening_tickets, ticketing.store.INDEXES),
    Service("inquiries", listening_inquiries, inquiries.store.INDEXES),
    Service("notifier", listening_notifier, notifier.store.INDEXES),
    Service("sla-monitor", listening_clock, sla_monitor.store.INDEXES),
]


@pytest.fixture
async def database(mongodb_uri: str, database_name: str) -> AsyncIterator[Database]:
    client = connect(mongodb_uri, app="test")
    yield client[database_name]
    await close(client)


@dataclass(frozen=True)
class Record:
    """As much of a consumer's record as a subscription reads."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


class FromTheBeginning:
    """As much of a consumer as a subscription asks."""

    async def beginning_offsets(self, partitions: Sequence[Any]) -> Mapping[Any, int]:
        return dict.fromkeys(partitions, 0)


def record(topic: Topic, offset: int, example: Path) -> Record:
    """An example as the first record of a subject of its own; of a restricted topic under the id that its data names."""
    value = example.read_text()
    named = re.search(r'"id": "([^"]+)"', value)
    subject = named.group(1) if topic.compacted and named else f"{topic.publisher}-{offset}"
    envelope = Envelope(
        id=f"event-{offset}",
        source=f"/{topic.publisher}",
        type=example.parent.name,
        subject=subject,
        time=NOW,
        sequence=None if topic.compacted else 1,
        dataschema=SCHEMA_BASE + example.parent.name,
        correlationid=f"event-{offset}",
        causationid="command:test",
        value=value.encode(),
    )
    return Record(topic.name, 0, offset, int(NOW.timestamp() * 1000), subject.encode(), value.encode(), envelope.headers())


@pytest.mark.integration
@pytest.mark.parametrize("service", SERVICES, ids=str)
async def test_no_golden_example_is_parked_by_a_service_that_listens(service: Service, database: Database) -> None:
    await ensure_indexes(database, (*transactions.INDEXES, *SUBSCRIPTION_INDEXES, *service.indexes))
    if service.name == "sla-monitor":
        await sla_monitor.main.open_transactions(database)(adopt, {"de": Policy()})
    heard = service.subscription(database)
    by_name = {topic.name: topic for topic in heard.topics}
    for topic in heard.topics:
        if (service.name, topic.name) in OF_KNOWN_CONVERSATIONS:
            continue
        examples = [each for each in EXAMPLES if topic in EVENT_TYPES.get(each.parent.name, ())]
        assert examples, f"{topic.name} has no example"
        records: list[Any] = [record(topic, offset, example) for offset, example in enumerate(examples)]
        await heard.handle(records, by_name, FromTheBeginning())  # type: ignore[arg-type]

    assert [(row["reason"], row["headers"][2]) for row in await database["parked"].find().to_list(None)] == []
    assert await database["refused"].find().to_list(None) == []


@pytest.mark.parametrize("service", SERVICES, ids=str)
def test_a_service_reads_the_topics_that_the_catalogue_says(service: Service) -> None:
    client = connect("mongodb://127.0.0.1:1", app="test")
    said = {topic.name for topic in TOPICS if service.name in topic.readers}

    assert {topic.name for topic in service.subscription(client["unused"]).topics} == said
    client.close()


def test_every_type_of_the_catalogue_has_an_example_and_every_example_a_type() -> None:
    with_examples = {each.parent.name for each in EXAMPLES} - {topics.WATERMARK, topics.TICK}

    assert with_examples == set(EVENT_TYPES)
