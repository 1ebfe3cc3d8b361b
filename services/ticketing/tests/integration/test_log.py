"""The whole service between a real broker and a real database: what it hears, and what it tells."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer
from parley_chassis.kafka import producer
from parley_chassis.mongo import Database
from parley_chassis.provision import provision
from parley_chassis.testing import eventually
from parley_contracts import sla, words
from parley_contracts.envelope import Envelope, EventData, derived_id, read
from parley_contracts.marketplace import OrderChanged, PartyChanged
from parley_contracts.topics import ORDERS, PARTIES, RESPONSES, TICKETS, WATERMARK, Topic
from parley_conversation.testing.issuer import Issuer
from ticketing.main import create_app, create_worker
from ticketing.settings import TicketingSettings

NOON = datetime.now(UTC).replace(microsecond=0)
ORDER: dict[str, Any] = {
    "id": "order-1",
    "number": "4711",
    "buyer_id": "buyer-1",
    "state": "open",
    "currency": "EUR",
    "market": "de",
    "placed_at": NOON,
    "lines": [{"id": "line-1", "seller_id": "seller-1", "product_id": "p-1", "title": "Teapot", "quantity": 1, "price_minor": 1999}],
}


class Log:
    """The broker as the marketplace and the response clock use it."""

    def __init__(self, sending: Any, reading: AIOKafkaConsumer, prefix: str) -> None:
        self._sending = sending
        self._reading = reading
        self._prefix = prefix
        self.events: list[Envelope] = []
        self.watermarks = 0

    async def tell(self, topic: Topic, data: EventData | None, subject: str, id: str = "r-1", sequence: int | None = None) -> None:
        if data is None:
            await self._sending.send_and_wait(self._prefix + topic.name, None, key=subject.encode())
            return
        envelope = Envelope.of(
            data, id=id, source="/test", subject=subject, time=NOON, sequence=sequence, correlationid="first", causationid="cause"
        )
        name = self._prefix + topic.name
        await self._sending.send_and_wait(name, envelope.value, key=envelope.key, headers=list(envelope.headers()))

    async def heard(self) -> list[Envelope]:
        """All events of tickets so far."""
        for records in (await self._reading.getmany(timeout_ms=50)).values():
            for record in records:
                if dict(record.headers)["ce_type"] == WATERMARK.encode():
                    self.watermarks += 1
                else:
                    self.events.append(read(record.headers, record.value))
        return self.events


@pytest.fixture
def driver() -> str:
    return "motor"


@pytest.fixture
def settings(settings: TicketingSettings, kafka_servers: str, topic_prefix: str) -> TicketingSettings:
    return settings.model_copy(update={"kafka_bootstrap_servers": kafka_servers, "topic_prefix": topic_prefix})


@pytest.fixture
async def log(settings: TicketingSettings, database: Database) -> AsyncIterator[Log]:
    """The log, with the service's worker at work on it."""
    servers, prefix = settings.kafka_bootstrap_servers, settings.topic_prefix
    await provision(servers, prefix=prefix)
    sending = producer(servers, client_id="test")
    reading = AIOKafkaConsumer(prefix + TICKETS.name, bootstrap_servers=servers, auto_offset_reset="earliest")
    await sending.start()
    await reading.start()
    working = asyncio.create_task(create_worker(settings).run())
    yield Log(sending, reading, prefix)
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working
    await reading.stop()
    await sending.stop()


@pytest.fixture
async def client(settings: TicketingSettings, log: Log) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://help.example.com") as http,
    ):
        yield http


async def opened(client: httpx.AsyncClient, issuer: Issuer) -> dict[str, Any]:
    """A ticket, as soon as the service has heard of its order."""
    body = {"order_id": "order-1", "line_ids": ["line-1"], "problem_type": "tracking", "text": "Where is it?"}
    headers = issuer.bearer("buyer-1", "buyer")

    async def answered() -> httpx.Response | None:
        answer = await client.post("/v1/tickets", json=body, headers=headers)
        return answer if answer.status_code == 201 else None

    answer = await eventually(answered)
    assert answer is not None
    ticket: dict[str, Any] = answer.json()["tickets"][0]
    return ticket


def cycle(ticket_id: str, opened_by: str) -> dict[str, Any]:
    return {
        "cycle_id": f"cycle-of-{ticket_id}",
        "opened_by": opened_by,
        "conversation_source": "/ticketing",
        "number": "T-0000-0000",
        "market": "de",
        "seller_id": "seller-1",
        "buyer_id": "buyer-1",
        "owed_by": words.Side.SELLER,
        "start": NOON,
        "due": NOON + timedelta(hours=1),
        "policy": "standard",
        "policy_version": 1,
    }


async def test_an_order_comes_in_a_ticket_goes_out_and_silence_escalates_it_once(
    client: httpx.AsyncClient, log: Log, issuer: Issuer, database: Database
) -> None:
    await log.tell(
        PARTIES, PartyChanged.model_validate({"id": "buyer-1", "kind": "buyer", "display_name": "Bea", "market": "de"}), "buyer-1"
    )
    await log.tell(ORDERS, OrderChanged.model_validate(ORDER), "order-1")
    ticket = await opened(client, issuer)

    async def created() -> Envelope | None:
        return next((event for event in await log.heard() if event.type == "parley.ticket.created.v1"), None)

    event = await eventually(created)
    assert event is not None
    assert (event.subject, event.sequence, event.correlationid) == (ticket["id"], 1, event.id)
    said = json.loads(event.value or b"")
    assert (said["order_number"], said["line_ids"], said["message"]["length"]) == ("4711", ["line-1"], 12)
    assert b"Where" not in (event.value or b"")

    data = cycle(ticket["id"], event.id)
    await log.tell(RESPONSES, sla.ResponseExpected(**data), ticket["id"], "expected-1", 1)
    buyer = issuer.bearer("buyer-1", "buyer")

    async def counts_down() -> bool:
        shown = (await client.get(f"/v1/tickets/{ticket['id']}", headers=buyer)).json()
        return shown["answer"]["due"] is not None

    await eventually(counts_down)

    overdue = sla.ResponseOverdue(**data, as_of=1, escalates=True, proof=NOON + timedelta(hours=2))
    await log.tell(RESPONSES, overdue, ticket["id"], "overdue-1", 2)
    await log.tell(RESPONSES, overdue, ticket["id"], "overdue-1", 2)

    async def escalated() -> list[Envelope]:
        return [event for event in await log.heard() if event.type == "parley.ticket.escalated.v1"]

    (escalation,) = await eventually(escalated)
    assert escalation.id == derived_id("overdue-1", "/ticketing", "parley.ticket.escalated.v1")
    assert (escalation.sequence, escalation.causationid, escalation.correlationid) == (2, "overdue-1", event.id)

    await log.tell(RESPONSES, overdue.model_copy(update={"cycle_id": "another"}), ticket["id"], "overdue-2", 3)

    async def recorded() -> Any:
        return await database["reactions"].find_one({"_id": "overdue-2"})

    row = await eventually(recorded)
    assert row["reason"] == "with_support"
    assert len(await escalated()) == 1
    assert log.watermarks > 0


async def test_an_order_of_an_unknown_market_is_parked_and_holds_nothing_up(
    client: httpx.AsyncClient, log: Log, issuer: Issuer, database: Database
) -> None:
    await log.tell(ORDERS, OrderChanged.model_validate({**ORDER, "market": "atlantis"}), "order-1", "r-0")
    await log.tell(ORDERS, OrderChanged.model_validate({**ORDER, "id": "order-2"}), "order-2", "r-1")

    async def kept() -> Any:
        return await database["orders"].find_one({"_id": "order-2"})

    async def parked() -> Any:
        return await database["parked"].find_one({"subject": "order-1"})

    await eventually(kept)
    row = await eventually(parked)
    assert "add one, then redrive" in row["reason"]


async def test_an_erased_party_is_forgotten(log: Log, database: Database, client: httpx.AsyncClient) -> None:
    party = PartyChanged.model_validate({"id": "buyer-1", "kind": "buyer", "display_name": "Bea", "email": "b@example.com", "market": "de"})
    await log.tell(PARTIES, party, "buyer-1")

    async def name() -> Any:
        return await database["parties"].find_one({"_id": "buyer-1", "display_name": "Bea"})

    row = await eventually(name)
    assert "example.com" not in str(row)
    await log.tell(PARTIES, None, "buyer-1")

    async def erased() -> Any:
        return await database["parties"].find_one({"_id": "buyer-1", "erased_at": {"$exists": True}})

    assert "Bea" not in str(await eventually(erased))
