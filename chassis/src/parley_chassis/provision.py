"""Creates the catalogue's topics: `python -m parley_chassis.provision`. Nothing else creates any."""

import argparse
import asyncio
import logging
import os
import sys
import time
from collections.abc import Sequence
from datetime import timedelta

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code
from parley_contracts.topics import PARTITIONS, TOPICS, Tier, Topic

from parley_chassis.kafka import REQUEST_TIMEOUT_MS, KafkaUnreachable, MissingTopic, UnusableTopic, wait_for_topics
from parley_chassis.security import OPEN, KafkaSecurity
from parley_chassis.settings import KafkaEnvironment, load

CLIENT_ID = "parley-provision"

SETTLED = ("cleanup.policy", "message.timestamp.type")
"""A topic with another value of these is refused: its records would be gone or its times wrong."""

_CLEAN_WITHIN = timedelta(hours=6)
_TOMBSTONES_KEPT = timedelta(days=30)


def configuration(topic: Topic, replication: int) -> dict[str, str]:
    """The settings of one topic."""
    settings = {
        "message.timestamp.type": "LogAppendTime",
        # A codec that a reader has no library for would stop its partition for ever.
        "compression.type": "uncompressed",
        # Below a consumer's fetch size, beyond which aiokafka passes over a record silently.
        "max.message.bytes": "1000000",
        "min.insync.replicas": "2" if replication >= 3 else "1",
        "unclean.leader.election.enable": "false",
    }
    if topic.retention is not None:
        settings |= {"cleanup.policy": "delete", "retention.ms": _milliseconds(topic.retention)}
    else:
        settings["cleanup.policy"] = "compact"
    if topic.tier is Tier.RESTRICTED:
        settings |= {
            "segment.ms": _milliseconds(_CLEAN_WITHIN),
            "max.compaction.lag.ms": _milliseconds(_CLEAN_WITHIN),
            "delete.retention.ms": _milliseconds(_TOMBSTONES_KEPT),
        }
    return settings


async def provision(
    servers: str,
    *,
    topics: Sequence[Topic] = TOPICS,
    prefix: str = "",
    replication: int | None = None,
    security: KafkaSecurity = OPEN,
    patience: float = 60.0,
) -> list[str]:
    """Create what is missing and check what is there; returns the names that were created."""
    admin = await _connected(servers, security, patience)
    try:
        brokers = len((await admin.describe_cluster())["brokers"])
        copies = replication or (3 if brokers >= 3 else 1)
        created = await _create(admin, topics, prefix, copies)
        # Brokers learn of a new topic one after another.
        await wait_for_topics(servers, topics, prefix=prefix, client_id=CLIENT_ID, security=security, patience=patience)
        await _check(admin, topics, prefix)
    finally:
        await admin.close()
    return [prefix + topic.name for topic in topics if prefix + topic.name in created]


async def _connected(servers: str, security: KafkaSecurity, patience: float) -> AIOKafkaAdminClient:
    deadline = time.monotonic() + patience
    while True:
        admin = AIOKafkaAdminClient(
            bootstrap_servers=servers, client_id=CLIENT_ID, request_timeout_ms=REQUEST_TIMEOUT_MS, **security.arguments
        )
        try:
            await admin.start()
        except KafkaError as error:
            await admin.close()
            if time.monotonic() >= deadline:
                raise KafkaUnreachable(
                    f"no Kafka broker answered at {servers} within {patience:.0f} s; "
                    "start it, or correct KAFKA_BOOTSTRAP_SERVERS and KAFKA_SECURITY_…"
                ) from error
            await asyncio.sleep(0.5)
        else:
            return admin


async def _create(admin: AIOKafkaAdminClient, topics: Sequence[Topic], prefix: str, replication: int) -> set[str]:
    """The names of those that were not there."""
    wanted = [NewTopic(prefix + topic.name, PARTITIONS, replication, topic_configs=configuration(topic, replication)) for topic in topics]
    answer = await admin.create_topics(wanted)
    created: set[str] = set()
    for name, code, *detail in answer.topic_errors:
        failure = for_code(code)
        if failure is TopicAlreadyExistsError:
            continue
        if code:
            raise UnusableTopic(f"Kafka did not create the topic {name}: {failure.__name__} {detail[0] if detail else ''}".rstrip())
        created.add(name)
    return created


async def _check(admin: AIOKafkaAdminClient, topics: Sequence[Topic], prefix: str) -> None:
    wanted = {prefix + topic.name: configuration(topic, 1) for topic in topics}
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in wanted])
    for _, _, _, name, entries in (resource for answer in answers for resource in answer.resources):
        found = {entry[0]: entry[1] for entry in entries}
        for setting in SETTLED:
            if found.get(setting) != wanted[name][setting]:
                raise UnusableTopic(
                    f"Kafka topic {name} has {setting}={found.get(setting)} and must have {wanted[name][setting]}; "
                    f"change it with kafka-configs --alter --topic {name} --add-config {setting}={wanted[name][setting]}"
                )


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m parley_chassis.provision",
        description="Create Parley's Kafka topics where they are missing, and check those that are there. Safe to run again.",
    )
    env = os.environ.get
    parser.add_argument("--servers", default=env("KAFKA_BOOTSTRAP_SERVERS"), help="host:port,… (KAFKA_BOOTSTRAP_SERVERS)")
    parser.add_argument("--prefix", default=env("TOPIC_PREFIX", ""), help="stands before each topic's name (TOPIC_PREFIX)")
    parser.add_argument(
        "--replication",
        type=int,
        default=env("KAFKA_REPLICATION"),
        help="copies of each partition (KAFKA_REPLICATION); else 3 where there are three brokers",
    )
    parser.add_argument("--patience", type=float, default=60.0, metavar="SECONDS", help="how long to wait for a broker (60)")
    options = parser.parse_args(argv)
    if not options.servers:
        parser.error("no Kafka address; set KAFKA_BOOTSTRAP_SERVERS or give --servers HOST:PORT")
    security = load(KafkaEnvironment, kafka_bootstrap_servers=options.servers, topic_prefix=options.prefix).kafka_security
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        created = asyncio.run(
            provision(
                options.servers,
                prefix=options.prefix,
                replication=options.replication,
                security=security,
                patience=options.patience,
            )
        )
    except (KafkaUnreachable, MissingTopic, UnusableTopic) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{len(TOPICS)} topics are as they must be, {len(created)} of them new\n")
    return 0


def _milliseconds(span: timedelta) -> str:
    return str(span // timedelta(milliseconds=1))


if __name__ == "__main__":
    raise SystemExit(main())
