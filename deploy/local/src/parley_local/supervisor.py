"""Starts parts in order, keeps them running with back-off, ends them in reverse order."""

import asyncio
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from parley_local.part import Part, State, waves
from parley_local.problem import CannotRun
from parley_local.process import Process

Log = Callable[[str, str], None]
"""Takes a part's name and a line."""

_POLL = 0.1
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 15.0
_STEADY_AFTER = 60.0


class PartEnded(CannotRun):
    """A part ended that should run; the message has its last lines."""

    def __init__(self, part: Part, code: int | None, process: Process, why: str = "") -> None:
        said = "".join(f"\n    {line}" for line in process.last_lines) or " nothing"
        reason = why or (f"was ended by signal {-code}" if code is not None and code < 0 else f"ended with exit code {code}")
        super().__init__(f"{part.name} {reason}. It said last:{said}")


@dataclass
class Status:
    """What `status` shows of a part."""

    state: State = State.WAITING
    pid: int | None = None
    restarts: int = 0
    exit_code: int | None = None
    """How its last process ended."""
    problem: str = ""


class Supervisor:
    """Runs parts until it is cancelled; without ``restart`` the first end of a part is the end of all."""

    def __init__(
        self,
        parts: Sequence[Part],
        log: Log,
        *,
        restart: bool = True,
        longest_pause: float = _LONGEST_PAUSE,
        on_change: Callable[[Mapping[str, Status]], None] = lambda _: None,
    ) -> None:
        self._waves = waves(parts)
        self._log = log
        self._restart = restart
        self._longest_pause = longest_pause
        self._ready = {part.name: asyncio.Event() for part in parts}
        self._on_change = on_change
        self.status = {part.name: Status() for part in parts}

    async def run(self, on_ready: Callable[[], None]) -> None:
        """Start everything, tell when all is ready, go on for ever; raises PartEnded for a part that cannot be kept."""
        keepers = {part.name: asyncio.create_task(self._keep(part)) for wave in self._waves for part in wave}
        all_ready = asyncio.create_task(self._all_ready(on_ready))
        try:
            done, _ = await asyncio.wait([*keepers.values(), all_ready], return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
        finally:
            all_ready.cancel()
            for wave in reversed(self._waves):
                ending = [keepers[part.name] for part in wave]
                for task in ending:
                    task.cancel()
                await asyncio.gather(*ending, return_exceptions=True)

    async def _all_ready(self, on_ready: Callable[[], None]) -> None:
        for ready in self._ready.values():
            await ready.wait()
        on_ready()
        await asyncio.Event().wait()

    async def _keep(self, part: Part) -> None:
        for name in part.needs:
            await self._ready[name].wait()
        status, failures = self.status[part.name], 0
        while True:
            began = time.monotonic()
            try:
                await self._live(part)
            except CannotRun as error:
                failures = 1 if time.monotonic() - began > _STEADY_AFTER else failures + 1
                status.problem = str(error)
                self._log(part.name, str(error))
                if not (self._restart and (self._ready[part.name].is_set() or failures < part.starts)):
                    self._now(part, State.FAILED)
                    raise
            else:
                return
            status.restarts += 1
            self._now(part, State.RESTARTING)
            pause = min(self._longest_pause, _FIRST_PAUSE * 2 ** (failures - 1))
            self._log(part.name, f"is started again in {pause:g} s")
            await asyncio.sleep(pause)

    async def _live(self, part: Part) -> None:
        """One life of a part: returns where a one-shot is done, raises PartEnded at any other end."""
        status = self.status[part.name]
        self._now(part, State.STARTING)
        if part.prepare:
            await part.prepare()
        process = await Process.start(part.command(), env={**os.environ, **part.env}, sink=lambda line: self._log(part.name, line))
        status.pid = process.pid
        try:
            if part.ready:
                await self._until_ready(part, process)
                self._fine(part, State.READY)
                raise PartEnded(part, await process.wait(), process)
            if code := await process.wait():
                raise PartEnded(part, code, process)
            self._fine(part, State.DONE)
        finally:
            await process.stop(within=part.stop_within)
            status.pid, status.exit_code = None, process.exit_code
            if status.state is not State.DONE:
                self._now(part, State.STOPPED)

    async def _until_ready(self, part: Part, process: Process) -> None:
        assert part.ready is not None
        try:
            async with asyncio.timeout(part.start_within):
                while not await part.ready():
                    if process.exit_code is not None:
                        raise PartEnded(part, await process.wait(), process)
                    await asyncio.sleep(_POLL)
        except TimeoutError:
            raise PartEnded(part, None, process, f"was not ready within {part.start_within:g} s") from None

    def _fine(self, part: Part, state: State) -> None:
        self.status[part.name].problem = ""
        self._ready[part.name].set()
        self._now(part, state)

    def _now(self, part: Part, state: State) -> None:
        self.status[part.name].state = state
        self._on_change(self.status)
