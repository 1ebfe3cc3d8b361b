"""One child process: its output line by line, its end, and that it never outlives us."""

import asyncio
import ctypes
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Self

Sink = Callable[[str], None]

_KEPT_LINES = 15
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class Process:
    """A running child; ``last_lines`` is what it said last."""

    def __init__(self, child: asyncio.subprocess.Process, sink: Sink) -> None:
        self._child = child
        self.last_lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._output = asyncio.create_task(self._read(sink))

    @classmethod
    async def start(cls, command: Sequence[str], *, env: Mapping[str, str], sink: Sink) -> Self:
        parent = os.getpid()
        child = await asyncio.create_subprocess_exec(
            *command,
            env=dict(env),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            # Ctrl-C goes to us alone, we end our children in order.
            start_new_session=True,
            preexec_fn=lambda: _die_with(parent),
        )
        return cls(child, sink)

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def exit_code(self) -> int | None:
        return self._child.returncode

    async def wait(self) -> int:
        """Wait for its end and the last of its output."""
        code = await self._child.wait()
        await asyncio.wait([self._output], timeout=1)
        self._output.cancel()
        return code

    async def stop(self, *, within: float) -> int:
        """SIGTERM, and SIGKILL for one that does not end in time."""
        if self._child.returncode is None:
            self._child.terminate()
        try:
            async with asyncio.timeout(within):
                return await self.wait()
        except TimeoutError:
            if self._child.returncode is None:
                self._child.kill()
            return await self.wait()

    async def _read(self, sink: Sink) -> None:
        output = self._child.stdout
        assert output is not None
        rest = b""
        while chunk := await output.read(65536):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._say(line, sink)
        if rest:
            self._say(rest, sink)

    def _say(self, line: bytes, sink: Sink) -> None:
        text = line.decode(errors="replace").rstrip()
        if not text.startswith("\tat "):  # a stack's frames would push out what it is about
            self.last_lines.append(text)
        sink(text)


def _die_with(parent: int) -> None:
    """In the child, before exec: the kernel sends SIGTERM when the parent goes, even by SIGKILL."""
    if _LIBC is None:
        return
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)
