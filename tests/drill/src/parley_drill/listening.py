"""A server of the drill's own on a port: when it ends, so do its connections."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from parley_local.ports import HOST

LARGEST = 1024 * 1024
ENDS_WITHIN = 2.0

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(talk: Talk, port: int = 0) -> AsyncIterator[int]:
    """Serve on this port, or a free one; gives the port."""
    talking: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talking[task] = writer
        try:
            await talk(reader, writer)
        except OSError:
            pass  # the other side is gone
        finally:
            del talking[task]
            writer.transport.abort()

    server = await asyncio.start_server(one, HOST, port, limit=LARGEST)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in list(talking.values()):
            writer.transport.abort()
        if talking:
            await asyncio.wait(list(talking), timeout=ENDS_WITHIN)
        await asyncio.sleep(0)
