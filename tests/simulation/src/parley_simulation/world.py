"""A world that lives on a virtual clock: processes that are kept running, and what befalls them."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from parley_chassis.commands import NotRun
from parley_chassis.loops import LoopEnded
from pymongo.errors import ConnectionFailure

from parley_simulation.database import Faults, MemoryClient, Server
from parley_simulation.database.server import BEGINNING
from parley_simulation.kafka import Broker
from parley_simulation.loop import Process, VirtualLoop
from parley_simulation.waiting import pause

Work = Callable[[], Coroutine[Any, Any, object]]


class NotDrained(AssertionError):
    """The world did not come to rest after its faults had ended. That is not a loss, and it is not a pass."""


@dataclass
class World:
    """Everything of one history follows from its seed."""

    seed: int
    servers: dict[str, Server] = field(default_factory=dict)
    serving: dict[int, Any] = field(default_factory=dict)
    """What runs the commands that come to each replica."""
    stops: list[str] = field(default_factory=list)
    faults: int = 0
    calm: bool = False

    def __post_init__(self) -> None:
        # The product draws its jitter from the module's own generator.
        random.seed(self.seed)
        self.chance = random.Random(self.seed)
        self.loop = VirtualLoop(random.Random(self.chance.random()))
        self.broker = Broker(self.loop, random.Random(self.chance.random()))
        self.running: dict[str, Process] = {}
        self._tasks: dict[str, asyncio.Task[object]] = {}
        self._beside: set[asyncio.Task[object]] = set()

    def server(self, name: str) -> Server:
        """The database of a service."""
        if name not in self.servers:
            skew = timedelta(seconds=self.chance.uniform(-0.9, 0.9))
            self.servers[name] = Server(self.loop, random.Random(self.chance.random()), skew=skew)
        return self.servers[name]

    def database(self, name: str) -> Any:
        """A connection to it."""
        return MemoryClient(self.server(name))[name]

    def clock(self) -> Callable[[], datetime]:
        """A host's clock, a little off."""
        skew = timedelta(seconds=self.chance.uniform(-0.9, 0.9))
        return lambda: BEGINNING + timedelta(seconds=self.loop.time()) + skew

    def die(self, reason: str) -> None:
        """What a process calls to end itself at once."""
        self.stops.append(reason)
        self.loop.kill(self.loop.here())

    def beside(self, work: Coroutine[Any, Any, object]) -> None:
        """Something that people or machines do meanwhile; if it fails, so does the history."""
        task = self.loop.create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[object]") -> None:
        self._beside.discard(task)
        if error := task.exception():
            self.loop.failures.append(error)

    def keep(self, name: str, work: Work) -> None:
        """Start a process, and again whenever it ended."""
        self.beside(self._keep(name, work))

    async def _keep(self, name: str, work: Work) -> None:
        while True:
            process = self.running[name] = self.loop.spawn(name)
            task = self._tasks[name] = self.loop.start(process, work())
            while process.alive and not task.done():
                await pause(1.0)
            if process.alive:
                error = None if task.cancelled() else task.exception()
                self.stops.append(repr(error))
                self.loop.kill(process)
                if error is not None and not _expected(error):
                    self.loop.failures.append(error)
            await pause(self.chance.uniform(0.1, 2.0))

    # what befalls it

    @property
    def of_readers(self) -> Sequence[Callable[[], Awaitable[None]]]:
        """The kinds of faults of which a log knows nothing."""
        return self.kill, self.kill, self.kill_soon, self.halt, self._break_kafka, self._break_database, self._wobble

    async def trouble(self, seconds: float, *, every: float = 1.5, kinds: Sequence[Callable[[], Awaitable[None]]] = ()) -> None:
        """Faults of every kind, or of these, for a while."""
        until = self.loop.time() + seconds
        kinds = kinds or (*self.of_readers, self._repeat)
        while self.loop.time() < until:
            await pause(self.chance.uniform(0.1, 2 * every))
            if self.calm:
                return
            self.faults += 1
            await self.chance.choice(kinds)()

    async def kill(self) -> None:
        self.loop.kill(self._victim())

    async def kill_soon(self) -> None:
        """After some more of its steps: at any of its awaits."""
        self._victim().steps_left = self.chance.randint(1, 150)

    async def halt(self) -> None:
        """SIGSTOP, and later SIGCONT."""
        victim = self._victim()
        victim.stopped = True
        self.loop.call_later(self.chance.choice((0.5, 3.0, 12.0)), setattr, victim, "stopped", False)

    async def ask_to_stop(self) -> None:
        """SIGTERM."""
        name = self.chance.choice(sorted(self._tasks))
        if self.running[name].alive:
            self.running[name].stopped = False
            self._tasks[name].cancel()

    async def _break_kafka(self) -> None:
        self.broker.down_until = self.loop.time() + self.chance.choice((0.5, 4.0, 18.0))

    async def _break_database(self) -> None:
        server = self.chance.choice(list(self.servers.values()))
        server.down_until = self.loop.time() + self.chance.choice((0.2, 2.0, 6.0))
        if self.chance.random() < 0.3:
            server.cursors.clear()
        if self.chance.random() < 0.15:
            server.forgotten = len(server.log)

    async def _wobble(self) -> None:
        """Connections, commits and acknowledgements that get lost now and then."""
        for server in self.servers.values():
            faults = server.faults
            faults.lost, faults.stalled, faults.aborted, faults.unheard, faults.cursors = (
                self.chance.choice((0.0, limit)) for limit in (0.03, 0.03, 0.15, 0.15, 0.05)
            )
        self.broker.lost_acks, self.broker.refusing = (self.chance.choice((0.0, 0.0, 0.05)) for _ in range(2))

    async def _repeat(self) -> None:
        """A relay that was thought dead sends what it had sent before, in order."""
        place = self.chance.choice(list(self.broker.logs) or [("", 0)])
        log = self.broker.logs.get(place, [])
        if log:
            begin = self.chance.randrange(len(log))
            again = log[begin : begin + self.chance.randint(1, 10)]
            self.broker.receive(self.chance.getrandbits(48), place, [(each.key, each.value, each.headers) for each in again])

    def _victim(self) -> Process:
        living = [process for _, process in sorted(self.running.items()) if process.alive]
        return self.chance.choice(living or [Process("nobody", alive=False)])

    def heal(self) -> None:
        """No more faults."""
        self.calm = True
        for process in self.running.values():
            process.stopped, process.steps_left = False, None
        self.broker.down_until = self.broker.lost_acks = self.broker.refusing = 0.0
        for server in self.servers.values():
            server.down_until = 0.0
            server.faults = Faults()

    async def until(self, what: str, holds: Callable[[], bool], *, patience: float = 240.0, skip: float = 0.0) -> None:
        """Wait until it holds. ``skip`` passes over so many seconds of each wait, in which everything sleeps."""
        ends = self.loop.time() + patience
        while not holds():
            if self.loop.time() > ends:
                raise NotDrained(what)
            self.loop.jump(skip)
            await pause(0.5)

    async def ask(self, name: str, work: Callable[[], Awaitable[Any]]) -> Any:
        """Run something in a process and wait for its answer; None where the process died over it."""
        process = self.running[name]
        if not process.alive:
            await pause(0.5)
            return None
        task = self.loop.start(process, _quietly(work))
        while process.alive and not task.done():
            await pause(0.05)
        return task.result() if task.done() and process.alive else None


async def _quietly(work: Callable[[], Awaitable[Any]]) -> Any:
    """An error is an answer too."""
    try:
        return await work()
    except Exception as error:
        return error


def _expected(error: BaseException) -> bool:
    """What a process may end with, to be started again: its database did not answer in time."""
    if isinstance(error, LoopEnded) and error.reason is not None:
        return _expected(error.reason)
    if isinstance(error, BaseExceptionGroup):
        return all(_expected(each) for each in error.exceptions)
    return isinstance(error, NotRun | ConnectionFailure)
