"""Clocks that jump: of one process, or of the database."""

import asyncio

from parley_drill.faults.scene import Scene

DAYS = 2 * 86_400


async def jump(scene: Scene) -> None:
    """By seconds or by days, forwards or backwards, and after a while back."""
    name = scene.chance.choice([*scene.processes(), *scene.servers("mongodb")])
    off = scene.chance.choice((-DAYS, -10, -3, 3, 10, DAYS))
    clock = scene.cluster.folder / "clocks" / name
    async with scene.told("clock-jump", name, off=off):
        clock.write_text(f"{off:+d}")
        try:
            await asyncio.sleep(scene.chance.uniform(1, 6))
        finally:
            clock.write_text("+0")
