"""A listening HTTP server that starts and stops inside an event loop of ours, beside others."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Generator

import uvicorn
from starlette.types import ASGIApp

_REQUESTS_DRAIN = 20
_BACKLOG = 1024
_TICK = 1.0


class PortTaken(Exception):
    """The address that a process should listen on is not to be had."""


class _Server(uvicorn.Server):
    """Signals are ours, and an idle server wakes once a second and not ten times."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.stop = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def main_loop(self) -> None:
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_TICK):
                    await self.stop.wait()
                    self.should_exit = True


@contextlib.asynccontextmanager
async def listening(app: ASGIApp, host: str, port: int, setting: str) -> AsyncIterator[None]:
    """Answer HTTP there as long as the context lasts, and finish the running requests at its end."""
    listener = _bound(host, port, setting)
    server = _Server(
        uvicorn.Config(
            app,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws="none",
            h11_max_incomplete_event_size=16 * 1024,
            timeout_keep_alive=5,
            timeout_graceful_shutdown=_REQUESTS_DRAIN,
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listener]), name=setting)
    try:
        yield
    finally:
        server.stop.set()
        await serving


def _bound(host: str, port: int, setting: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise PortTaken(f"{host}:{port} cannot be listened on ({error.strerror}); free it, or set {setting} or HTTP_HOST") from None
    listener.listen(_BACKLOG)
    return listener
