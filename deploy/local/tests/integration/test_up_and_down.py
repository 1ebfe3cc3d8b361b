"""`up` and `down` as a person uses them: in the background, in words, with the data found again."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from parley_chassis.testing import eventually
from parley_local import ports, state
from parley_local.layout import PORTS

pytestmark = pytest.mark.timeout(180)


@dataclass
class Stack:
    """A stack of this test's own, without the services: they have tests of their own."""

    folder: Path
    settings: dict[str, str]

    async def do(self, *arguments: str, **settings: str) -> tuple[int, str]:
        """Run a command; gives its exit code and what it printed."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "parley_local", *arguments),
            env={**os.environ, **self.settings, **settings},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        printed, _ = await process.communicate()
        return process.returncode or 0, printed.decode()

    def part(self, name: str) -> dict[str, object]:
        part: dict[str, object] = json.loads((self.folder / "stack.json").read_text())["parts"][name]
        return part


@pytest.fixture
async def stack(kafka_servers: str, mongodb_uri: str, topic_prefix: str, tmp_path: Path) -> AsyncIterator[Stack]:
    free = dict(zip(PORTS, map(str, ports.free(len(PORTS))), strict=True))
    given = {"KAFKA_BOOTSTRAP_SERVERS": kafka_servers, "MONGODB_URI": mongodb_uri}
    own = {"LOCAL_DIR": str(tmp_path), "TOPIC_PREFIX": topic_prefix, "SERVICES": "none"}
    yield Stack(tmp_path, {**free, **given, **own})
    state.stop(tmp_path, within=30)


async def test_it_starts_in_the_background_and_says_where_everything_is(stack: Stack) -> None:
    code, printed = await stack.do("up")
    assert code == 0, printed
    assert f"http://127.0.0.1:{stack.settings['INBOX_PORT']}" in printed
    assert stack.settings["MONGODB_URI"] in printed
    assert await ports.answers_ok(int(stack.settings["INBOX_PORT"]), "/")
    assert "people, shops and orders published" in (await stack.do("logs", "marketplace"))[1]

    code, printed = await stack.do("up")
    assert code == 0
    assert "runs already" in printed

    code, printed = await stack.do("status")
    assert code == 0
    assert "mailbox" in printed
    assert "ready" in printed

    assert await stack.do("down") == (0, "Stopped. The next `make up` finds its data.\n")
    assert not await ports.listening(int(stack.settings["SMTP_PORT"]))
    assert await stack.do("down") == (0, "The local stack is not running.\n")

    assert (await stack.do("up"))[0] == 0
    assert "the market was opened before" in (await stack.do("logs", "marketplace"))[1]


async def test_a_part_that_is_killed_comes_back_and_its_end_is_told(stack: Stack) -> None:
    assert (await stack.do("up"))[0] == 0
    pid = stack.part("mailbox")["pid"]
    assert isinstance(pid, int)
    os.kill(pid, signal.SIGKILL)
    await eventually(lambda: stack.part("mailbox")["restarts"] == 1 and stack.part("mailbox")["state"] == "ready")
    assert "mailbox was ended by signal 9" in (await stack.do("logs", "mailbox"))[1]


async def test_a_taken_port_is_named_with_its_setting(stack: Stack) -> None:
    with socket.create_server(("127.0.0.1", int(stack.settings["IMAP_PORT"]))):
        code, printed = await stack.do("up")
    assert code == 1
    assert f"port {stack.settings['IMAP_PORT']} is taken: set IMAP_PORT=" in printed


async def test_what_cannot_start_is_named_with_its_last_words(stack: Stack) -> None:
    code, printed = await stack.do("up", KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1")
    assert code == 1
    assert "topics ended with exit code" in printed
    assert "KAFKA_BOOTSTRAP_SERVERS" in printed
    assert not state.is_running(stack.folder)


async def test_commands_say_that_nothing_runs(stack: Stack) -> None:
    assert await stack.do("status") == (1, "The local stack is not running: start it with `make up`.\n")
    code, printed = await stack.do("logs", "nothing")
    assert code == 1
    assert "There is no log of 'nothing'" in printed


@pytest.mark.skipif(sys.platform != "linux", reason="only the Linux kernel ends children with their parent")
async def test_nothing_is_left_behind_when_the_runner_is_killed(stack: Stack) -> None:
    assert (await stack.do("up"))[0] == 0
    os.kill(json.loads((stack.folder / "stack.json").read_text())["pid"], signal.SIGKILL)

    async def gone() -> bool:
        return not await ports.listening(int(stack.settings["SMTP_PORT"]))

    assert await eventually(gone)
    assert (await stack.do("up"))[0] == 0
