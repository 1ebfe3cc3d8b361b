"""The supervisor: order of start, restarts, a clear word about what cannot be kept, and nothing left behind."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from parley_chassis.testing import eventually
from parley_local.part import Part, State
from parley_local.supervisor import PartEnded, Supervisor

Logged = list[tuple[str, str]]


def python(code: str) -> Callable[[], Sequence[str]]:
    return lambda: [sys.executable, "-c", f"import os, pathlib, signal, sys, time\n{code}"]


async def never() -> bool:
    return False


def server(name: str, folder: Path, *needs: str, ends: str = "") -> Part:
    """A part that writes its name into a file when it starts, and another when it ends."""
    code = f"""
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
events = pathlib.Path({str(folder / "events")!r})
events.open("a").write("+{name} ")
pathlib.Path({str(folder / name)!r}).touch()
{ends}
try:
    signal.pause()
finally:
    events.open("a").write("-{name} ")
"""

    async def ready() -> bool:
        return (folder / name).exists()

    return Part(name=name, command=python(code), ready=ready, needs=needs)


@asynccontextmanager
async def running(supervisor: Supervisor) -> AsyncIterator[asyncio.Event]:
    healthy = asyncio.Event()
    task = asyncio.create_task(supervisor.run(healthy.set))
    try:
        yield healthy
    finally:
        task.cancel()
        await asyncio.wait([task])


def log_to(logged: Logged) -> Callable[[str, str], None]:
    return lambda part, line: logged.append((part, line))


async def test_parts_start_in_order_of_need_and_end_in_reverse(tmp_path: Path) -> None:
    parts = [server("web", tmp_path, "database", "broker"), server("broker", tmp_path, "database"), server("database", tmp_path)]
    async with running(Supervisor(parts, log_to([]))) as healthy:
        await asyncio.wait_for(healthy.wait(), 60)
    assert (tmp_path / "events").read_text() == "+database +broker +web -web -broker -database "


async def test_a_part_that_dies_is_started_again_and_the_others_stay(tmp_path: Path) -> None:
    supervisor = Supervisor([server("web", tmp_path), server("database", tmp_path)], log_to(logged := []))
    async with running(supervisor) as healthy:
        await asyncio.wait_for(healthy.wait(), 60)
        kept, killed = supervisor.status["database"].pid, supervisor.status["web"].pid
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        await eventually(lambda: supervisor.status["web"].restarts == 1 and supervisor.status["web"].state is State.READY)
        assert supervisor.status["web"].pid != killed
        assert supervisor.status["database"].pid == kept
    assert any(part == "web" and "signal 9" in line for part, line in logged)


async def test_a_part_that_cannot_start_is_given_up_with_its_last_words(tmp_path: Path) -> None:
    broken = Part(name="broken", command=python("print('no such host'); sys.exit(3)"), ready=never, starts=1)
    with pytest.raises(PartEnded, match=r"(?s)broken ended with exit code 3.*no such host"):
        await Supervisor([server("database", tmp_path), broken], log_to([])).run(lambda: None)
    assert (tmp_path / "events").read_text().endswith("-database ")


async def test_a_part_that_never_gets_ready_is_given_up(tmp_path: Path) -> None:
    deaf = Part(name="deaf", command=python("signal.pause()"), ready=never, start_within=0.3, starts=1)
    with pytest.raises(PartEnded, match=r"deaf was not ready within 0.3 s"):
        await Supervisor([deaf], log_to([])).run(lambda: None)


async def test_a_one_shot_part_lets_others_start_once_it_is_done(tmp_path: Path) -> None:
    once = Part(name="once", command=python(f"pathlib.Path({str(tmp_path / 'events')!r}).open('a').write('once ')"))
    supervisor = Supervisor([server("web", tmp_path, "once"), once], log_to([]))
    async with running(supervisor) as healthy:
        await asyncio.wait_for(healthy.wait(), 60)
        assert supervisor.status["once"].state is State.DONE
    assert (tmp_path / "events").read_text() == "once +web -web "


async def test_a_part_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    code = f"signal.signal(signal.SIGTERM, signal.SIG_IGN); pathlib.Path({str(tmp_path / 'up')!r}).touch(); signal.pause()"

    async def ready() -> bool:
        return (tmp_path / "up").exists()

    supervisor = Supervisor([Part(name="stubborn", command=python(code), ready=ready, stop_within=0.2)], log_to([]))
    async with running(supervisor) as healthy:
        await asyncio.wait_for(healthy.wait(), 60)
        pid = supervisor.status["stubborn"].pid
        assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="only the Linux kernel ends children with their parent")
async def test_children_end_with_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    code = """
import asyncio, os, sys
from parley_local.process import Process

async def main():
    child = await Process.start([sys.executable, "-c", "import signal; signal.pause()"], env=os.environ, sink=print)
    print(child.pid, flush=True)
    await child.wait()

asyncio.run(main())
"""
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(await parent.stdout.readline())
    parent.kill()
    await parent.wait()
    await eventually(lambda: not Path(f"/proc/{child}").exists() or "Z" in Path(f"/proc/{child}/stat").read_text().split()[2])


async def test_parts_that_wait_for_one_another_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="hen, egg"):
        Supervisor([server("hen", tmp_path, "egg"), server("egg", tmp_path, "hen")], log_to([]))
