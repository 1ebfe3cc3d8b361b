"""Faults of the broker and the database: killed, frozen, restarted, deposed."""

import asyncio
import contextlib
import json
import signal

from pymongo.errors import PyMongoError

from parley_drill.faults.scene import Scene, hold_down, hold_frozen


async def kill_broker(scene: Scene) -> None:
    """A broker is gone for some seconds."""
    await hold_down(scene, "broker-kill", scene.chance.choice(scene.servers("kafka")), signal.SIGKILL, scene.chance.uniform(0.5, 6))


async def restart_broker(scene: Scene) -> None:
    """A broker is stopped in order and started again."""
    await hold_down(scene, "broker-restart", scene.chance.choice(scene.servers("kafka")), signal.SIGTERM, 0.5)


async def freeze_broker(scene: Scene) -> None:
    await hold_frozen(scene, "broker-freeze", scene.chance.choice(scene.servers("kafka")), scene.chance.uniform(1, 7))


async def kill_database(scene: Scene) -> None:
    """A database node is gone for some seconds."""
    await hold_down(scene, "database-kill", scene.chance.choice(scene.servers("mongodb")), signal.SIGKILL, scene.chance.uniform(0.5, 4))


async def restart_database(scene: Scene) -> None:
    await hold_down(scene, "database-restart", scene.chance.choice(scene.servers("mongodb")), signal.SIGTERM, 0.5)


async def freeze_database(scene: Scene) -> None:
    """Shorter than the grace of watermarks: a longer one is the one case in which a fact may have to be taken back."""
    await hold_frozen(scene, "database-freeze", scene.chance.choice(scene.servers("mongodb")), scene.chance.uniform(0.5, 4))


async def kill_controller(scene: Scene) -> None:
    """The broker that leads the cluster is gone."""
    name = f"kafka-{_leader(scene)}" if len(scene.cluster.nodes) > 1 else "kafka"
    await hold_down(scene, "controller-kill", name, signal.SIGKILL, scene.chance.uniform(0.5, 6))


async def broker_outage(scene: Scene) -> None:
    """Every broker is gone for a minute, or as long as the plan says: people go on writing, and what they wrote is made up for."""
    async with asyncio.TaskGroup() as group:
        for name in scene.servers("kafka"):
            group.create_task(hold_down(scene, "broker-outage", name, signal.SIGKILL, scene.cluster.plan.outage))


def _leader(scene: Scene) -> int:
    """Whom most of the brokers' own files name, by the newest of them."""
    told = [json.loads((node.data / "log" / "__cluster_metadata-0" / "quorum-state").read_text()) for node in scene.cluster.nodes]
    newest = max(told, key=lambda each: int(each["leaderEpoch"]))
    leader = int(newest["leaderId"])
    return leader if leader > 0 else scene.cluster.nodes[0].id


async def step_down(scene: Scene) -> None:
    """The primary gives up its place; another node is elected."""
    async with scene.told("database-step-down", "mongodb"):
        # It cuts the connection that asked; or there is no primary just now.
        with contextlib.suppress(PyMongoError):
            await scene.databases.step_down()
