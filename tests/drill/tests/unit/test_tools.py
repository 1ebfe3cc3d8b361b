"""The drill's tools do what they say: a proxy that cuts and swallows, a mail server with moods and a memory on disk."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import pytest
from parley_drill import journal, proxy, sink
from parley_drill.journal import Journal
from parley_drill.listening import listening
from parley_drill.marketplace import MARKETS, markets_folder
from parley_drill.proxy import Proxy
from parley_drill.sink import Mood, Sink
from parley_local import markets
from parley_local.layout import Layout

HOST = "127.0.0.1"


@pytest.fixture
async def echo() -> AsyncIterator[Proxy]:
    """The way to a server that gives every line back."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line)
            await writer.drain()

    async with listening(answer) as port, proxy.running(Proxy(port)) as way:
        yield way


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def test_the_local_stack_leaves_the_markets_of_the_drill_alone(tmp_path: Path) -> None:
    made = markets_folder(tmp_path)

    assert markets.folder(Layout(folder=tmp_path)) != made
    assert {each.stem for each in made.glob("*.yaml")} == {market.id for market in MARKETS}


async def test_a_proxy_passes_everything_on_and_cuts_when_told(echo: Proxy) -> None:
    async with connected(echo.port) as (reader, writer):
        writer.write(b"one\n")
        assert await reader.readline() == b"one\n"

        assert echo.cut() == 1

        with pytest.raises(ConnectionResetError):
            await reader.readline()


async def test_what_a_black_hole_swallowed_comes_when_it_ends(echo: Proxy) -> None:
    async with connected(echo.port) as (reader, writer):
        echo.swallow(True)
        writer.write(b"two\n")
        answer = asyncio.create_task(reader.readline())
        done, _ = await asyncio.wait([answer], timeout=0.2)
        assert not done

        echo.swallow(False)

        assert await answer == b"two\n"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[tuple[Sink, Path]]:
    written = tmp_path / "mails.jsonl"
    told = Journal(written)
    async with sink.running(Sink(told, random.Random(1))) as running:
        yield running, written
    told.close()


async def send(port: int, to: str = "anna@example.org", patience: float = 5) -> str:
    """The reply to one mail; raises what the client raises."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Message-ID"] = "shop@example.org", to, "<d-1@drill>"
    mail.set_content("Hello.\n.\nA dot.")
    async with aiosmtplib.SMTP(hostname=HOST, port=port, timeout=patience, start_tls=False) as client:
        _, reply = await client.send_message(mail)
    return reply


async def test_a_mail_that_was_taken_over_stands_on_disk(server: tuple[Sink, Path]) -> None:
    running, written = server

    assert "taken" in await send(running.port)

    (line,) = journal.read(written)
    assert (line["to"], line["message_id"], line["answered"]) == ("anna@example.org", "d-1@drill", True)


@pytest.mark.parametrize(("mood", "kept"), [(Mood(silent=1.0), 1), (Mood(forgotten=1.0), 0), (Mood(text=1.0), 0)])
async def test_a_server_hangs_up_before_or_after_it_took_the_mail(server: tuple[Sink, Path], mood: Mood, kept: int) -> None:
    running, written = server
    running.mood = mood

    with pytest.raises(aiosmtplib.SMTPException):
        await send(running.port)

    assert [line["answered"] for line in journal.read(written)] == [False] * kept
    assert running.hits == 1


@pytest.mark.parametrize("mood", [Mood(greeting=1.0), Mood(recipient=1.0), Mood(data=1.0), Mood(refused=1.0)])
async def test_a_server_refuses_for_now(server: tuple[Sink, Path], mood: Mood) -> None:
    running, written = server
    running.mood = mood

    with pytest.raises((aiosmtplib.SMTPResponseException, aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPConnectError)):
        await send(running.port)

    assert journal.read(written) == []


async def test_nobody_knows_a_dead_address(server: tuple[Sink, Path]) -> None:
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        await send(server[0].port, "dead-guest@example.org")


async def test_of_a_domain_that_is_down_nobody_answers_and_others_get_their_mail(server: tuple[Sink, Path]) -> None:
    running, written = server
    running.mood = Mood(down="example.org")

    with pytest.raises(aiosmtplib.SMTPException):
        await send(running.port, patience=0.3)
    await send(running.port, to="anna@quiet.example")

    assert [line["to"] for line in journal.read(written)] == ["anna@quiet.example"]
