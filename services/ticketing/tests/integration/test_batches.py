"""What a batch from the log costs: one query for all orders, however many come."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka import ConsumerRecord
from parley_chassis.database import prepare
from parley_chassis.mongo import Database
from parley_chassis.subscription import INDEXES
from parley_contracts.envelope import Envelope
from parley_contracts.marketplace import OrderChanged
from parley_contracts.topics import ORDERS
from ticketing.consumers import subscription
from ticketing.main import transactions
from ticketing.settings import TicketingSettings

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


class FromTheBeginning:
    """As much of a consumer as a subscription asks: nothing was ever deleted."""

    async def beginning_offsets(self, partitions: Sequence[Any]) -> Mapping[Any, int]:
        return dict.fromkeys(partitions, 0)


def a_record(offset: int) -> ConsumerRecord[bytes, bytes]:
    order = {"id": f"order-{offset}", "number": "0815", "buyer_id": "buyer-1", "state": "open", "currency": "EUR", "market": "de"}
    said = OrderChanged.model_validate({**order, "placed_at": NOW, "lines": []})
    event = Envelope.of(
        said, id=f"o-{offset}", source="/shop", subject=said.id, time=NOW, sequence=None, correlationid=f"o-{offset}", causationid="shop"
    )
    return ConsumerRecord(ORDERS.name, 0, offset, int(NOW.timestamp() * 1000), 1, event.key, event.value, None, 0, 0, event.headers())


@pytest.fixture
def driver() -> str:
    """One is enough: what is asked of the database does not depend on it."""
    return "motor"


async def test_a_batch_of_many_orders_reads_them_with_one_query(settings: TicketingSettings, database: Database) -> None:
    await prepare(database, INDEXES)
    heard = subscription(transactions(settings)(database))
    await database.command("profile", 2)

    await heard.handle([a_record(n) for n in range(12)], {ORDERS.name: ORDERS}, FromTheBeginning())  # type: ignore[arg-type]

    await database.command("profile", 0)
    asked = {"ns": f"{database.name}.orders", "command.find": "orders"}
    assert await database["system.profile"].count_documents(asked) == 1
    assert await database["parked"].count_documents({}) == 0
    assert await database["orders"].count_documents({"number": "0815"}) == 12
