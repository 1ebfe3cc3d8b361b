"""The broker and the database in containers, where a container engine answers and has their images."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

MONGODB_IMAGE = "mongo:8.0"
KAFKA_IMAGE = "apache/kafka:4.3.1"

_ENGINE_ANSWERS_WITHIN = 3
_READY_WITHIN = 60.0


@contextmanager
def mongodb_container() -> Iterator[str | None]:
    """The URI of a replica set of one, or None where no container can be had."""
    if not _engine_has(MONGODB_IMAGE):
        yield None
        return
    from testcontainers.core.container import DockerContainer

    # Inside and outside the same port, so that the member's own name leads to it from here.
    port = _free_port()
    container = DockerContainer(MONGODB_IMAGE).with_bind_ports(port, port)
    container.with_command(f"--replSet rs0 --bind_ip_all --port {port} --setParameter transactionLifetimeLimitSeconds=5")
    with container:
        _initiate(port)
        yield f"mongodb://127.0.0.1:{port}/?replicaSet=rs0"


@contextmanager
def kafka_container() -> Iterator[str | None]:
    """The bootstrap servers of one broker, or None where no container can be had."""
    if not _engine_has(KAFKA_IMAGE):
        yield None
        return
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.wait_strategies import LogMessageWaitStrategy

    port = _free_port()
    container = DockerContainer(KAFKA_IMAGE).with_bind_ports(port, port)
    for name, value in _kafka_settings(port).items():
        container.with_env(name, value)
    container.waiting_for(LogMessageWaitStrategy("Kafka Server started"))
    with container:
        yield f"127.0.0.1:{port}"


def _kafka_settings(port: int) -> dict[str, str]:
    return {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:29093",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_LISTENERS": f"PLAINTEXT://0.0.0.0:{port},CONTROLLER://localhost:29093",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://127.0.0.1:{port}",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS": "4",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
    }


def _engine_has(image: str) -> bool:
    if not os.environ.get("DOCKER_HOST") and not Path("/var/run/docker.sock").exists():
        return False
    import docker  # type: ignore[import-untyped]

    try:
        with closing(docker.from_env(timeout=_ENGINE_ANSWERS_WITHIN)) as engine:
            engine.images.get(image)
    except (docker.errors.DockerException, OSError):
        return False
    return True


def _initiate(port: int) -> None:
    from pymongo import MongoClient
    from pymongo.errors import OperationFailure, PyMongoError

    with MongoClient[dict[str, Any]]("127.0.0.1", port, directConnection=True, serverSelectionTimeoutMS=1000) as client:
        end = time.monotonic() + _READY_WITHIN
        while True:
            try:
                if client.admin.command("hello").get("isWritablePrimary"):
                    return
                client.admin.command("replSetInitiate", {"_id": "rs0", "members": [{"_id": 0, "host": f"127.0.0.1:{port}"}]})
            except OperationFailure:
                time.sleep(0.1)  # initiated already, elects itself now
            except PyMongoError:
                if time.monotonic() > end:
                    raise


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
