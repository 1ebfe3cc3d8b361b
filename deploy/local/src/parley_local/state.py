"""What other commands know of a running stack: who runs it, how each part is, and the addresses."""

import fcntl
import json
import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import IO, Any, Self

from parley_local.part import State
from parley_local.problem import CannotRun
from parley_local.supervisor import Status

_PROBES_LAST = 1.0
"""Whoever asks whether a stack runs holds the lock for a moment."""


@dataclass
class Snapshot:
    """The stack at one moment: healthy if every part is. ``problem`` says why it gave up."""

    pid: int
    started_at: float
    healthy: bool = False
    problem: str = ""
    parts: dict[str, dict[str, Any]] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    layout: dict[str, Any] = field(default_factory=dict)
    """What Layout.of makes a layout of."""

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        try:
            told = json.loads((folder / "stack.json").read_text())
            # A stack that an older version started is read too.
            return cls(**{name: told[name] for name in (each.name for each in fields(cls)) if name in told})
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def tell(self, folder: Path, status: Mapping[str, Status]) -> None:
        """Write it in one step: a reader never sees half of it."""
        self.healthy = all(each.state in (State.READY, State.DONE) for each in status.values())
        self.parts = {name: asdict(each) for name, each in status.items()}
        new = folder / "stack.json.new"
        new.write_text(json.dumps(asdict(self), indent=1))
        new.replace(folder / "stack.json")


@contextmanager
def sole_owner(folder: Path) -> Iterator[None]:
    """Hold the stack's lock, which ends with the process however it ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as file:
        end = time.monotonic() + _PROBES_LAST
        while not _locked(file):
            if time.monotonic() > end:
                raise CannotRun(f"A stack runs in {folder} already: `make status` shows it, `make down` stops it.")
            time.sleep(0.05)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def is_running(folder: Path) -> bool:
    """Whether somebody holds the lock."""
    if not (folder / "lock").exists():
        return False
    with (folder / "lock").open("a") as file:
        return not _locked(file)


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def running(folder: Path) -> Snapshot:
    """The running stack; raises CannotRun where there is none."""
    snapshot = Snapshot.read(folder)
    if snapshot is None or not is_running(folder):
        raise CannotRun("The local stack is not running: start it with `make up`.")
    return snapshot


def stop(folder: Path, *, within: float) -> bool:
    """End the running stack and wait until it is gone; False where none runs."""
    if not is_running(folder):
        return False
    while not (written := (folder / "lock").read_text()):
        time.sleep(0.01)
    pid = int(written)
    for number, patience in ((signal.SIGTERM, within), (signal.SIGKILL, 10.0)):
        # The lock was held a moment ago by the process that wrote its id into it.
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if not is_running(folder):
                return True
            time.sleep(0.1)
    raise CannotRun(f"The local stack (process {pid}) did not end within {within:g} s, not even by SIGKILL.")
