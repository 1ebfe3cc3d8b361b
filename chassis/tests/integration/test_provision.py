"""The topics are made from the catalogue, once, and a wrong one is refused with what to do."""

import asyncio
import sys
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from parley_chassis.kafka import KafkaUnreachable, UnusableTopic
from parley_chassis.provision import configuration, provision
from parley_contracts.topics import GUESTS, ORDERS, PARTIES, PARTITIONS, RESPONSES, SELLERS, TICKETS, TOPICS, Topic

DAY = 86_400_000
RESTRICTED = {
    "cleanup.policy": "compact",
    "segment.ms": str(DAY // 4),
    "max.compaction.lag.ms": str(DAY // 4),
    "delete.retention.ms": str(30 * DAY),
}


async def settings_of(servers: str, names: list[str]) -> dict[str, dict[str, Any]]:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
        topics = {each["topic"]: each for each in await admin.describe_topics(names)}
    finally:
        await admin.close()
    found = {name: {entry[0]: entry[1] for entry in entries} for answer in answers for _, _, _, name, entries in answer.resources}
    return {name: settings | {"partitions": len(topics[name]["partitions"])} for name, settings in found.items()}


async def test_all_topics_of_the_catalogue_are_made_as_it_says_and_again_is_nothing(kafka_servers: str, topic_prefix: str) -> None:
    names = [topic_prefix + topic.name for topic in TOPICS]

    assert await provision(kafka_servers, prefix=topic_prefix) == names
    assert await provision(kafka_servers, prefix=topic_prefix) == []

    found = await settings_of(kafka_servers, names)
    for topic in TOPICS:
        made = found[topic_prefix + topic.name]
        assert made["partitions"] == PARTITIONS
        assert configuration(topic, 1).items() <= made.items()


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        (TICKETS, {"cleanup.policy": "delete", "retention.ms": str(30 * DAY), "message.timestamp.type": "LogAppendTime"}),
        (RESPONSES, {"cleanup.policy": "delete", "retention.ms": str(30 * DAY)}),
        (SELLERS, {"cleanup.policy": "compact"}),
        *((topic, RESTRICTED) for topic in (PARTIES, ORDERS, GUESTS)),
    ],
)
def test_what_is_promised_of_each_topic(topic: Topic, expected: dict[str, str]) -> None:
    assert expected.items() <= configuration(topic, 3).items()
    assert configuration(topic, 3)["min.insync.replicas"] == "2"
    assert configuration(topic, 1)["min.insync.replicas"] == "1"
    assert "segment.ms" not in configuration(SELLERS, 3), "what is public needs no haste"


async def make(servers: str, *topics: NewTopic) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        await admin.create_topics(list(topics))
    finally:
        await admin.close()


async def test_a_topic_with_another_number_of_partitions_is_refused(kafka_servers: str, topic_prefix: str) -> None:
    await make(kafka_servers, NewTopic(topic_prefix + TICKETS.name, 12, 1))

    with pytest.raises(UnusableTopic, match=r"has 12 partitions and must have 6.*Delete it"):
        await provision(kafka_servers, topics=[TICKETS], prefix=topic_prefix)


@pytest.mark.parametrize(("topic", "setting"), [(TICKETS, "message.timestamp.type"), (PARTIES, "cleanup.policy")])
async def test_a_topic_whose_setting_would_lose_records_is_refused(
    kafka_servers: str, topic_prefix: str, topic: Topic, setting: str
) -> None:
    wrong = (
        configuration(topic, 1) | {"message.timestamp.type": "CreateTime"}
        if topic is TICKETS
        else {"message.timestamp.type": "LogAppendTime"}
    )
    await make(kafka_servers, NewTopic(topic_prefix + topic.name, PARTITIONS, 1, topic_configs=wrong))

    with pytest.raises(UnusableTopic, match=rf"{setting}=\w+ and must have .*kafka-configs"):
        await provision(kafka_servers, topics=[topic], prefix=topic_prefix)


async def test_more_copies_than_brokers_are_said_so(kafka_servers: str, topic_prefix: str) -> None:
    with pytest.raises(UnusableTopic, match="InvalidReplicationFactor"):
        await provision(kafka_servers, topics=[TICKETS], prefix=topic_prefix, replication=99)


async def test_a_broker_that_is_not_there_is_named() -> None:
    with pytest.raises(KafkaUnreachable, match=r"127\.0\.0\.1:9 within 0 s.*KAFKA_BOOTSTRAP_SERVERS"):
        await provision("127.0.0.1:9", patience=0)


async def run(*arguments: str) -> tuple[int | None, str]:
    command = [sys.executable, "-m", "parley_chassis.provision", *arguments]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, env={"PATH": ""}
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode()


async def test_the_command_says_what_it_did_and_what_is_wrong(kafka_servers: str, topic_prefix: str) -> None:
    assert await run("--servers", kafka_servers, "--prefix", topic_prefix) == (0, "8 topics are as they must be, 8 of them new\n")

    code, said = await run("--help")
    assert code == 0
    assert all(name in said for name in ("KAFKA_BOOTSTRAP_SERVERS", "TOPIC_PREFIX", "KAFKA_REPLICATION"))

    code, said = await run()
    assert (code, "set KAFKA_BOOTSTRAP_SERVERS" in said) == (2, True)

    code, said = await run("--servers", "127.0.0.1:9", "--patience", "0")
    assert code == 1
    assert said.startswith("no Kafka broker answered at 127.0.0.1:9")
    assert len(said.splitlines()) == 1
