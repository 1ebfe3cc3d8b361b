"""A start that is cancelled in its middle leaves no connection to the broker open."""

import asyncio
import contextlib
import gc
import itertools
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiokafka.conn import AIOKafkaConnection
from aiokafka.protocol.metadata import MetadataRequest
from parley_chassis.consuming import consume
from parley_chassis.kafka import begin, producer, wait_for_topics
from parley_chassis.mongo.driver import close, connect
from parley_chassis.mongo.transactions import Transactions
from parley_chassis.provision import provision
from parley_chassis.relay import Relay
from parley_chassis.security import OPEN
from parley_chassis.subscription import Subscription
from parley_chassis.testing import eventually
from parley_contracts.topics import ORDERS, TICKETS

WAITING_ASKS = 2
"""How often the wait for topics asks before consumer or producer itself begins: to get to know the brokers, and for the topics."""


class Settings:
    service = "ticketing"
    kafka_security = OPEN

    def __init__(self, servers: str, prefix: str) -> None:
        self.kafka_bootstrap_servers = servers
        self.topic_prefix = prefix


class Asked:
    """Tells when a client has asked for metadata and waits for the answer, which it does first on its first connection."""

    def __init__(self) -> None:
        self._moments: list[tuple[Callable[[str], bool], asyncio.Event]] = []

    def by(self, wanted: Callable[[str], bool]) -> asyncio.Event:
        self._moments.append((wanted, asyncio.Event()))
        return self._moments[-1][1]

    def tell(self, client_id: str) -> None:
        for wanted, moment in self._moments:
            if wanted(client_id):
                moment.set()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    told = Asked()
    send = AIOKafkaConnection.send

    def seen(self: Any, request: Any, expect_response: bool = True) -> Any:
        if isinstance(request, MetadataRequest):
            told.tell(self._client_id)
        return send(self, request, expect_response)

    monkeypatch.setattr(AIOKafkaConnection, "send", seen)
    return told


def after_the_wait(who: str) -> Callable[[str], bool]:
    """The first question that a client asks once it has waited for its topics."""
    asks = itertools.count(-WAITING_ASKS)
    return lambda client: client == who and next(asks) >= 0


async def cancel_at(moment: asyncio.Event, start: Awaitable[object]) -> None:
    starting = asyncio.ensure_future(start)
    await moment.wait()
    starting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await starting


def still_open() -> list[str]:
    gc.collect()
    return [each._client_id for each in gc.get_objects() if type(each) is AIOKafkaConnection and each.connected()]


async def nothing_is_open() -> bool:
    assert still_open() == []
    return True


async def test_waiting_for_topics(kafka_servers: str, asked: Asked) -> None:
    await cancel_at(asked.by(lambda client: client == "waiting"), wait_for_topics(kafka_servers, [ORDERS], client_id="waiting"))

    await eventually(nothing_is_open)


async def test_a_producer(kafka_servers: str, asked: Asked) -> None:
    sending = producer(kafka_servers, client_id="sending")

    await cancel_at(asked.by(lambda client: client == "sending"), begin(sending.start()))
    await sending.stop()

    await eventually(nothing_is_open)


async def test_a_relay(kafka_servers: str, mongodb_uri: str, database_name: str, topic_prefix: str, asked: Asked) -> None:
    await provision(kafka_servers, topics=[TICKETS], prefix=topic_prefix)
    client = connect(mongodb_uri, app="test")
    relay = Relay(client[database_name], Settings(kafka_servers, topic_prefix), [TICKETS], TICKETS, "/ticketing")

    await cancel_at(asked.by(after_the_wait("ticketing-relay")), relay.run())
    await close(client)

    await eventually(nothing_is_open)


async def test_a_subscription(kafka_servers: str, mongodb_uri: str, database_name: str, topic_prefix: str, asked: Asked) -> None:
    await provision(kafka_servers, topics=[ORDERS], prefix=topic_prefix)
    client = connect(mongodb_uri, app="test")
    subscription = Subscription(group="reading", topics=[ORDERS], transact=Transactions(client[database_name], lambda unit: unit))

    await cancel_at(asked.by(after_the_wait("reading")), consume(subscription, Settings(kafka_servers, topic_prefix)))
    await close(client)

    await eventually(nothing_is_open)
