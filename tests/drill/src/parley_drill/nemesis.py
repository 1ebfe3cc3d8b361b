"""Chooses the faults: several at a time, one after another, as the seed says, until the wave is over."""

import asyncio
import random
import time

from parley_drill.faults import FAULTS
from parley_drill.faults.scene import Scene

AT_ONCE = 2
REST = (1.0, 4.0)
"""Seconds between two faults of one row."""


async def wave(scene: Scene, seconds: float, kinds: tuple[str, ...]) -> None:
    """One wave. Every fault is healed when this returns."""
    end = time.monotonic() + seconds
    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(_row(scene, end, kinds, random.Random(scene.chance.random())))


async def _row(scene: Scene, end: float, kinds: tuple[str, ...], chance: random.Random) -> None:
    weights = [FAULTS[kind][0] for kind in kinds]
    while time.monotonic() < end:
        (kind,) = chance.choices(kinds, weights)
        await FAULTS[kind][1](scene)
        await asyncio.sleep(chance.uniform(*REST))
