"""Stands in for the marketplace: tells Parley of its people and orders, on the two inbound topics."""

import hashlib
import os
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

from aiokafka import AIOKafkaProducer
from parley_contracts.envelope import Envelope, EventData
from parley_contracts.marketplace import SOURCE
from parley_contracts.topics import ORDERS, PARTIES, Topic

from parley_local.layout import Layout
from parley_local.orders import orders
from parley_local.people import PEOPLE, SHOPS


async def open_once(layout: Layout) -> None:
    """Publish everybody and every order, unless this stack did so before: later changes of people would be undone."""
    servers = os.environ["KAFKA_BOOTSTRAP_SERVERS"]
    opened = layout.folder / "data" / f"market-opened-{hashlib.sha256(layout.given_kafka.encode()).hexdigest()[:8]}{layout.prefix}"
    if opened.exists():
        sys.stdout.write("the market was opened before\n")
        return
    sys.stdout.write(f"{await open_market(servers, layout.prefix)} people, shops and orders published\n")
    opened.parent.mkdir(parents=True, exist_ok=True)
    opened.touch()


async def open_market(servers: str, prefix: str = "") -> int:
    """Publish everybody and every order; says how many records that were."""
    now = datetime.now(UTC)
    producer = AIOKafkaProducer(bootstrap_servers=servers, enable_idempotence=True, acks="all")
    await producer.start()
    try:
        facts = list(_facts(now))
        for topic, subject, data in facts:
            await _send(producer, prefix, topic, _envelope(subject, data, now))
        return len(facts)
    finally:
        await producer.stop()


def _facts(now: datetime) -> Iterator[tuple[Topic, str, EventData]]:
    for each in (*SHOPS, *PEOPLE):
        yield PARTIES, each.id, each.party()
    for order in orders(now):
        yield ORDERS, order.id, order


def _envelope(subject: str, data: EventData, now: datetime) -> Envelope:
    id = str(uuid.uuid4())
    return Envelope.of(
        data, id=id, source=SOURCE, subject=subject, time=now, sequence=None, correlationid=id, causationid=f"marketplace:{subject}"
    )


async def _send(producer: AIOKafkaProducer, prefix: str, topic: Topic, envelope: Envelope) -> None:
    await producer.send_and_wait(prefix + topic.name, envelope.value, key=envelope.key, headers=list(envelope.headers()))
