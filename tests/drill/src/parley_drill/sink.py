"""A mail server that does what it is told, and writes down what it took over before it says so."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes

from parley_drill.journal import Journal
from parley_drill.listening import listening

RARELY = 10
DEAD = "dead-"
"""Addresses that begin so are known to nobody."""


class HangUp(Exception):
    """The server closes the connection without a word."""


@dataclass(slots=True)
class Mood:
    """How often which misfortune happens, each from 0 to 1, and how long a slow answer takes."""

    greeting: float = 0.0
    recipient: float = 0.0
    data: float = 0.0
    text: float = 0.0
    """The connection is lost in the middle of the text."""
    refused: float = 0.0
    """4xx after the final dot."""
    forgotten: float = 0.0
    """The connection is lost after the final dot, and the mail with it."""
    silent: float = 0.0
    """The mail is taken over, and the connection is lost before that is said."""
    slow: float = 0.0
    wait: float = 0.0


@dataclass(slots=True)
class Sink:
    """Listens on ``port``. ``mood`` can be set at any time; the chances are drawn from the seed."""

    journal: Journal
    chance: random.Random
    mood: Mood = field(default_factory=Mood)
    port: int = 0
    hits: int = 0
    """How often a misfortune happened."""

    def hit(self, name: str) -> bool:
        happens = bool(self.chance.random() < getattr(self.mood, name))
        self.hits += happens
        return happens

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            await self._talk(reader, writer)
        except (HangUp, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return
        else:
            writer.close()
            await writer.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        say = _Voice(writer)
        if self.hit("greeting"):
            await say("421 4.3.2 too busy")
            return
        await say("220 sink")
        recipient = ""
        while line := (await reader.readline()).decode("ascii", "replace").strip():
            verb = line.split(" ", 1)[0].upper()
            if verb == "QUIT":
                await say("221 bye")
                return
            if verb == "RCPT":
                recipient = line.partition("<")[2].partition(">")[0]
                await say(self._recipient(recipient))
            elif verb == "DATA":
                if self.hit("data"):
                    await say("451 4.3.0 try again")
                    continue
                await say("354 go on")
                await say(await self._text(reader, recipient))
            else:
                await say("250 ok")

    def _recipient(self, address: str) -> str:
        if address.startswith(DEAD):
            return "550 5.1.1 nobody of that name"
        if not self.hit("recipient"):
            return "250 ok"
        # The first one gives the whole mail host a rest of a minute.
        return "451 4.7.1 too much from you" if self.hits % RARELY == 0 else "450 4.2.0 mailbox busy"

    async def _text(self, reader: asyncio.StreamReader, recipient: str) -> str:
        if self.hit("text"):
            await reader.readline()
            raise HangUp
        content = await reader.readuntil(b"\r\n.\r\n")
        if self.hit("slow"):
            await asyncio.sleep(self.mood.wait)
        if self.hit("refused"):
            return "452 4.2.2 mailbox full"
        if self.hit("forgotten"):
            raise HangUp
        silent = self.hit("silent")
        self._take(recipient, content, silent)
        if silent:
            raise HangUp
        return "250 2.0.0 taken"

    def _take(self, recipient: str, content: bytes, silent: bool) -> None:
        headers = message_from_bytes(content)
        self.journal.write(to=recipient, message_id=str(headers["Message-ID"]).strip("<> "), answered=not silent)


@dataclass(frozen=True, slots=True)
class _Voice:
    writer: asyncio.StreamWriter

    async def __call__(self, line: str) -> None:
        self.writer.write(line.encode() + b"\r\n")
        await self.writer.drain()


@asynccontextmanager
async def running(sink: Sink) -> AsyncIterator[Sink]:
    """The sink on a free port."""
    async with listening(sink.talk) as sink.port:
        yield sink
