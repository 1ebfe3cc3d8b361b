"""`fold --into` on a real broker: the same state from the log, whatever the live monitor went through; and a difference that is found."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from parley_chassis.decisions import Verb, decide
from parley_contracts.partitions import partition_of
from parley_contracts.topics import TICKETS
from parley_contracts.words import Role
from sla_monitor.domain.policy import Policy
from sla_monitor.testing import Log
from sla_monitor.use_cases.policies import adopt

HOUR = timedelta(hours=1)


@dataclass
class Fold:
    """A log on Kafka that a live monitor has read in part, and the command that folds it once more."""

    environment: dict[str, str]
    log: Log
    reader: Any
    uri: str
    second: str

    async def written(self, records: Sequence[Any]) -> None:
        async with AIOKafkaProducer(bootstrap_servers=self.environment["KAFKA_BOOTSTRAP_SERVERS"]) as producer:
            for each in records:
                topic = self.environment["TOPIC_PREFIX"] + each.topic
                await producer.send_and_wait(topic, each.value, key=each.key, partition=each.partition, headers=list(each.headers))

    async def read(self, records: Sequence[Any]) -> None:
        """The log gets them, and the live monitor reads them."""
        await self.written(records)
        await self.reader.read(records)

    async def run(self) -> tuple[int | None, str]:
        command = [sys.executable, "-m", "sla_monitor", "fold", "--into", f"{self.uri.rstrip('/')}/{self.second}"]
        pipes = {"stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.STDOUT}
        process = await asyncio.create_subprocess_exec(*command, env=self.environment, **pipes)
        async with asyncio.timeout(100):
            printed, _ = await process.communicate()
        return process.returncode, printed.decode()


@pytest.fixture
async def fold(environment: dict[str, str], reader: Any, log: Log, mongodb_uri: str, database_name: str) -> Fold:
    return Fold(environment, log, reader, mongodb_uri.partition("/?")[0], f"{database_name}_second")


async def decided(reader: Any, verb: Verb, subject: str) -> None:
    await decide(reader.database, verb, id=f"{verb}-{subject}", by="oncall-1", reason="a test", topic=TICKETS.name, subject=subject)
    assert await reader.follower.carry_out() == 1


async def test_the_log_gives_the_live_state_once_more_and_tells_nobody(fold: Fold) -> None:
    log, reader = fold.log, fold.reader
    await fold.read([log.created(f"c-{number}") for number in range(20)])
    await fold.read(log.watermarks(49 * HOUR))
    log.sequences["c-1"] += 1
    await fold.read([log.replied("c-1", at=50 * HOUR), log.replied("c-2", at=50 * HOUR), *log.watermarks(51 * HOUR)])
    await decided(reader, Verb.RELEASE, "c-1")
    # Parked until its time has come: all at once for the live monitor, bit by bit for the fold, which knows the policy.
    await fold.read([log.created("french", at=52 * HOUR, market="fr"), *log.watermarks(90 * HOUR)])
    await fold.read([*log.watermarks(101 * HOUR), *log.watermarks(102 * HOUR)])
    await reader.transact(adopt, {"fr": Policy()})
    await decided(reader, Verb.REDRIVE, "french")
    await fold.read([log.replied("c-1", Role.BUYER, at=104 * HOUR), *log.watermarks(105 * HOUR)])
    # What the live monitor has not read yet.
    await fold.written([log.replied("c-3", at=106 * HOUR), *log.watermarks(200 * HOUR)])
    told = await reader.told()

    code, printed = await fold.run()

    assert code == 0, printed
    assert "equal: 21 conversations, digest " in printed
    assert "differing: 0 conversations" in printed
    second = reader.database.client[fold.second]
    assert await second["outbox"].count_documents({}) == 0
    assert await second["conversations"].count_documents({}) == 21
    assert await reader.told() == told


async def test_a_difference_is_found_and_named(fold: Fold) -> None:
    log, reader = fold.log, fold.reader
    await fold.read([*(log.created(f"c-{number}") for number in range(5)), *log.watermarks(49 * HOUR)])
    await reader.database["conversations"].update_one({"_id": "c-1"}, {"$set": {"handler": "support"}})
    await reader.database["cycles"].update_one({"conversation_id": "c-2"}, {"$set": {"standing": "settled"}})
    await reader.database["conversations"].delete_one({"_id": "c-3"})

    code, printed = await fold.run()

    assert code == 1, printed
    assert "equal: 2 conversations" in printed
    assert 'c-1: conversation: handler: live "support", folded "seller"' in printed
    assert 'standing: live "settled", folded "overdue"' in printed
    assert "c-3: only the fold knows it" in printed


async def test_what_is_not_whole_in_the_log_is_counted_and_left_out(fold: Fold) -> None:
    log = fold.log
    await fold.read([log.created("c-1"), log.created("c-2")])
    await fold.read([log.replied("c-2", at=1 * HOUR), *log.watermarks(2 * HOUR)])
    admin = AIOKafkaAdminClient(bootstrap_servers=fold.environment["KAFKA_BOOTSTRAP_SERVERS"])
    await admin.start()
    for subject in ("c-1", "c-2"):
        gone = TopicPartition(fold.environment["TOPIC_PREFIX"] + TICKETS.name, partition_of(subject.encode()))
        await admin.delete_records({gone: RecordsToDelete(before_offset=1)})
    await admin.close()

    code, printed = await fold.run()

    assert code == 0, printed
    assert "equal: 0 conversations" in printed
    assert "left out: 2 not whole in the log, 0 decided otherwise by a person" in printed


async def test_a_database_that_holds_something_is_refused(fold: Fold) -> None:
    await fold.reader.database.client[fold.second]["anything"].insert_one({})

    code, printed = await fold.run()

    assert code == 2
    assert printed == f"sla_monitor fold: the database {fold.second} is not empty; name one that does not exist yet, or drop it first\n"


async def test_a_log_that_ends_before_the_live_monitors_place_is_another_one(fold: Fold) -> None:
    await fold.reader.read([fold.log.created("c-1")])

    code, printed = await fold.run()

    assert code == 2
    assert "it is not the log that was read before" in printed
    assert "Traceback" not in printed
