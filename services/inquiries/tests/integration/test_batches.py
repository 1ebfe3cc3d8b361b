"""What a batch from the log costs: one query for all conversations, however many it is about."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from aiokafka import ConsumerRecord
from inquiries.consumers import subscription
from inquiries.main import transactions
from inquiries.settings import InquiriesSettings
from parley_chassis.database import prepare
from parley_chassis.mongo import Database
from parley_chassis.subscription import INDEXES
from parley_contracts.envelope import Envelope
from parley_contracts.sla import ResponseExpected
from parley_contracts.topics import RESPONSES
from parley_contracts.words import Side

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


class FromTheBeginning:
    """As much of a consumer as a subscription asks: nothing was ever deleted."""

    async def beginning_offsets(self, partitions: Sequence[Any]) -> Mapping[Any, int]:
        return dict.fromkeys(partitions, 0)


def a_record(inquiry: dict[str, Any], offset: int) -> ConsumerRecord[bytes, bytes]:
    said = ResponseExpected(
        cycle_id=f"cycle-{offset}",
        opened_by="event",
        conversation_source="/inquiries",
        number=inquiry["number"],
        market="de",
        seller_id="seller-1",
        buyer_id=inquiry["buyer"]["id"],
        owed_by=Side.SELLER,
        start=NOW,
        due=NOW + timedelta(hours=48),
        policy="standard",
        policy_version=1,
    )
    event = Envelope.of(
        said,
        id=f"fact-{offset}",
        source="/sla-monitor",
        subject=inquiry["id"],
        time=NOW,
        sequence=1,
        correlationid="event",
        causationid="event",
    )
    at = int(NOW.timestamp() * 1000)
    return ConsumerRecord(RESPONSES.name, 0, offset, at, 1, event.key, event.value, None, 0, 0, event.headers())


async def test_a_batch_about_many_inquiries_reads_them_with_one_query(door: Any, settings: InquiriesSettings, database: Database) -> None:
    await prepare(database, INDEXES)
    inquiries = [await door.guest_asks(email=f"guest-{n}@example.org") for n in range(12)]
    heard = subscription(transactions(settings)(database))
    await database.command("profile", 2)

    await heard.handle([a_record(inquiry, n) for n, inquiry in enumerate(inquiries)], {RESPONSES.name: RESPONSES}, FromTheBeginning())  # type: ignore[arg-type]

    await database.command("profile", 0)
    asked = {"ns": f"{database.name}.conversations", "command.find": "conversations"}
    assert await database["system.profile"].count_documents(asked) == 1
    assert await database["parked"].count_documents({}) == 0
    waiting = await database["conversations"].find({"waits.open.owed_by": "seller"}).to_list(None)
    assert len(waiting) == 12
