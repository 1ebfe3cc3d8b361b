"""A disk that is full: something else takes all the room."""

import asyncio
from pathlib import Path

from parley_drill.faults.scene import Scene

FILLER = "filler"


async def fill(scene: Scene) -> None:
    """No byte is left for some seconds: the server ends, and cannot start before there is room again."""
    name = scene.chance.choice(sorted(scene.cluster.disks))
    filler = scene.cluster.disks[name] / FILLER
    async with scene.told("disk-full", name):
        try:
            await asyncio.to_thread(_fill, filler)
            await asyncio.sleep(scene.chance.uniform(1, 4))
        finally:
            filler.unlink(missing_ok=True)


def _fill(filler: Path) -> None:
    block = bytes(1024 * 1024)
    try:
        with filler.open("wb", buffering=0) as file:
            while True:
                file.write(block)
    except OSError:
        return
