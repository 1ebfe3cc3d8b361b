"""One drill from start to end: start, waves of faults under load, drain, evidence, verdict."""

import asyncio
import random
from pathlib import Path

from pymongo.errors import PyMongoError

from parley_drill import evidence
from parley_drill.databases import Databases
from parley_drill.drain import drain
from parley_drill.erasing import Farewell
from parley_drill.faults import chosen, left_out
from parley_drill.faults.scene import Scene
from parley_drill.journal import save
from parley_drill.leaving import leaving
from parley_drill.marketplace import DRILL, Market
from parley_drill.nemesis import wave
from parley_drill.plan import Plan
from parley_drill.records import Records
from parley_drill.replaying import replayed
from parley_drill.staging import Say, Staged, staged
from parley_drill.verdict import Verdict, judge
from parley_drill.workload import Workload

ERASED_AFTER = 0.4
"""Of the time of a wave's faults."""


async def drill(plan: Plan, folder: Path, say: Say) -> Verdict:
    """Run it; everything that happened is in ``folder``, and so is what the servers still held."""
    span = (plan.seconds + 2 * plan.calm) * len(plan.seeds)
    leavers = [leaving(number, DRILL) for number in range(len(plan.seeds))]
    async with staged(plan, plan.told(), folder, {DRILL: plan.orders(span), **dict.fromkeys(leavers, 0)}, say) as stage:
        running, databases, reader = stage.cluster, stage.databases, stage.reader
        for kind, reason in left_out(running).items():
            say(f"no {kind}: {reason}")
        farewells = [_farewell(plan, stage, number, each) for number, each in enumerate(leavers)]
        await asyncio.gather(*(each.prepare() for each in farewells))
        for seed, farewell in zip(plan.seeds, farewells, strict=True):
            say(f"seed {seed}: {plan.seconds:g} s of faults")
            await _wave(plan, stage, seed, farewell)
        say("the faults are over; waiting until everything has settled")
        drained = await drain(running, databases, reader, plan.drain)
        save(folder / "drained.jsonl", [{**drained, "faults left out": dict(left_out(running))}])
        if drained["settled"]:
            say("folding the log once more")
            save(folder / "replay.jsonl", [await replayed(running, databases, reader)])
        await reader.catch_up()
        await evidence.collect(folder, databases, reader)
        say("stopping")
    return judge(evidence.load(folder))


async def _wave(plan: Plan, stage: Staged, seed: int, farewell: Farewell) -> None:
    """People write; after a calm the faults begin, and people still write in the calm after them. Some are erased under faults."""
    work = Workload.of(plan, stage.callers[DRILL], stage.orders[DRILL], seed)
    records = Records(stage.cluster.kafka_servers)
    scene = Scene(stage.cluster, stage.sink, records, stage.databases, stage.faults, random.Random(seed))
    async with asyncio.TaskGroup() as group:
        group.create_task(work.run())
        group.create_task(farewell.run(plan.calm + plan.seconds * ERASED_AFTER))
        hurrying = group.create_task(_hurry(stage.databases))
        await asyncio.sleep(plan.calm)
        await wave(scene, plan, chosen(stage.cluster))
        await asyncio.sleep(plan.calm)
        work.stopping.set()
        hurrying.cancel()


def _farewell(plan: Plan, stage: Staged, number: int, leavers: Market) -> Farewell:
    return Farewell(
        leaving=stage.callers[leavers],
        staying=stage.callers[DRILL],
        servers=stage.cluster.kafka_servers,
        databases=None if number else stage.databases,
        erasures=stage.erasures,
        chance=random.Random(plan.seeds[number]),
        by_topic=not plan.wants("clock-jump"),
    )


async def _hurry(databases: Databases) -> None:
    """Let mails be tried again within the drill."""
    while True:
        await asyncio.sleep(5)
        try:
            await databases.hurry()
        except PyMongoError:
            continue
