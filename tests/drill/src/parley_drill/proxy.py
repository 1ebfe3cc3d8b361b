"""Stands between a client and its server: passes everything on, and on demand cuts, delays or swallows it."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from parley_local.ports import HOST

from parley_drill.listening import listening

CHUNK = 65_536


@dataclass(slots=True, eq=False)
class Proxy:
    """A way to ``target``. ``delay`` is added to each piece; while ``swallowing``, connections stay open and nothing arrives."""

    target: int
    port: int = 0
    delay: float = 0.0
    refusing: bool = False
    _passing: asyncio.Event = field(default_factory=asyncio.Event)
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._passing.set()

    @property
    def connections(self) -> int:
        return len(self._open) // 2

    def cut(self) -> int:
        """Reset every connection; returns how many there were."""
        count = self.connections
        for writer in tuple(self._open):
            _reset(writer)
        return count

    def swallow(self, swallowing: bool) -> None:
        """A black hole, or the end of one: what was held back then arrives."""
        if swallowing:
            self._passing.clear()
        else:
            self._passing.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, both ways, until either side ends it."""
        if self.refusing:
            writer.transport.abort()
            return
        try:
            there, back = await asyncio.open_connection(HOST, self.target)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, back}
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass(reader, back))
                both.create_task(self._pass(there, writer))
        except* OSError:
            pass
        finally:
            for each in (writer, back):
                self._open.discard(each)
                each.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(CHUNK):
            if self.delay:
                await asyncio.sleep(self.delay)
            await self._passing.wait()
            writer.write(piece)
            await writer.drain()
        raise ConnectionResetError


def _reset(writer: asyncio.StreamWriter) -> None:
    """Not even a goodbye: what lingers is thrown away."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@asynccontextmanager
async def running(proxy: Proxy) -> AsyncIterator[Proxy]:
    """The proxy on its port, or a free one."""
    async with listening(proxy.serve, proxy.port) as proxy.port:
        try:
            yield proxy
        finally:
            proxy.swallow(False)
            proxy.cut()
