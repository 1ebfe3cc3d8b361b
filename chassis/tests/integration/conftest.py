"""What the tests of the database side share: a client for each driver, and a line to it that can break at a chosen word."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from parley_chassis.mongo import Database, close, connect, ensure_indexes
from parley_chassis.mongo.transactions import INDEXES


@pytest.fixture(params=["motor", "pymongo"])
async def either_database(request: pytest.FixtureRequest, mongodb_uri: str, database_name: str) -> AsyncIterator[Database]:
    """A database of this test's own, once through each driver."""
    client = connect(mongodb_uri, driver=request.param, app="test")
    await ensure_indexes(client[database_name], INDEXES)
    yield client[database_name]
    await close(client)


@pytest.fixture
async def service_database(mongodb_uri: str, database_name: str) -> AsyncIterator[Database]:
    """A database of this test's own, through the default driver."""
    client = connect(mongodb_uri, app="test")
    await ensure_indexes(client[database_name], INDEXES)
    yield client[database_name]
    await close(client)


@dataclass
class Line:
    """A TCP line to the database. It breaks at each of the next ``breaks`` requests that hold ``word``.

    ``after`` says whether the server still gets that request, so that only its answer is lost.
    """

    uri: str = ""
    word: bytes = b""
    after: bool = True
    breaks: int = 0
    seen: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def cut(self, word: str, *, times: int, after: bool) -> None:
        self.word, self.breaks, self.after, self.seen = word.encode(), times, after, 0

    async def serve(self, host: str, port: int, near: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        far, request = await asyncio.open_connection(host, port)
        back = asyncio.create_task(_copy(far, answer))
        try:
            while data := await near.read(65536):
                cut = self.word and self.word in data and self.seen < self.breaks
                if cut:
                    self.seen += 1
                    back.cancel()
                    await asyncio.wait({back})
                    if not self.after:
                        break
                request.write(data)
                await request.drain()
                if cut:
                    await far.read(65536)
                    break
        finally:
            back.cancel()
            for writer in (request, answer):
                writer.close()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await back


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(65536):
        target.write(data)
        await target.drain()


@pytest.fixture
async def line(mongodb_uri: str) -> AsyncIterator[Line]:
    """The real database behind a line that breaks on demand."""
    address = urlsplit(mongodb_uri.split(",")[0])
    host, port = address.hostname or "127.0.0.1", address.port or 27017
    line = Line()

    async def serve(near: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            await line.serve(host, port, near, answer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    line.uri = f"mongodb://127.0.0.1:{server.sockets[0].getsockname()[1]}/?directConnection=true"
    yield line
    server.close()
