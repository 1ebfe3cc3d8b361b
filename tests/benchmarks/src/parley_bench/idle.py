"""B11: what all services together cost while nobody does anything, with no open clock and with many."""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from parley_chassis.mongo import Database, close, connect

from parley_bench import clocks
from parley_bench.clock import monitoring
from parley_bench.figures import Sample
from parley_bench.scene import DONE_WITHIN, Servers
from parley_bench.ways import OURS, Benchmark, Goal, Stage, Way

SECONDS = 10
REST = 4.0
"""Seconds after clocks were put in or taken away, until the database has tidied up."""
FAR = timedelta(days=3650)
"""Time passes in this stack: what it waits for must not come."""
COUNTED = ("services", "kafka", "mongodb")


def benchmark(servers: Servers, *, many: int, few: int) -> Benchmark:
    """An item is a second. The stack is that of `make up`, eight processes of services, on the broker and database of all benchmarks."""
    stack, open_clocks = Stack(servers), many * 100 // 6
    busy = f"Parley, {open_clocks:,} open clocks"
    ways = (
        Way(OURS, SECONDS, lambda items: stack.idle(0, items), counted=COUNTED),
        Way(busy, SECONDS, lambda items: stack.idle(open_clocks, items), counted=COUNTED),
    )
    goals = [
        Goal(f"{way}: {what} <= {percent} % of a core", _core(way, names), percent, at_most=True)
        for way in (OURS, busy)
        for what, names, percent in (("all services", ("services",), 4), ("with broker and database", COUNTED, 10))
    ]
    return Benchmark("B11", "idle, an item is a second", ways, goals, alike=1, around=stack.running)


def _core(way: str, names: tuple[str, ...]) -> Any:
    def percent(found: dict[str, Sample]) -> float:
        return sum(found[way].cpu[name] for name in names) / found[way].wall * 100

    return percent


class Stack:
    """The whole system, once for all rounds."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._prefix = f"bench{os.urandom(3).hex()}."
        self._clocks = 0
        self._database: Database

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Start it as `make up` does, on free ports, and end it with us."""
        client = connect(self._servers.mongodb, app="bench")
        self._database = client[f"{self._prefix}sla_monitor".replace(".", "_")]
        with tempfile.TemporaryDirectory() as folder:
            given = {"KAFKA_BOOTSTRAP_SERVERS": self._servers.kafka, "MONGODB_URI": self._servers.mongodb}
            environment = {**os.environ, **given, "LOCAL_DIR": folder, "TOPIC_PREFIX": self._prefix}
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "parley_local", "run", "--free-ports", "--with-parent",
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=environment,
            )  # fmt: skip
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                json.loads(await asyncio.wait_for(process.stdout.readline(), DONE_WITHIN))
                yield
            finally:
                process.stdin.close()
                await process.wait()
                for service in ("ticketing", "inquiries", "notifier", "sla_monitor"):
                    await client.drop_database(f"{self._prefix}{service}".replace(".", "_"))
                await close(client)

    @asynccontextmanager
    async def idle(self, open_clocks: int, seconds: int) -> AsyncIterator[Stage]:
        """Nobody does anything for so long."""
        await self._have(open_clocks)

        async def left() -> bool:
            return True

        yield Stage(lambda: asyncio.sleep(seconds), left)

    async def _have(self, open_clocks: int) -> None:
        if open_clocks == self._clocks:
            return
        if open_clocks:
            async with monitoring(self._servers, 1) as (model, work):
                await work()
                await clocks.load(model.database, self._database, open_clocks, rows_for_lists=True, later=FAR)
        else:
            await clocks.unload(self._database)
        self._clocks = open_clocks
        await asyncio.sleep(REST)
