"""The monitor on a real database, read through its real subscription."""

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from parley_chassis.mongo import Database, Transactions, close, connect, ensure_indexes, transactions
from parley_chassis.provision import provision
from parley_chassis.subscription import INDEXES as SUBSCRIPTION_INDEXES
from parley_chassis.subscription import Subscription
from parley_contracts.topics import INQUIRIES, TICKETS
from sla_monitor.consumers import subscription
from sla_monitor.domain.policy import Policy
from sla_monitor.main import open_transactions
from sla_monitor.ports import Transaction
from sla_monitor.store import INDEXES, Due
from sla_monitor.use_cases.policies import adopt


@dataclass
class Reader:
    """The monitor's subscription, fed with records as the broker would, without the broker."""

    database: Database
    transact: Transactions[Transaction]
    follower: Subscription[Transaction] = field(init=False)
    due: Due = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """What a new process begins with: nothing but the database."""
        self.transact = open_transactions(self.database)
        self.due = Due(self.database)
        self.follower = subscription(self.transact, self.due.nothing)
        self.follower._delivery._pauses = (0.0, 0.0, 0.0, 0.0)

    async def read(self, records: Sequence[Any]) -> None:
        """One batch."""
        await self.follower.handle(records, {topic.name: topic for topic in (TICKETS, INQUIRIES)}, _FromTheBeginning())  # type: ignore[arg-type]

    async def told(self, kind: str = "", subject: str | None = None) -> list[dict[str, Any]]:
        """The events in the outbox whose type contains this."""
        wanted = {"_id": {"$ne": "heartbeat"}, "type": {"$regex": kind}} | ({"key": subject} if subject else {})
        return await self.database["outbox"].find(wanted).sort([("key", 1), ("sequence", 1)]).to_list(None)

    async def rows(self, collection: str, **wanted: Any) -> list[dict[str, Any]]:
        return await self.database[collection].find(wanted).to_list(None)


class _FromTheBeginning:
    """As much of a consumer as a subscription asks: nothing was ever deleted."""

    async def beginning_offsets(self, partitions: Sequence[Any]) -> Mapping[Any, int]:
        return dict.fromkeys(partitions, 0)


@pytest.fixture(params=["motor"])
async def database(request: pytest.FixtureRequest, mongodb_uri: str, database_name: str) -> AsyncIterator[Database]:
    client = connect(mongodb_uri, driver=request.param, app="sla-monitor-tests")
    database = client[database_name]
    await ensure_indexes(database, (*transactions.INDEXES, *SUBSCRIPTION_INDEXES, *INDEXES))
    yield database
    await close(client)


@pytest.fixture
async def reader(database: Database) -> Reader:
    reader = Reader(database, open_transactions(database))
    await reader.transact(adopt, {"de": Policy()})
    return reader


@pytest.fixture
async def environment(mongodb_uri: str, kafka_servers: str, database_name: str, topic_prefix: str, tmp_path: Path) -> dict[str, str]:
    """The monitor's settings as a process gets them, with topics, a folder of markets and an empty JWKS file to be filled."""
    await provision(kafka_servers, prefix=topic_prefix)
    (tmp_path / "markets").mkdir()
    (tmp_path / "jwks.json").write_text('{"keys": []}')
    (tmp_path / "link-keys").write_text("dev-" + "k" * 40)
    return {
        "PATH": os.environ["PATH"],
        "ENVIRONMENT": "test",
        "MONGODB_URI": mongodb_uri,
        "MONGODB_DATABASE": database_name,
        "KAFKA_BOOTSTRAP_SERVERS": kafka_servers,
        "TOPIC_PREFIX": topic_prefix,
        "PUBLIC_URL": "http://127.0.0.1",
        "MARKETS_DIR": str(tmp_path / "markets"),
        "AUTH_ISSUER": "https://id.example.com",
        "AUTH_JWKS_FILE": str(tmp_path / "jwks.json"),
        "SHOP_ISSUER": "https://shop.example.com",
        "SHOP_JWKS_FILE": str(tmp_path / "jwks.json"),
        "LINK_KEYS_FILE": str(tmp_path / "link-keys"),
    }
