"""A client that costs little: whole requests over kept connections, one at a time on each."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import cast

from parley_bench.scene import DONE_WITHIN


class Refused(RuntimeError):
    """A server gave another answer than the one that is measured."""


class _Connection(asyncio.Protocol):
    """Sends the next request as soon as the last one was answered."""

    def __init__(self, requests: Iterator[bytes], status: bytes) -> None:
        self._requests = requests
        self._status = status
        self._answer = bytearray()
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._next()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, found, body = self._answer.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(body) < length:
            return
        if not head.startswith(b"HTTP/1.1 " + self._status):
            self._end(Refused(bytes(self._answer[:1_000]).decode()))
            return
        self._answer.clear()
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        self._end(error or Refused("the server closed the connection"))

    def _next(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self._end(None)
            self._transport.close()
        else:
            self._transport.write(request)

    def _end(self, error: Exception | None) -> None:
        if self.done.done():
            return
        if error:
            self.done.set_exception(error)
        else:
            self.done.set_result(None)


async def post_all(host: str, port: int, requests: Sequence[bytes], *, connections: int, status: int) -> None:
    """Send all of them, and take nothing but this status for an answer."""
    loop, left = asyncio.get_running_loop(), iter(requests)
    made = [await loop.create_connection(lambda: _Connection(left, str(status).encode()), host, port) for _ in range(connections)]
    try:
        async with asyncio.timeout(DONE_WITHIN):
            await asyncio.gather(*(connection.done for _, connection in made))
    finally:
        for transport, _ in made:
            transport.close()
