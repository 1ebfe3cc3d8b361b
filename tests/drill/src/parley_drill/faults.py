"""The faults: each begins, lasts and is healed, and says in the journal when; which, on whom and for how long the seed decides."""

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from parley_drill.cluster import Cluster
from parley_drill.crashpoints import POINTS
from parley_drill.journal import Journal
from parley_drill.records import Records
from parley_drill.sink import Mood, Sink

CRASHES_WITHIN = 6.0


@dataclass(frozen=True, slots=True)
class Scene:
    """What a fault can reach."""

    cluster: Cluster
    sink: Sink
    records: Records
    journal: Journal
    chance: random.Random

    @asynccontextmanager
    async def told(self, kind: str, target: str, **more: object) -> AsyncIterator[None]:
        """Write the fault down when it is over, with both of its times."""
        began = time.time()
        try:
            yield
        finally:
            self.journal.write(kind=kind, target=target, began=began, ended=time.time(), **more)

    def processes(self) -> list[str]:
        """Every process of a service, and the witness."""
        servers = ("kafka", "mongodb", "topics")
        return [name for name in self.cluster.names if not name.startswith(servers)]

    def servers(self, kind: str) -> list[str]:
        return [name for name in self.cluster.names if name.startswith(kind)]


Fault = Callable[[Scene], Awaitable[None]]


async def kill(scene: Scene) -> None:
    """kill -9 of a process."""
    name = scene.chance.choice(scene.processes())
    async with scene.told("process-kill", name):
        scene.cluster.signal(name, signal.SIGKILL)


async def freeze(scene: Scene) -> None:
    """SIGSTOP: to everybody else the process is gone, and then it comes back with what it believed."""
    await _freeze(scene, "process-freeze", scene.chance.choice(scene.processes()), scene.chance.uniform(1, 9))


async def crash(scene: Scene) -> None:
    """A process dies between two steps of a promise."""
    point = scene.chance.choice(sorted(POINTS))
    name = scene.chance.choice([name for name in scene.processes() if any(word in name for word in POINTS[point])])
    armed = scene.cluster.folder / "crashes" / name
    armed.parent.mkdir(exist_ok=True)
    armed.write_text(point)
    end = time.monotonic() + CRASHES_WITHIN
    while armed.exists() and time.monotonic() < end:
        await asyncio.sleep(0.05)
    if armed.exists():
        armed.unlink(missing_ok=True)
        return  # nothing came by there
    async with scene.told("crash-point", name, point=point):
        pass


async def kill_broker(scene: Scene) -> None:
    """A broker is gone for some seconds."""
    await _down(scene, "broker-kill", scene.chance.choice(scene.servers("kafka")), signal.SIGKILL, scene.chance.uniform(0.5, 6))


async def restart_broker(scene: Scene) -> None:
    """A broker is stopped in order and started again."""
    await _down(scene, "broker-restart", scene.chance.choice(scene.servers("kafka")), signal.SIGTERM, 0.5)


async def freeze_broker(scene: Scene) -> None:
    await _freeze(scene, "broker-freeze", scene.chance.choice(scene.servers("kafka")), scene.chance.uniform(1, 7))


async def kill_database(scene: Scene) -> None:
    """A database node is gone for some seconds."""
    await _down(scene, "database-kill", scene.chance.choice(scene.servers("mongodb")), signal.SIGKILL, scene.chance.uniform(0.5, 4))


async def restart_database(scene: Scene) -> None:
    await _down(scene, "database-restart", scene.chance.choice(scene.servers("mongodb")), signal.SIGTERM, 0.5)


async def freeze_database(scene: Scene) -> None:
    """Shorter than the grace of watermarks: a longer one is the one case in which a fact may have to be taken back."""
    await _freeze(scene, "database-freeze", scene.chance.choice(scene.servers("mongodb")), scene.chance.uniform(0.5, 4))


async def take_down(scene: Scene) -> None:
    """Both replicas of a consumer are gone: what it missed comes in large batches."""
    service = scene.chance.choice(("ticketing", "inquiries", "notifier", "sla-monitor", "witness"))
    seconds = scene.chance.uniform(2, 14)
    async with asyncio.TaskGroup() as group:
        for name in scene.servers(f"{service}-work"):
            group.create_task(_down(scene, "service-down", name, signal.SIGKILL, seconds))


async def cut(scene: Scene) -> None:
    """Every connection to one server is reset."""
    way = scene.chance.choice(sorted(scene.cluster.ways))
    async with scene.told("connections-cut", way, connections=scene.cluster.ways[way].cut()):
        pass


async def delay(scene: Scene) -> None:
    """A slow network for some seconds."""
    way = scene.chance.choice(sorted(scene.cluster.ways))
    proxy = scene.cluster.ways[way]
    async with scene.told("delay", way, connections=proxy.connections):
        proxy.delay = scene.chance.uniform(0.02, 0.2)
        await asyncio.sleep(scene.chance.uniform(1, 4))
        proxy.delay = 0.0


async def black_hole(scene: Scene) -> None:
    """Connections stay open and nothing arrives."""
    way = scene.chance.choice(sorted(scene.cluster.ways))
    proxy = scene.cluster.ways[way]
    async with scene.told("black-hole", way, connections=proxy.connections):
        proxy.swallow(True)
        await asyncio.sleep(scene.chance.uniform(1, 5))
        proxy.swallow(False)


async def bad_mail_server(scene: Scene) -> None:
    """The mail server refuses, forgets, hangs up and falls silent."""
    before = scene.sink.hits
    began = time.time()
    scene.sink.mood = Mood(
        greeting=0.1, recipient=0.1, data=0.1, text=0.1, refused=0.1, forgotten=0.1, silent=0.15, slow=0.1, wait=scene.chance.uniform(1, 6)
    )
    await asyncio.sleep(scene.chance.uniform(3, 8))
    scene.sink.mood = Mood()
    scene.journal.write(kind="mail", target="smtp", began=began, ended=time.time(), count=scene.sink.hits - before)


async def bad_records(scene: Scene) -> None:
    """Records that are repeated, out of order, missing or no records at all."""
    began = time.time()
    count = await scene.records.disturb(scene.chance)
    scene.journal.write(kind="records", target="topics", began=began, ended=time.time(), count=count)


async def _down(scene: Scene, kind: str, name: str, number: signal.Signals, seconds: float) -> None:
    gate = scene.cluster.gates[name]
    async with scene.told(kind, name):
        gate.clear()
        try:
            scene.cluster.signal(name, number)
            await asyncio.sleep(seconds)
        finally:
            gate.set()


async def _freeze(scene: Scene, kind: str, name: str, seconds: float) -> None:
    async with scene.told(kind, name):
        scene.cluster.signal(name, signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            scene.cluster.signal(name, signal.SIGCONT)


FAULTS: dict[str, tuple[int, Fault]] = {
    "process-kill": (5, kill),
    "process-freeze": (3, freeze),
    "crash-point": (6, crash),
    "service-down": (1, take_down),
    "broker-kill": (1, kill_broker),
    "broker-restart": (1, restart_broker),
    "broker-freeze": (1, freeze_broker),
    "database-kill": (1, kill_database),
    "database-restart": (1, restart_database),
    "database-freeze": (1, freeze_database),
    "connections-cut": (3, cut),
    "delay": (1, delay),
    "black-hole": (1, black_hole),
    "mail": (4, bad_mail_server),
    "records": (3, bad_records),
}
"""Each kind with its weight among the others."""
