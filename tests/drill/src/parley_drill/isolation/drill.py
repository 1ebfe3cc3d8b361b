"""One drill of isolation from start to end: two markets at work, windows of calm and of trouble, drain, evidence, verdict."""

import asyncio
import os
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from parley_drill import evidence
from parley_drill.drain import drain
from parley_drill.isolation.judging import judge
from parley_drill.isolation.rounds import CALM, LEAD, RECOVERS_WITHIN, TROUBLES, Rounds
from parley_drill.isolation.samples import WINDOWS
from parley_drill.isolation.troubles import BEGINS
from parley_drill.journal import Journal, save
from parley_drill.marketplace import DRILL, QUIET
from parley_drill.staging import Say, Staged, staged
from parley_drill.verdict import Verdict
from parley_drill.workload import Workload


async def isolation(rounds: Rounds, folder: Path, say: Say) -> Verdict:
    """Run it; what happened is in ``folder``."""
    plan, longest = rounds.plan(), rounds.longest
    orders = {QUIET: plan.orders(longest), DRILL: plan.orders(longest) + rounds.extra.orders(rounds.noisy)}
    async with staged(plan, rounds.told(), folder, orders, say) as stage:
        works = [Workload.of(plan, stage.callers[market], stage.orders[market], rounds.seed) for market in orders]
        with closing(Journal(folder / WINDOWS)) as windows:
            async with asyncio.TaskGroup() as group:
                for work in works:
                    group.create_task(work.run())
                await _go_round(rounds, stage, windows, say)
                for work in works:
                    work.stopping.set()
        say("waiting until everything has settled")
        save(folder / "drained.jsonl", [await drain(stage.cluster, stage.databases, stage.reader, plan.drain)])
        await stage.reader.catch_up()
        await evidence.collect(folder, stage.databases, stage.reader)
        say("stopping")
    return judge(folder)


async def _go_round(rounds: Rounds, stage: Staged, windows: Journal, say: Say) -> None:
    for number in range(1, rounds.rounds + 1):
        for kind in stage.chance.sample(TROUBLES, len(TROUBLES)):
            say(f"round {number}: calm, then {kind}")
            await _window(CALM, rounds.seconds, windows)
            async with BEGINS[kind](stage, rounds):
                await _window(kind, rounds.seconds, windows)
            await _recovered(stage, say)
    await _window(CALM, rounds.seconds, windows)


async def _window(kind: str, seconds: float, windows: Journal) -> None:
    await asyncio.sleep(LEAD)
    began = time.time()
    await asyncio.sleep(seconds)
    windows.write(kind=kind, began=began, ended=time.time(), load=os.getloadavg()[0])


async def _recovered(stage: Staged, say: Say) -> None:
    """Until the mails that were held up are gone: a calm window must not have to send them."""
    healed = datetime.now(UTC)
    try:
        async with asyncio.timeout(RECOVERS_WITHIN):
            while await stage.databases.unsettled(healed):
                await stage.databases.hurry()
                await asyncio.sleep(1)
    except TimeoutError:
        say(f"mails were still held up {RECOVERS_WITHIN:g} s later: the next calm window has to send them")
