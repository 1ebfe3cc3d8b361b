"""Faults of our own processes: killed, frozen, dead between two steps, gone for a while."""

import asyncio
import signal
import time

from parley_drill.crashpoints import POINTS
from parley_drill.faults.scene import Scene, hold_down, hold_frozen

CRASHES_WITHIN = 6.0
MEASURED = ("ticketing-work", "inquiries-work", "witness-work")
CONSUMERS = ("ticketing", "inquiries", "notifier", "sla-monitor", "witness")


async def kill(scene: Scene) -> None:
    """kill -9 of a process."""
    name = scene.chance.choice(scene.processes())
    async with scene.told("process-kill", name):
        scene.cluster.signal(name, signal.SIGKILL)


async def kill_worker(scene: Scene) -> None:
    """kill -9 of one of those whose replacement is measured."""
    name = scene.chance.choice([name for name in scene.processes() if name.startswith(MEASURED)])
    async with scene.told("process-kill", name):
        scene.cluster.signal(name, signal.SIGKILL)


async def freeze(scene: Scene) -> None:
    """SIGSTOP: to everybody else the process is gone, and then it comes back with what it believed."""
    await hold_frozen(scene, "process-freeze", scene.chance.choice(scene.processes()), scene.chance.uniform(1, 9))


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


async def take_down(scene: Scene) -> None:
    """Both replicas of a consumer are gone: what it missed comes in large batches."""
    service = scene.chance.choice(CONSUMERS)
    seconds = scene.chance.uniform(2, 14)
    async with asyncio.TaskGroup() as group:
        for name in scene.servers(f"{service}-work"):
            group.create_task(hold_down(scene, "service-down", name, signal.SIGKILL, seconds))
