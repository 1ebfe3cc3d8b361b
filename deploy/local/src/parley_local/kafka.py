"""A real Apache Kafka without Docker or Java: one or three brokers in KRaft mode on a JRE that is a Python package."""

import asyncio
import os
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from parley_local import jars
from parley_local.part import Part
from parley_local.platforms import java
from parley_local.ports import HOST, listening
from parley_local.problem import CannotRun
from parley_local.process import Process

JVM = (
    "-Xmx192m",
    "-Xms64m",
    "-XX:+UseSerialGC",
    # The second compiler costs twice the CPU in short runs and 50 MB.
    "-XX:TieredStopAtLevel=1",
    "--sun-misc-unsafe-memory-access=allow",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
)


@dataclass(frozen=True)
class Node:
    """One broker, which is a controller too."""

    id: int
    port: int
    controller_port: int
    data: Path
    advertised_port: int = 0
    """Where clients reach it, if something stands between."""

    @property
    def address(self) -> str:
        return f"{HOST}:{self.port}"

    @property
    def advertised(self) -> str:
        return f"{HOST}:{self.advertised_port or self.port}"

    @property
    def properties(self) -> Path:
        return self.data / "server.properties"

    @property
    def formatted(self) -> Path:
        """What formatting leaves behind, once."""
        return self.data / "log" / "meta.properties"


def nodes(ports: Sequence[tuple[int, int]], data: Path) -> list[Node]:
    """One node for each pair of ports (clients, controllers)."""
    return [Node(id, *pair, data / f"kafka-{id}") for id, pair in enumerate(ports, start=1)]


def parts(cluster: Sequence[Node]) -> list[Part]:
    """Each broker as a part of the stack."""
    kafka = _Kafka(cluster)
    return [kafka.part(node) for node in cluster]


def servers(cluster: Sequence[Node]) -> str:
    return ",".join(node.advertised for node in cluster)


class _Kafka:
    """The brokers of one cluster; their jars are fetched before the first start."""

    def __init__(self, cluster: Sequence[Node]) -> None:
        self._cluster = cluster
        self._cluster_id = cluster_id(cluster)
        self._class_path: Sequence[Path] = ()
        self._fetching = asyncio.Lock()

    def part(self, node: Node) -> Part:
        return Part(
            name=f"kafka-{node.id}" if len(self._cluster) > 1 else "kafka",
            prepare=lambda: self.prepare(node),
            command=lambda: self.java("kafka.Kafka", str(node.properties)),
            ready=lambda: self.answers(node),
        )

    def java(self, main: str, *arguments: str) -> list[str]:
        return [java(), *JVM, "-cp", ":".join(map(str, self._class_path)), main, *arguments]

    async def prepare(self, node: Node) -> None:
        """Write the node's configuration (its ports may have changed) and format its folder, if it is new."""
        async with self._fetching:
            self._class_path = self._class_path or await asyncio.to_thread(jars.class_path)
        node.data.mkdir(parents=True, exist_ok=True)
        node.properties.write_text("".join(f"{name}={value}\n" for name, value in settings(node, self._cluster).items()))
        if node.formatted.exists():
            return
        arguments = ("format", "--cluster-id", self._cluster_id, "--config", str(node.properties))
        tool = await Process.start(self.java("kafka.tools.StorageTool", *arguments), env=os.environ, sink=lambda _: None)
        try:
            if code := await tool.wait():
                raise CannotRun(f"Kafka's folder {node.data} cannot be formatted (exit code {code}):\n" + "\n".join(tool.last_lines))
        finally:
            await tool.stop(within=5)

    async def answers(self, node: Node) -> bool:
        """Whether the broker serves clients and knows all brokers that are there."""
        if not await listening(node.port):
            return False
        client = AIOKafkaClient(bootstrap_servers=node.address, request_timeout_ms=2000)
        try:
            await client.bootstrap()
            return len(client.cluster.brokers()) == len(self._cluster)
        except KafkaError:
            return False
        finally:
            await client.close()


def cluster_id(cluster: Sequence[Node]) -> str:
    """The id that the cluster's folders were formatted with, else a new one."""
    for node in cluster:
        if node.formatted.exists():
            return dict(line.split("=", 1) for line in node.formatted.read_text().splitlines() if "=" in line)["cluster.id"]
    # It begins with a letter: Kafka's tool takes what begins with a dash for an option, and one id in 64 would.
    return urlsafe_b64encode(b"p" + uuid.uuid4().bytes[1:]).decode().rstrip("=")


def settings(node: Node, cluster: Sequence[Node]) -> Mapping[str, str]:
    """What server.properties holds."""
    replicas = len(cluster)
    in_sync = 2 if replicas > 2 else 1
    values = {
        "process.roles": "broker,controller",
        "node.id": node.id,
        "controller.quorum.voters": ",".join(f"{peer.id}@{HOST}:{peer.controller_port}" for peer in cluster),
        "listeners": f"PLAINTEXT://{node.address},CONTROLLER://{HOST}:{node.controller_port}",
        "advertised.listeners": f"PLAINTEXT://{node.advertised}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": node.data / "log",
        # Topics come from the catalogue alone.
        "auto.create.topics.enable": "false",
        "default.replication.factor": replicas,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": replicas,
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.replication.factor": replicas,
        "transaction.state.log.min.isr": in_sync,
        "transaction.state.log.num.partitions": 4,
        "share.coordinator.state.topic.replication.factor": replicas,
        "share.coordinator.state.topic.min.isr": in_sync,
        "group.initial.rebalance.delay.ms": 0,
        # A restart after kill -9 waits for the old registration to expire.
        "broker.session.timeout.ms": 3000,
        "broker.heartbeat.interval.ms": 500,
        # The cleaner's default of 128 MiB does not fit beside the rest.
        "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
        # Many small topics come and go: their indexes stay small, and their files go soon.
        "log.index.size.max.bytes": 1024 * 1024,
        "log.segment.delete.delay.ms": 1000,
        "num.network.threads": 2,
        "num.io.threads": 2,
    }
    if replicas > 1:
        values |= {"controller.quorum.fetch.timeout.ms": 1000, "controller.quorum.election.timeout.ms": 500}
    return {name: str(value) for name, value in values.items()}
