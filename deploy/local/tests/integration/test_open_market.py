"""The demo marketplace is published as any marketplace would: CloudEvents that the contract reads, keyed by what they are about."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from parley_chassis.provision import provision
from parley_contracts.envelope import read
from parley_contracts.marketplace import SOURCE, OrderChanged, PartyChanged
from parley_contracts.topics import ORDERS, PARTIES, PARTITIONS, Topic
from parley_local import marketplace
from parley_local.layout import Layout
from parley_local.people import PEOPLE, SHOPS


@pytest.fixture
async def consumer(kafka_servers: str, topic_prefix: str) -> AsyncIterator[AIOKafkaConsumer]:
    await provision(kafka_servers, topics=[PARTIES, ORDERS], prefix=topic_prefix)
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka_servers, auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    yield consumer
    await consumer.stop()


async def stored(consumer: AIOKafkaConsumer, topic: Topic, prefix: str) -> dict[str, str]:
    """Subject -> data of everything on the topic."""
    places = [TopicPartition(prefix + topic.name, partition) for partition in range(PARTITIONS)]
    consumer.assign(places)
    await consumer.seek_to_beginning()
    expected, found = sum((await consumer.end_offsets(places)).values()), {}
    read_so_far = 0
    while read_so_far < expected:
        for records in (await consumer.getmany(timeout_ms=500)).values():
            for record in records:
                envelope = read(record.headers, record.value)
                assert envelope.source == SOURCE
                assert record.key == envelope.subject.encode()
                assert envelope.value is not None
                found[envelope.subject] = envelope.value.decode()
                read_so_far += 1
    return found


async def test_people_shops_and_orders_stand_on_their_topics(consumer: AIOKafkaConsumer, kafka_servers: str, topic_prefix: str) -> None:
    await marketplace.open_market(kafka_servers, topic_prefix)
    parties = await stored(consumer, PARTIES, topic_prefix)
    assert set(parties) == {each.id for each in (*PEOPLE, *SHOPS)}
    assert PartyChanged.model_validate_json(parties["anna"]).email == "anna@example.org"
    for order in (await stored(consumer, ORDERS, topic_prefix)).values():
        assert OrderChanged.model_validate_json(order).lines


async def test_a_market_is_opened_once(
    consumer: AIOKafkaConsumer, kafka_servers: str, topic_prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", kafka_servers)
    layout = Layout(tmp_path, prefix=topic_prefix)
    await marketplace.open_once(layout)
    places = [TopicPartition(topic_prefix + PARTIES.name, partition) for partition in range(PARTITIONS)]
    before = await consumer.end_offsets(places)
    await marketplace.open_once(layout)
    assert await consumer.end_offsets(places) == before
