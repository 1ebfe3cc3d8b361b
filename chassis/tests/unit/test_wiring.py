"""Each setting of the broker's clients is there on purpose: a default loses, repeats or delays records."""

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError
from faststream import AckPolicy
from parley_chassis.consuming import Batch, attach
from parley_chassis.kafka import broker, producer
from parley_chassis.mongo import Transactions, connect
from parley_chassis.subscription import Subscription
from parley_contracts.envelope import EventData
from parley_contracts.topics import PARTIES, TICKETS


class Noted(EventData):
    type = "parley.reply.posted.v1"


class Moved:
    """What aiokafka says of a partition that another process has by now."""

    async def commit(self) -> None: ...

    def seek(self, partition: TopicPartition, offset: int) -> None:
        raise IllegalStateError(f"No current assignment for partition {partition}")


async def nothing(tx: Any, received: Any) -> None: ...


def subscription() -> Subscription[Any]:
    client = connect("mongodb://127.0.0.1:9", app="test", driver="pymongo")
    return Subscription(group="notifier", topics=[TICKETS, PARTIES], transact=Transactions(client["none"], lambda unit: unit))


async def test_the_subscriber_is_wired_so_that_nothing_is_lost() -> None:
    connection = broker("127.0.0.1:9", client_id="notifier")
    attach(subscription(), connection, prefix="p.")
    [subscriber] = connection.subscribers
    made: Any = subscriber

    assert made.ack_policy is AckPolicy.NACK_ON_ERROR
    assert made._no_reply
    assert made.group_id == "p.notifier"
    assert made.topic_names == [f"p.{TICKETS.name}", f"p.{PARTIES.name}"]
    assert made.topics_to_create == []
    assert (made.batch_timeout_ms, made.max_records) == (1_000, 1_000)
    expected = {
        "auto_offset_reset": "earliest",
        "enable_auto_commit": False,
        "fetch_max_wait_ms": 500,
        "session_timeout_ms": 6_000,
        "heartbeat_interval_ms": 2_000,
    }
    assert expected.items() <= made._connection_args.items()


async def test_a_batch_of_partitions_that_moved_is_given_back_without_an_error() -> None:
    given_back = Batch((SimpleNamespace(topic="topic", partition=0, offset=7),), b"", consumer=Moved())
    await given_back.nack()


async def test_the_broker_makes_no_topics_and_sends_nothing() -> None:
    made: Any = broker("127.0.0.1:9", client_id="notifier").config

    assert made.allow_auto_create_topics is False
    assert made.broker_config.consumer_only


async def test_the_producer_is_idempotent_and_waits_for_nobody_but_all_replicas() -> None:
    made: Any = producer("127.0.0.1:9", client_id="relay")
    try:
        assert made._txn_manager is not None
        assert made._txn_manager.transactional_id is None
        assert made._sender._acks == -1
        assert made._request_timeout_ms == 5_000
        assert made._message_accumulator._linger_time == 0
    finally:
        await made.stop()


async def test_a_type_has_one_handler_and_only_a_compacted_topic_has_tombstones() -> None:
    made = subscription()
    made.on(Noted, nothing)
    with pytest.raises(ValueError, match="has a handler already"):
        made.on(Noted, nothing)

    made.on_tombstone(PARTIES, nothing)
    with pytest.raises(ValueError, match="it has no tombstones"):
        made.on_tombstone(TICKETS, nothing)


def test_another_driver_than_the_two_is_refused() -> None:
    with pytest.raises(ValueError, match="use one of motor, pymongo"):
        connect("mongodb://127.0.0.1:9", driver="mongoengine", app="test")
