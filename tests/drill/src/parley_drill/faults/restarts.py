"""A rolling restart, as a new version is brought in: each process of a service is told to end, one after another."""

import asyncio
import signal
import time

from parley_drill.faults.processes import CONSUMERS
from parley_drill.faults.scene import Scene

LOOK = 0.05
GIVEN_UP_AFTER = 40.0
READY_WITHIN = 15.0


async def roll(scene: Scene) -> None:
    """SIGTERM to each process in turn; the next one follows when the one before is back."""
    service = scene.chance.choice(CONSUMERS)
    for name in scene.servers(f"{service}-"):
        if await _ready(scene, name):
            await _told_to_end(scene, name)


async def _told_to_end(scene: Scene, name: str) -> None:
    """Write down how long it took and how the process ended."""
    process, began = scene.cluster.pid(name), time.time()
    if process is None or not scene.cluster.signal(name, signal.SIGTERM):
        return
    while scene.cluster.pid(name) == process and time.time() - began < GIVEN_UP_AFTER:
        await asyncio.sleep(LOOK)
    ended = time.time()
    code = scene.cluster.exit_code(name) if scene.cluster.pid(name) != process else None
    scene.journal.write(kind="rolling-restart", target=name, began=began, ended=ended, code=code)


async def _ready(scene: Scene, name: str) -> bool:
    """Whether it is there to be told: in front of the first, and of each that follows, all of its service are."""
    end = time.monotonic() + READY_WITHIN
    service = name.partition("-")[0]
    while time.monotonic() < end:
        if all(map(scene.cluster.ready, scene.servers(f"{service}-"))):
            return True
        await asyncio.sleep(LOOK)
    return scene.cluster.ready(name)
