"""What a fault can reach, and how it is written down."""

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from parley_drill.cluster import Cluster
from parley_drill.databases import Databases
from parley_drill.journal import Journal
from parley_drill.records import Records
from parley_drill.sink import Sink


@dataclass(frozen=True, slots=True)
class Scene:
    """What a fault can reach."""

    cluster: Cluster
    sink: Sink
    records: Records
    databases: Databases
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


async def hold_down(scene: Scene, kind: str, name: str, number: signal.Signals, seconds: float) -> None:
    gate = scene.cluster.gates[name]
    async with scene.told(kind, name):
        gate.clear()
        try:
            scene.cluster.signal(name, number)
            await asyncio.sleep(seconds)
        finally:
            gate.set()


async def hold_frozen(scene: Scene, kind: str, name: str, seconds: float) -> None:
    async with scene.told(kind, name):
        scene.cluster.signal(name, signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            scene.cluster.signal(name, signal.SIGCONT)
