"""An event loop whose time jumps to the next timer, whose seed says which process is next, and which can kill or stop a process."""

import asyncio
import heapq
import random
from collections import deque
from collections.abc import Coroutine
from contextvars import Context, ContextVar, copy_context
from dataclasses import dataclass, field
from typing import Any

from parley_chassis import tracing


class Stuck(RuntimeError):
    """Nothing is ready and no timer is set: nothing will ever happen again."""


class PutDown(BaseException):
    """Ends what a killed process left behind, when its history is over."""


@dataclass(eq=False)
class Process:
    """Something that dies as a whole. What of it was not run by then never runs: no handler, no ``finally``."""

    name: str
    alive: bool = True
    stopped: bool = False
    steps_left: int | None = None
    ready: deque[asyncio.Handle] = field(default_factory=deque)


_PROCESS: ContextVar[Process] = ContextVar("process")

BURST = 3
"""Callbacks of one process that run before another may be next."""

_MANY = 500
"""Tasks after which those that ended are looked for and let go."""

NOBODY = Context()
"""Where what belongs to no process runs."""


class VirtualLoop(asyncio.BaseEventLoop):
    """Runs callbacks of one process in their order, as asyncio promises, and those of several in any order."""

    def __init__(self, chance: random.Random) -> None:
        tracing.chance.seed(str(chance.getstate()))
        super().__init__()
        self._chance = chance
        self._now = 0.0
        self._world = Process("the world")
        self._living = [self._world]
        self._tasks: list[tuple[Process, asyncio.Task[Any]]] = []
        self._ready = _Ready(self._queue)
        self.failures: list[BaseException] = []
        self.steps = 0
        self.set_exception_handler(self._fail)

    def time(self) -> float:
        return self._now

    def here(self) -> Process:
        """The process whose code is running."""
        return _PROCESS.get(self._world)

    # processes

    def spawn(self, name: str) -> Process:
        process = Process(name)
        self._living.append(process)
        return process

    def start(self, process: Process, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run something in a process."""
        context = copy_context()
        context.run(_PROCESS.set, process)
        return self.create_task(work, context=context)

    def create_task(self, *args: Any, **more: Any) -> asyncio.Task[Any]:
        """Each is held until the end: one of a dead process must not be collected in the middle, which would run its ``finally``."""
        task = super().create_task(*args, **more)
        context: Context | None = more.get("context")
        self._tasks.append((context.get(_PROCESS, self._world) if context else self.here(), task))
        if len(self._tasks) > _MANY:
            self._tasks = [(owner, each) for owner, each in self._tasks if not self._is_over(owner, each)]
        return task

    def _is_over(self, owner: Process, task: asyncio.Task[Any]) -> bool:
        """Whether a task has ended. What one of a dead process ended with is nobody's to hear."""
        if task.done() and not owner.alive:
            task._log_traceback = False
        return task.done()

    def kill(self, process: Process) -> None:
        """As kill -9: now, wherever it is."""
        if not process.alive:
            return
        process.alive = False
        process.ready.clear()
        self._living.remove(process)
        for owner, task in self._tasks:
            self._is_over(owner, task)

    def jump(self, seconds: float) -> None:
        """Everything stands still so long, as a sleeping host does; then all that fell due meanwhile is due at once."""
        self._now += seconds

    # the loop itself

    def _queue(self, handle: asyncio.Handle) -> None:
        process: Process = _context(handle).get(_PROCESS, self._world)
        if process.alive:
            process.ready.append(handle)

    def _run_once(self) -> None:
        runnable = [each for each in self._living if each.ready and not each.stopped]
        if not runnable:
            self._sleep()
            return
        process = runnable[int(self._chance.random() * len(runnable))]
        # Some at once: where exactly another process comes between is for the doubles' journeys to say.
        for _ in range(min(BURST, len(process.ready))):
            if process.ready and process.alive:
                self._step(process)

    def _step(self, process: Process) -> None:
        handle = process.ready.popleft()
        if handle.cancelled():
            return
        self.steps += 1
        if process.steps_left is not None:
            process.steps_left -= 1
            if process.steps_left <= 0:
                self.kill(process)
                return
        handle._run()

    def _sleep(self) -> None:
        """To the next timer, and make ready whatever is due then."""
        timers: list[asyncio.TimerHandle] = self._scheduled  # type: ignore[attr-defined]
        woken = False
        while timers:
            first = timers[0]
            owner = _context(first).get(_PROCESS, self._world)
            if owner.alive and not first.cancelled():
                if first.when() > self._now:
                    if woken:
                        return
                    self._now = first.when()
                owner.ready.append(first)
                woken = woken or not owner.stopped
            heapq.heappop(timers)
            first._scheduled = False  # type: ignore[attr-defined]
        if not woken:
            raise Stuck

    def _fail(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self.failures.append(context.get("exception") or RuntimeError(context["message"]))

    def _write_to_self(self) -> None:
        """Nothing comes from outside."""

    def _process_events(self, events: Any) -> None:
        """Nothing comes from outside."""

    def put_down(self) -> None:
        """End whatever still stands in the middle of something, so that nothing of this history speaks in the next one."""
        for process in self._living:
            process.alive = False
        asyncio.events._set_running_loop(self)
        while self._tasks:
            owner, task = self._tasks.pop()
            if not self._is_over(owner, task):
                task._log_destroy_pending = False  # type: ignore[attr-defined]
                _close(task.get_coro())
        asyncio.events._set_running_loop(None)
        self.close()


class _Ready(deque[asyncio.Handle]):
    """What the base class appends goes to the queue of its process."""

    def __init__(self, queue: Any) -> None:
        super().__init__()
        self.append = queue  # type: ignore[method-assign]


def _context(handle: asyncio.Handle) -> Context:
    return handle._context  # type: ignore[attr-defined,no-any-return]


def _close(work: Any) -> None:
    for _ in range(100):
        try:
            work.throw(PutDown())
        except (StopIteration, PutDown, RuntimeError, asyncio.CancelledError):
            return
        except BaseException:
            return


def run(loop: VirtualLoop, work: Coroutine[Any, Any, None]) -> None:
    """Run one history to its end; what failed unseen on the way fails it."""
    try:
        loop.run_until_complete(work)
        if loop.failures:
            raise loop.failures[0]
    finally:
        loop.put_down()
