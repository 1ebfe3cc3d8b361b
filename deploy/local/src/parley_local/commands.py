"""What a person types: up, down, status, logs."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from parley_local import logs, ports, state
from parley_local.layout import Layout
from parley_local.part import State
from parley_local.problem import CannotRun
from parley_local.state import Snapshot

HEALTHY_WITHIN = 120.0
STOP_WITHIN = 90.0
_POLL = 0.1


def up(layout: Layout) -> None:
    """Start the stack in the background, wait until it is healthy, print where everything is."""
    if state.is_running(layout.folder):
        sys.stdout.write("The stack runs already.\n")
        _until_healthy(layout, ended=lambda: not state.is_running(layout.folder))
    else:
        ports.refuse_taken(layout.used_ports())
        runner = _started(layout)
        _until_healthy(layout, ended=lambda: runner.poll() is not None)
    _print_links(state.running(layout.folder))


def down(layout: Layout) -> None:
    """Stop everything; the data stays."""
    stopped = state.stop(layout.folder, within=STOP_WITHIN)
    sys.stdout.write("Stopped. The next `make up` finds its data.\n" if stopped else "The local stack is not running.\n")


def status(layout: Layout) -> None:
    """Each part, and the addresses."""
    snapshot = state.running(layout.folder)
    sys.stdout.write(f"{'part':<20} {'state':<11} {'process':>8} {'memory':>8} {'restarts':>9}\n")
    for name, part in snapshot.parts.items():
        numbers = f"{part['pid'] or '':>8} {_memory(part['pid']):>8} {part['restarts'] or '':>9}"
        sys.stdout.write(f"{name:<20} {part['state']:<11} {numbers}\n")
        if part["problem"]:
            sys.stdout.write(f"    {part['problem'].splitlines()[0]}  (make logs ARGS={name})\n")
    _print_links(snapshot)


def show_logs(layout: Layout, part: str | None, *, go_on: bool) -> None:
    """The last lines of one part, or of every part; then, if asked, what is added."""
    folder = layout.logs
    known = sorted(path.stem for path in folder.glob("*.log") if not path.stem.endswith(".1"))
    if part is not None and part not in known:
        raise CannotRun(f"There is no log of {part!r}; there are: {', '.join(known) or 'none yet'}.")
    read = logs.show(folder, [part] if part else known, lines=200 if part else 10)
    if go_on:
        with suppress(KeyboardInterrupt):
            logs.follow(read)


def _memory(pid: int | None) -> str:
    """What a process holds, where the system tells."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return ""
    return next((f"{int(line.split()[1]) // 1024} MB" for line in lines if line.startswith("VmRSS:")), "")


def _started(layout: Layout) -> subprocess.Popen[bytes]:
    layout.folder.mkdir(parents=True, exist_ok=True)
    (layout.folder / "stack.json").unlink(missing_ok=True)
    with (layout.folder / "runner.log").open("w") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "parley_local", "run"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=layout.folder,
            env=dict(os.environ),
        )


def _until_healthy(layout: Layout, *, ended: Callable[[], bool]) -> None:
    """Tell each step as it is done; where the stack gave up, say which part and why."""
    began, told = time.monotonic(), set[str]()
    try:
        while time.monotonic() - began < HEALTHY_WITHIN:
            snapshot = Snapshot.read(layout.folder)
            if snapshot is not None:
                _tell_steps(snapshot, told, time.monotonic() - began)
                if snapshot.healthy:
                    return
            if ended():
                raise CannotRun(_why(layout, Snapshot.read(layout.folder)))
            time.sleep(_POLL)
        raise CannotRun(_missing(snapshot))
    except (CannotRun, KeyboardInterrupt):
        state.stop(layout.folder, within=STOP_WITHIN)
        raise


def _tell_steps(snapshot: Snapshot, told: set[str], seconds: float) -> None:
    for name, part in snapshot.parts.items():
        if part["state"] in (State.READY, State.DONE) and name not in told:
            told.add(name)
            sys.stdout.write(f"  {name:<20} {part['state']} after {seconds:.1f} s\n")
            sys.stdout.flush()


def _missing(snapshot: Snapshot | None) -> str:
    """Which parts are not as they should be, and what they said last."""
    parts = snapshot.parts if snapshot else {}
    waiting = {name: part["problem"] for name, part in parts.items() if part["state"] not in (State.READY, State.DONE)}
    told = "\n".join(problem or f"{name} is not ready" for name, problem in waiting.items())
    return f"The local stack was not healthy after {HEALTHY_WITHIN:g} s, and was stopped again.\n{told}"


def _why(layout: Layout, snapshot: Snapshot | None) -> str:
    if snapshot is not None and snapshot.problem:
        return f"The local stack could not be started.\n{snapshot.problem}"
    return f"The local stack could not be started:\n{(layout.folder / 'runner.log').read_text()}"


def _print_links(snapshot: Snapshot) -> None:
    sys.stdout.write("\n" + "".join(f"  {name:<20} {address}\n" for name, address in snapshot.addresses.items()))
    sys.stdout.write("\nNext: `make demo` tells the story on it, `make status` shows each part, `make down` stops it.\n")
