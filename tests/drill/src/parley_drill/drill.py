"""One drill from start to end: start, waves of faults under load, drain, evidence, verdict."""

import asyncio
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, closing
from dataclasses import replace
from pathlib import Path

from parley_chassis.testing import eventually
from parley_local.problem import CannotRun
from pymongo.errors import PyMongoError

from parley_drill import cluster, evidence, sink
from parley_drill.calling import Caller, context
from parley_drill.cluster import Cluster
from parley_drill.databases import Databases
from parley_drill.drain import drain
from parley_drill.faults import chosen, left_out
from parley_drill.faults.scene import Scene
from parley_drill.journal import Journal, save
from parley_drill.log import Reader
from parley_drill.marketplace import PEOPLE, SHOPS, Order, orders, tell
from parley_drill.nemesis import wave
from parley_drill.plan import Plan
from parley_drill.records import Records
from parley_drill.replaying import replayed
from parley_drill.verdict import Verdict, judge
from parley_drill.workload import Workload

PLAN = "plan.jsonl"
KNOWN_WITHIN = 120.0
Say = Callable[[str], None]


async def drill(plan: Plan, folder: Path, say: Say) -> Verdict:
    """Run it; everything that happened is in ``folder``, and so is what the servers still held."""
    _clear(folder)
    save(folder / PLAN, [plan.told()])
    async with AsyncExitStack() as stack:
        mails, history, faults = (
            stack.enter_context(closing(Journal(folder / f"{name}.jsonl"))) for name in ("mails", "history", "faults")
        )
        chance = random.Random(plan.seeds[0])
        server = await stack.enter_async_context(sink.running(sink.Sink(mails, chance)))
        say("starting the servers and two of every process")
        running = await stack.enter_async_context(cluster.running(plan, folder, server.port))
        databases = await stack.enter_async_context(Databases(running.mongodb_uri))
        known = await _market(running, databases, plan)
        caller = Caller(running, history, chance)
        stack.push_async_callback(caller.close)
        reader = await stack.enter_async_context(Reader(running.kafka_servers))
        scene = Scene(running, server, Records(running.kafka_servers), databases, faults, chance)
        for kind, reason in left_out(running).items():
            say(f"no {kind}: {reason}")
        for seed in plan.seeds:
            say(f"seed {seed}: {plan.seconds:g} s of faults")
            await _wave(plan, scene, caller, known, seed, databases)
        say("the faults are over; waiting until everything has settled")
        drained = await drain(running, databases, reader, plan.drain)
        save(folder / "drained.jsonl", [{**drained, "faults left out": dict(left_out(running))}])
        if drained["settled"]:
            say("folding the log once more")
            save(folder / "replay.jsonl", [await replayed(running, databases, reader)])
        await reader.catch_up()
        await evidence.collect(folder, databases, reader.records)
        say("stopping")
    return judge(evidence.load(folder))


def _clear(folder: Path) -> None:
    """Remove an older drill, and nothing else."""
    if folder.exists() and any(folder.iterdir()) and not (folder / PLAN).exists():
        raise CannotRun(f"{folder} holds something that is no drill: name an empty folder, or remove it yourself.")
    shutil.rmtree(folder, ignore_errors=True)


async def _wave(plan: Plan, scene: Scene, caller: Caller, known: Iterator[Order], seed: int, databases: Databases) -> None:
    """People write; after a calm the faults begin, and people still write in the calm after them."""
    contexts = {shop.id: context(scene.cluster.folder, shop.id) for shop in SHOPS}
    work = Workload.of(plan, caller, known, seed, contexts)
    seeded = replace(scene, chance=random.Random(seed))
    async with asyncio.TaskGroup() as group:
        group.create_task(work.run())
        hurrying = group.create_task(_hurry(databases))
        await asyncio.sleep(plan.calm)
        await wave(seeded, plan, chosen(scene.cluster))
        await asyncio.sleep(plan.calm)
        work.stopping.set()
        hurrying.cancel()


async def _hurry(databases: Databases) -> None:
    """Let mails be tried again within the drill."""
    while True:
        await asyncio.sleep(5)
        try:
            await databases.hurry()
        except PyMongoError:
            continue


async def _market(running: Cluster, databases: Databases, plan: Plan) -> Iterator[Order]:
    """Tell of people and orders, and wait until everybody knows them."""
    span = (plan.seconds + 2 * plan.calm) * len(plan.seeds)
    known = orders(int(span * plan.rate * 0.25) + 50)
    await tell(running.kafka_servers, "", known)
    wanted = {("notifier", "people"): len(PEOPLE) + len(SHOPS), ("ticketing", "orders"): len(known)}

    async def all_know() -> bool:
        return all([await databases.count(*place) >= count for place, count in wanted.items()])

    try:
        await eventually(all_know, within=KNOWN_WITHIN)
    except AssertionError:
        raise RuntimeError(f"people and orders were not known to all services within {KNOWN_WITHIN:g} s; the logs say why") from None
    return iter(known)
