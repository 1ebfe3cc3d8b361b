"""/livez, /readyz and /metrics: what a process says of itself to its surroundings, never on a public port."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from parley_chassis import telemetry

CHECK_TIMEOUT = 2.0

Check = Callable[[], Awaitable[str | None]]
"""Says in words what is missing, or None."""


class Readiness:
    """Whether this process should be given work: it has started, does not drain, and has what it needs."""

    def __init__(self) -> None:
        self._phase: Literal["starting", "running", "draining"] = "starting"
        self._checks: dict[str, Check] = {}

    def add(self, name: str, check: Check) -> None:
        """Ask this too, each time that somebody asks us."""
        self._checks[name] = check

    def started(self) -> None:
        self._phase = "running"

    def drain(self) -> None:
        self._phase = "draining"

    async def report(self) -> tuple[bool, dict[str, str]]:
        """Ready or not, and the state of each thing that is needed."""
        names = list(self._checks)
        states = await asyncio.gather(*(_state(self._checks[name]) for name in names))
        ready = self._phase == "running" and all(state == "ok" for state in states)
        return ready, {"process": self._phase, **dict(zip(names, states, strict=True))}


async def _state(check: Check) -> str:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT):
            return await check() or "ok"
    except Exception as error:  # whatever goes wrong while one asks is the answer
        return f"{type(error).__name__}: {error}"[:300]


def probe_app(readiness: Readiness) -> Starlette:
    """The little application behind the probe port."""

    async def livez(_: Request) -> Response:
        return JSONResponse({"process": "alive"})

    async def readyz(_: Request) -> Response:
        ready, states = await readiness.report()
        return JSONResponse(states, status_code=200 if ready else 503)

    async def metrics(_: Request) -> Response:
        return Response(telemetry.exposition(), media_type=telemetry.CONTENT_TYPE)

    return Starlette(routes=[Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", metrics)])
