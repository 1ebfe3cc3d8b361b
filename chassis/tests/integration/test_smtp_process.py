"""The mail server of the drill: a process of its own that can be killed, and a record that cannot be lost."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiosmtplib
import pytest


@asynccontextmanager
async def running(record: Path, *more: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    command = (sys.executable, "-m", "parley_chassis.testing.smtp", "--record", str(record), *more)
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout
        listening = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
        yield process, int(listening.rpartition(":")[2])
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def send(port: int, message_id: str, to: str = "ada@example.org") -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Message-ID"] = "shop@example.org", to, f"<{message_id}>"
    message.set_content("Hello")
    await aiosmtplib.send(message, hostname="127.0.0.1", port=port, timeout=10, start_tls=False)


def lines(record: Path, kind: str) -> list[dict[str, Any]]:
    return [line for line in map(json.loads, record.read_text().splitlines()) if line["kind"] == kind]


def scripted(script: Path, *rules: dict[str, object]) -> None:
    """Put a new script in the place of the old one, whole at any moment."""
    written = script.with_suffix(".new")
    written.write_text("".join(json.dumps(rule) + "\n" for rule in rules))
    written.replace(script)


async def test_a_killed_server_has_written_down_every_mail_that_it_took(tmp_path: Path) -> None:
    record = tmp_path / "mails.jsonl"
    async with running(record) as (process, port):
        await send(port, "one@example.org")
        process.kill()
        await process.wait()
    async with running(record) as (_, port):
        await send(port, "two@example.org", "bob@example.org")

    said = [(line["message_id"], line["recipient"], line["answered"]) for line in lines(record, "accepted")]
    assert said == [("one@example.org", "ada@example.org", True), ("two@example.org", "bob@example.org", True)]
    assert all(line["time"] > 0 for line in lines(record, "accepted"))


async def test_a_script_can_be_replaced_while_it_is_followed(tmp_path: Path) -> None:
    record, script = tmp_path / "mails.jsonl", tmp_path / "rules.jsonl"
    scripted(script, {"stage": "DOT", "drop": True, "accept": True})
    async with running(record, "--script", str(script)) as (_, port):
        with pytest.raises(aiosmtplib.SMTPServerDisconnected):
            await send(port, "taken@example.org")
        scripted(script, {"stage": "RCPT", "to": "@example.org", "reply": "550 5.1.1 nobody"})
        with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
            await send(port, "refused@example.org")
        scripted(script)
        await send(port, "fine@example.org")

    said = [(line["message_id"], line["answered"]) for line in lines(record, "accepted")]
    assert said == [("taken@example.org", False), ("fine@example.org", True)]
    faults = [(line["stage"], line["reply"], line["drop"], line["recipients"]) for line in lines(record, "fault")]
    assert faults == [("DOT", None, True, ["ada@example.org"]), ("RCPT", "550 5.1.1 nobody", False, ["ada@example.org"])]


async def test_it_stops_when_asked_to(tmp_path: Path) -> None:
    async with running(tmp_path / "mails.jsonl") as (process, _):
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 30) == 0
