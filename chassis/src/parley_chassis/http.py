"""The HTTP application of a service: problems, limits, security headers and metrics around its routes."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager

from fastapi import APIRouter, FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from parley_chassis import contract, problems, reference, telemetry, tracing
from parley_chassis.auth import Authenticator
from parley_chassis.links import Links, read_keys
from parley_chassis.probes import Readiness
from parley_chassis.sessions import Sessions
from parley_chassis.settings import PageSettings, ServiceSettings
from parley_chassis.tracing import Trace

LARGEST_BODY = 256 * 1024

REQUESTS = telemetry.counter("parley_http_requests_total", "Answered requests", ["method", "route", "status"])
SECONDS = telemetry.histogram("parley_http_request_seconds", "Time to the end of the answer", ["method", "route"])
_SECURITY = tuple((name.encode(), value.encode()) for name, value in problems.SECURITY_HEADERS.items())

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def http_app(
    settings: ServiceSettings,
    *,
    title: str,
    routers: Sequence[APIRouter],
    refusals: Mapping[type[Exception], problems.Becomes],
    lifespan: Lifespan,
    page: problems.Page | None = None,
    largest_body: Callable[[str], int] = lambda path: LARGEST_BODY,
) -> FastAPI:
    """The application that `serve` runs. It is made without a network; ``lifespan`` connects.

    ``largest_body`` says how many bytes may be sent to a path. ``app.state`` holds settings, authenticator,
    links (where the service has their keys), sessions (where it has pages) and readiness.
    """
    app = reference.Documented(
        title=title, version="1", lifespan=lifespan, docs_url=None, redoc_url=None, responses=reference.PROBLEM_RESPONSE
    )
    app.state.settings = settings
    app.state.readiness = Readiness()
    app.state.authenticator = Authenticator(settings.auth)
    if settings.link_keys_file is not None:
        app.state.links = Links.from_file(settings.link_keys_file)
    if isinstance(settings, PageSettings):
        keys = read_keys(settings.link_keys_file)
        app.state.sessions = Sessions(settings.shop, settings.auth, keys, service=settings.service, address=settings.public_url)
    problems.install(app, page=page)
    problems.register(app, refusals)
    for router in (*routers, contract.router, reference.router):
        app.include_router(router)
    app.add_middleware(Gate, largest_body=largest_body)
    return app


class Gate:
    """Refuses bodies that are too large before they are read whole, sets the security headers, counts, and goes on with the trace."""

    def __init__(self, app: ASGIApp, *, largest_body: Callable[[str], int]) -> None:
        self._app = app
        self._largest = largest_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status, read, largest = time.perf_counter(), 500, 0, self._largest(scope["path"])
        # To the end of the task that the server made for this request: an error is logged and answered outside of here.
        tracing.enter(trace := Trace.after(_header(scope, b"traceparent")))

        async def receive_some() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > largest:
                raise HTTPException(413)
            return message

        async def send_secured(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                present = {name.lower() for name, _ in message["headers"]}
                added = (*_SECURITY, (tracing.ANSWERED.encode(), trace.traceparent.encode()))
                message["headers"] = [*message["headers"], *(header for header in added if header[0] not in present)]
            await send(message)

        try:
            if _announced(scope) > largest:
                refusal = await scope["app"].state.problem_handler(Request(scope), HTTPException(413, headers={"connection": "close"}))
                await refusal(scope, receive, send_secured)
            else:
                await self._app(scope, receive_some, send_secured)
        finally:
            method = scope["method"] if scope["method"] in problems.METHODS else "OTHER"
            route = getattr(scope.get("route"), "path", "unmatched")
            REQUESTS.labels(method, route, status).inc()
            SECONDS.labels(method, route).observe(time.perf_counter() - began)


def _announced(scope: Scope) -> int:
    value = _header(scope, b"content-length")
    return int(value) if value.isdecimal() else 0


def _header(scope: Scope, wanted: bytes) -> str:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == wanted), "")
