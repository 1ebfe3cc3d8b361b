"""B5: answers that are overdue. The peers: a helpdesk that looks at every open ticket, and a scheduler with a job for each."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

from aiokafka import AIOKafkaProducer
from parley_chassis.kafka import stop
from parley_chassis.positions import POSITIONS
from parley_contracts.sla import ResponseOverdue
from parley_contracts.topics import INQUIRIES, TICKETS
from sla_monitor.testing import Log

from parley_bench import clocks
from parley_bench.clock import TARGET, monitoring
from parley_bench.scene import DONE_WITHIN, Record, Scene, Servers, beside, scene, until
from parley_bench.ways import OURS, Benchmark, Goal, Stage, Way, faster

HELPDESK, SCHEDULER = "django-helpdesk's escalate_tickets", "APScheduler with a MongoDB job store"
TICKS_OF_A_ROUND = 20
FLAT = 2.0


def benchmark(servers: Servers, *, many: int, few: int) -> Benchmark:
    """So many answers that become overdue at one moment; and what a second costs in which nothing does."""
    small, large = many * 100 // 6, many * 200
    idle = Idle(servers, (small, large))
    few_open, many_open = f"a quiet second, {small:,} open", f"a quiet second, {large:,} open"
    ways = (
        Way(OURS, many // 2, lambda items: _overdue(servers, items)),
        Way(HELPDESK, few, lambda items: _peer("parley_bench.helpdesk", items), counted=("peer",)),
        Way(SCHEDULER, few, lambda items: _scheduler(servers, items), counted=("peer", "mongodb")),
        Way(few_open, TICKS_OF_A_ROUND, lambda items: idle.quiet(small, items), comparable=False),
        Way(many_open, TICKS_OF_A_ROUND, lambda items: idle.quiet(large, items), comparable=False),
    )
    says = f"{many_open}: <= {FLAT:g} x the CPU of {few_open}"
    flat = Goal(says, lambda found: found[many_open].cpu_us / found[few_open].cpu_us, FLAT, at_most=True)
    return Benchmark("B5", "overdue sweep", ways, (faster(50, HELPDESK), faster(30, SCHEDULER), flat), alike=40, around=idle.loaded)


class Idle:
    """Monitors with much to wait for, loaded once and used in every round."""

    def __init__(self, servers: Servers, sizes: tuple[int, ...]) -> None:
        self._servers = servers
        self._sizes = sizes
        self._monitors: dict[int, _Ticking] = {}

    @asynccontextmanager
    async def loaded(self) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for size in self._sizes:
                _, self._monitors[size] = await stack.enter_async_context(_waiting(self._servers, size - 1, rows_for_lists=False))
            yield

    @asynccontextmanager
    async def quiet(self, size: int, items: int) -> AsyncIterator[Stage]:
        ticking = self._monitors[size]

        async def work() -> None:
            for _ in range(items):
                await ticking.tick(timedelta(milliseconds=1))

        yield Stage(work, ticking.read)


class _Ticking:
    """Sends watermarks to one monitor, and waits until it has read them."""

    def __init__(self, at: Scene, client: AIOKafkaProducer) -> None:
        self._at = at
        self._client = client
        self._log = Log()
        self._time = timedelta()
        self._sent = 1

    async def tick(self, further: timedelta) -> None:
        """Time passes, in all partitions of both topics."""
        self._time += further
        for topic in (TICKETS, INQUIRIES):
            marks: dict[int, list[Record]] = {}
            for each in self._log.watermarks(self._time, [topic]):
                marks.setdefault(each.partition, []).append((each.key, each.value, each.headers))
            await self._at.send(topic, marks, client=self._client)
            self._sent += len(marks)
        await until(self.caught_up)

    async def caught_up(self) -> bool:
        return await self.read() == self._sent

    async def read(self) -> int:
        rows = await self._at.database[POSITIONS].find({"offset": {"$exists": True}}).to_list(None)
        return sum(row["offset"] + 1 for row in rows)


@asynccontextmanager
async def _waiting(servers: Servers, clocks_beside: int, *, rows_for_lists: bool) -> AsyncIterator[tuple[Scene, "_Ticking"]]:
    """A monitor that has read one ticket, and beside it so many more open clocks."""
    async with monitoring(servers, 1) as (at, work):
        await work()
        await clocks.load(at.database, at.database, clocks_beside, rows_for_lists=rows_for_lists)
        client = await at.producer()
        yield at, _Ticking(at, client)
        await stop(client)


@asynccontextmanager
async def _overdue(servers: Servers, items: int) -> AsyncIterator[Stage]:
    """Watermarks behind the due time of all, until each of them is told."""
    async with _waiting(servers, items - 1, rows_for_lists=True) as (at, ticking):

        async def told() -> int:
            return int(await at.database["outbox"].count_documents({"type": ResponseOverdue.type}))

        async def all_told() -> bool:
            return await told() == items

        async def work() -> None:
            await ticking.tick(TARGET + timedelta(hours=1))
            await until(all_told)

        yield Stage(work, told)


@asynccontextmanager
async def _peer(module: str, items: int, *arguments: str) -> AsyncIterator[Stage]:
    """A program of its own that makes itself ready, says so, begins at a line and says how many it told."""
    async with beside(module, str(items), *arguments) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        begin, say = process.stdin, process.stdout
        told: list[int] = []
        if await asyncio.wait_for(say.readline(), DONE_WITHIN) != b"ready\n":
            raise RuntimeError(f"{module} did not get ready")

        async def work() -> None:
            begin.write(b"go\n")
            told.append(int(await asyncio.wait_for(say.readline(), DONE_WITHIN)))

        async def left() -> Any:
            return told[-1]

        yield Stage(work, left)


@asynccontextmanager
async def _scheduler(servers: Servers, items: int) -> AsyncIterator[Stage]:
    async with scene(servers, [], ()) as at, _peer("parley_bench.scheduler", items, servers.mongodb, at.database.name) as stage:
        yield stage
