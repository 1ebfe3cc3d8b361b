"""Faults of the way between a process and a server: cut, slow, swallowed."""

import asyncio

from parley_drill.faults.scene import Scene


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
