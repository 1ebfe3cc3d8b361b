"""The system under fire: real servers behind proxies, and two replicas of every process of every service."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from parley_local import kafka, mongo, ports, services
from parley_local.layout import Layout
from parley_local.logs import Logs
from parley_local.part import Part, State
from parley_local.ports import HOST
from parley_local.supervisor import Supervisor

from parley_drill import clockwork, proxy
from parley_drill.disks import mounted, unmounted
from parley_drill.marketplace import markets_folder
from parley_drill.plan import Plan
from parley_drill.processes import replica, topics, witness
from parley_drill.proxy import Proxy

REPLICAS = 2
LONGEST_PAUSE = 2.0
"""Seconds before a process is started again, however often it was killed."""
STARTS_WITHIN = 300.0
PART_STARTS_WITHIN = 150.0
"""Twenty processes that start at the same moment take their time."""
STOPS_WITHIN = 90.0


@dataclass
class Cluster:
    """Everything that runs. ``ways`` are the proxies, by what they lead to."""

    plan: Plan
    folder: Path
    layouts: list[Layout]
    ways: dict[str, Proxy]
    kafka_servers: str
    mongodb_uri: str
    """The direct way, for whoever reads what is left."""
    nodes: list[kafka.Node]
    disks: dict[str, Path] = field(default_factory=dict)
    """The folders that can be full, by the server that they belong to."""
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    supervisor: Supervisor | None = None

    def urls(self, service: str) -> list[str]:
        """The API of each replica."""
        return [layout.url(service) for layout in self.layouts]

    @property
    def names(self) -> list[str]:
        return list(self.gates)

    def pid(self, name: str) -> int | None:
        """The process of a part, if it runs now."""
        assert self.supervisor is not None
        return self.supervisor.status[name].pid

    def signal(self, name: str, number: signal.Signals) -> bool:
        """Send a signal to a part's process; False where there is none."""
        pid = self.pid(name)
        if pid is None:
            return False
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return False
        return True

    def ready(self, name: str) -> bool:
        """Whether this part is ready."""
        assert self.supervisor is not None
        return self.supervisor.status[name].state is State.READY

    def exit_code(self, name: str) -> int | None:
        """How the last process of a part ended."""
        assert self.supervisor is not None
        return self.supervisor.status[name].exit_code

    def healthy(self) -> bool:
        """Whether every part is ready."""
        assert self.supervisor is not None
        return all(status.state in (State.READY, State.DONE) for status in self.supervisor.status.values())

    def restarts(self) -> dict[str, int]:
        assert self.supervisor is not None
        return {name: status.restarts for name, status in self.supervisor.status.items() if status.restarts}


@asynccontextmanager
async def running(plan: Plan, folder: Path, smtp_port: int) -> AsyncIterator[Cluster]:
    """Start everything, and end it afterwards."""
    async with AsyncExitStack() as stack:
        cluster, parts = await _laid_out(plan, folder, smtp_port, stack)
        logs = Logs(folder / "log")
        stack.callback(logs.close)
        gated = [_gated(part, cluster.gates.setdefault(part.name, _open_gate())) for part in parts]
        cluster.supervisor = Supervisor(gated, logs.write, longest_pause=LONGEST_PAUSE)
        ready = asyncio.Event()
        task = asyncio.create_task(cluster.supervisor.run(ready.set))
        stack.push_async_callback(_stop, task, cluster)
        waiting = asyncio.create_task(ready.wait())
        async with asyncio.timeout(STARTS_WITHIN):
            await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if task.done():
            await task
        yield cluster


async def _laid_out(plan: Plan, folder: Path, smtp_port: int, stack: AsyncExitStack) -> tuple[Cluster, list[Part]]:
    layouts = [Layout(folder=folder, brokers=plan.brokers).on_free_ports() for _ in range(REPLICAS)]
    ways: dict[str, Proxy] = {}

    async def way(name: str, target: int) -> int:
        ways[name] = await stack.enter_async_context(proxy.running(Proxy(target)))
        return ways[name].port

    data = folder / "data"
    disks = {}
    for name, disk in (("kafka", data / "kafka-1"), ("mongodb", data / "mongodb")):
        if plan.wants("disk-full") and plan.brokers == plan.members == 1 and mounted(disk):
            stack.callback(unmounted, disk)
            disks[name] = disk
    nodes = kafka.nodes(layouts[0].kafka_ports(), data)
    nodes = [replace(node, advertised_port=await way(f"kafka-{node.id}", node.port)) for node in nodes]
    members = ports.free(plan.members)
    direct = mongo.uri(members)
    if plan.members == 1:
        databases = [mongo.part(members[0], data / "mongodb")]
        through = f"mongodb://{HOST}:{await way('mongodb', members[0])}/?directConnection=true"
    else:
        # The driver would learn the members' own addresses anyway.
        databases, through = mongo.parts(members, data), direct
    smtp = await way("smtp", smtp_port)
    addresses = {"KAFKA_BOOTSTRAP_SERVERS": kafka.servers(nodes), "MONGODB_URI": through}
    own = {"MARKETS_DIR": str(markets_folder(folder)), "SMTP_PORT": str(smtp)}
    brokers = kafka.parts(nodes)
    needs_database, needs_topics = _names(databases), ("topics",)
    parts = [*brokers, *databases, topics(addresses, needs=_names(brokers))]
    for number, layout in enumerate(layouts, start=1):
        for part in services.parts(layout, addresses, database=needs_database, topics=needs_topics):
            parts.append(replica(part, number, own, plan, needs=tuple(name for name in part.needs if name != "mailbox")))
        env = services.settings("notifier", layout, addresses) | own
        parts.append(witness(number, layout, env, plan, needs=(*needs_database, *needs_topics)))
    cluster = Cluster(plan, folder, layouts, ways, kafka.servers(nodes), direct, nodes, disks)
    if plan.wants("clock-jump"):
        parts = [_clocked(part, folder) for part in parts]
    return cluster, parts


def _clocked(part: Part, folder: Path) -> Part:
    """The part with a clock that can be set. A broker's is left alone: Java asks for the time in its own ways."""
    return part if part.name.startswith("kafka") else replace(part, env={**part.env, **clockwork.environment(folder, part.name)})


def _names(parts: Sequence[Part]) -> tuple[str, ...]:
    return tuple(part.name for part in parts)


def _open_gate() -> asyncio.Event:
    gate = asyncio.Event()
    gate.set()
    return gate


def _gated(part: Part, gate: asyncio.Event) -> Part:
    """The part, which is started again only while its gate is open."""

    async def prepare() -> None:
        await gate.wait()
        if part.prepare:
            await part.prepare()

    return replace(part, prepare=prepare, start_within=PART_STARTS_WITHIN)


async def _stop(task: asyncio.Task[None], cluster: Cluster) -> None:
    for name in cluster.names:
        cluster.signal(name, signal.SIGCONT)
    task.cancel()
    await asyncio.wait([task], timeout=STOPS_WITHIN)
