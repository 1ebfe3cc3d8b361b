"""Chooses the faults: several at a time, one after another, as the seed says, until the wave is over."""

import asyncio
import random
import time
from dataclasses import replace

from parley_drill.faults import FAULTS
from parley_drill.faults.scene import Scene
from parley_drill.plan import Plan


async def wave(scene: Scene, plan: Plan, kinds: tuple[str, ...]) -> None:
    """One wave. Every fault is healed when this returns."""
    end = time.monotonic() + plan.seconds
    async with asyncio.TaskGroup() as group:
        for _ in range(plan.at_once):
            # Each row has its own luck: what one waits for does not change what the other does.
            group.create_task(_row(replace(scene, chance=random.Random(scene.chance.random())), end, plan.rest, kinds))


async def _row(scene: Scene, end: float, rest: float, kinds: tuple[str, ...]) -> None:
    weights = [FAULTS[kind][0] for kind in kinds]
    while time.monotonic() < end:
        (kind,) = scene.chance.choices(kinds, weights)
        await FAULTS[kind][1](scene)
        await asyncio.sleep(rest * scene.chance.uniform(0.4, 1.6))
