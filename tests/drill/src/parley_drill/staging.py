"""What every drill begins with: an empty folder, the journals, the mail server, the system, and markets that everybody knows."""

import random
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parley_chassis.testing import eventually
from parley_local.problem import CannotRun

from parley_drill import cluster, sink
from parley_drill.calling import Caller
from parley_drill.cluster import Cluster
from parley_drill.databases import Databases
from parley_drill.journal import Journal, save
from parley_drill.log import Reader
from parley_drill.marketplace import Market, Order, tell
from parley_drill.plan import Plan
from parley_drill.sink import Sink

PLAN = "plan.jsonl"
KNOWN_WITHIN = 120.0
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Staged:
    """A running system, what can be done to it, and one caller with its orders for each market."""

    cluster: Cluster
    sink: Sink
    databases: Databases
    reader: Reader
    faults: Journal
    erasures: Journal
    chance: random.Random
    callers: Mapping[Market, Caller]
    orders: Mapping[Market, Iterator[Order]]


@asynccontextmanager
async def staged(plan: Plan, told: Mapping[str, Any], folder: Path, markets: Mapping[Market, int], say: Say) -> AsyncIterator[Staged]:
    """Start it for markets with so many orders each. ``told`` is what the folder keeps as the plan."""
    _clear(folder)
    save(folder / PLAN, [told])
    async with AsyncExitStack() as stack:
        mails, history, faults, erasures = (
            stack.enter_context(closing(Journal(folder / f"{name}.jsonl"))) for name in ("mails", "history", "faults", "erasures")
        )
        chance = random.Random(plan.seeds[0])
        server = await stack.enter_async_context(sink.running(sink.Sink(mails, chance)))
        say("starting the servers and two of every process")
        running = await stack.enter_async_context(cluster.running(plan, folder, server.port))
        databases = await stack.enter_async_context(Databases(running.mongodb_uri))
        known = {market: market.orders(count) for market, count in markets.items()}
        await _know(running, databases, known)
        callers = {market: Caller(running, history, chance, market) for market in markets}
        for caller in callers.values():
            stack.push_async_callback(caller.close)
        reader = await stack.enter_async_context(Reader(running.kafka_servers))
        orders = {market: iter(each) for market, each in known.items()}
        yield Staged(running, server, databases, reader, faults, erasures, chance, callers, orders)


def _clear(folder: Path) -> None:
    """Remove an older drill, and nothing else."""
    if folder.exists() and any(folder.iterdir()) and not (folder / PLAN).exists():
        raise CannotRun(f"{folder} holds something that is no drill: name an empty folder, or remove it yourself.")
    shutil.rmtree(folder, ignore_errors=True)


async def _know(running: Cluster, databases: Databases, known: Mapping[Market, list[Order]]) -> None:
    """Tell of people and orders, and wait until everybody knows them."""
    for market, orders in known.items():
        await tell(running.kafka_servers, market, orders)
    people = sum(len(market.people) + len(market.shops) for market in known)
    wanted = {("notifier", "people"): people, ("ticketing", "orders"): sum(map(len, known.values()))}

    async def all_know() -> bool:
        return all([await databases.count(*place) >= count for place, count in wanted.items()])

    try:
        await eventually(all_know, within=KNOWN_WITHIN)
    except AssertionError:
        raise RuntimeError(f"people and orders were not known to all services within {KNOWN_WITHIN:g} s; the logs say why") from None
