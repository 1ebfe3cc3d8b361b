"""A batch holds several partitions: they are applied beside one another, each in its own order and its own transactions."""

import asyncio
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import OffsetOutOfRangeError
from parley_chassis.commands import Busy
from parley_chassis.consuming import spread
from parley_chassis.kafka import producer
from parley_chassis.provision import provision
from parley_contracts.topics import PARTITIONS, TICKETS

PATIENCE = 30


async def test_partitions_are_applied_beside_one_another(notebook: Any, new_log: Any, handle: Any) -> None:
    logs = [new_log(partition=number) for number in (0, 1)]
    begun = {subject: asyncio.Event() for subject in ("a", "b")}
    write_down = notebook.note

    async def meet(unit: Any, received: Any) -> None:
        begun[received.envelope.subject].set()
        for event in begun.values():
            await asyncio.wait_for(event.wait(), PATIENCE)
        await write_down(unit, received)

    notebook.note = meet
    await handle(notebook.subscription(), *(log.event(subject, 1) for log, subject in zip(logs, begun, strict=True)))

    assert [await notebook.texts(subject) for subject in begun] == [["1"], ["1"]]


async def test_a_fault_of_one_partition_is_raised_when_the_others_are_whole(notebook: Any, new_log: Any, handle: Any) -> None:
    one, other = new_log(partition=0), new_log(partition=1)
    notebook.fails = {"fails": Busy()}

    with pytest.raises(Busy):
        await handle(notebook.subscription(), one.event("a", 1, "fails"), other.event("b", 1), other.event("b", 2))

    assert await notebook.texts("a") == []
    assert await notebook.texts("b") == ["1", "2"]


async def test_a_look_holds_several_partitions_so_that_they_are_applied_beside_one_another(kafka_servers: str, topic_prefix: str) -> None:
    await provision(kafka_servers, topics=[TICKETS], prefix=topic_prefix)
    topic, waiting = topic_prefix + TICKETS.name, 1_500
    sender = producer(kafka_servers, client_id="test")
    await sender.start()
    try:
        for partition in range(3):
            batch = sender.create_batch()
            for number in range(waiting // 3):
                batch.append(key=b"s", value=str(number).encode(), timestamp=None, headers=[])
            await (await sender.send_batch(batch, topic, partition=partition))
    finally:
        await sender.stop()
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka_servers, auto_offset_reset="earliest")
    await consumer.start()
    consumer.assign([TopicPartition(topic, partition) for partition in range(PARTITIONS)])
    try:
        looks = [await spread(consumer)]
        while sum(map(len, looks)) < waiting:
            looks.append(await spread(consumer))
    finally:
        await consumer.stop()

    assert max(map(len, looks)) <= 1_000
    assert max(len({record.partition for record in look}) for look in looks) == 3
    read = [(record.partition, record.offset) for look in looks for record in look]
    assert sorted(read) == sorted(read, key=lambda place: place[0]), "each partition's in order, each once"


async def test_what_was_found_is_kept_where_another_partition_cannot_be_read() -> None:
    class Broken:
        """A client that gives a full share of one partition, and fails at the next one."""

        looks = 0

        def assignment(self) -> frozenset[TopicPartition]:
            return frozenset({TopicPartition("t", 0), TopicPartition("t", 1)})

        async def getmany(self, *_: Any, max_records: int, timeout_ms: int = 0) -> dict[TopicPartition, list[Any]]:
            self.looks += 1
            if self.looks > 1:
                raise OffsetOutOfRangeError({TopicPartition("t", 1): 7})
            return {TopicPartition("t", 0): list(range(max_records))}

    broken: Any = Broken()
    found = await spread(broken)

    assert broken.looks == 2
    assert list(found) == list(range(len(found)))
    assert found
