"""Errors as RFC 9457 problems: refusals become kinds of the catalogue, and nothing of ours gets out."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

import rfc9457
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi_problem.handler import ExceptionHandler, StripExtrasPostHook, add_exception_handler, new_exception_handler
from parley_contracts import problems as kinds
from parley_contracts.problems import CATALOGUE, ProblemKind
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from parley_chassis import commands, languages, tracing

__all__ = ["CATALOGUE", "SECURITY_HEADERS", "Problem", "ProblemKind", "install", "language_of", "problem_of", "register", "ways_of"]

METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")

SECURITY_HEADERS: Mapping[str, str] = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
    "x-robots-tag": "noindex",
    "cross-origin-resource-policy": "same-origin",
}
"""Stands on every answer unless the route set its own."""


class Problem(Exception):
    """A route's answer that is not what was asked for. ``extras`` become members of the document."""

    def __init__(self, kind: ProblemKind, detail: str | None = None, *, headers: Mapping[str, str] | None = None, **extras: Any) -> None:
        super().__init__(kind.name)
        self.kind = kind
        self.detail = detail
        self.headers = dict(headers or {})
        self.extras = extras


Becomes = ProblemKind | Callable[[Any], Problem]
"""What a refusal becomes: a kind (its docstring is then the detail), or a function that makes the problem from it."""

Page = Callable[[Request, Problem], Awaitable[Response]]
"""Draws a problem for a person with a browser."""

_NOT_RUN: Mapping[type[Exception], Becomes] = {
    commands.KeyReused: kinds.KEY_REUSED,
    commands.RequestRunning: kinds.REQUEST_RUNNING,
    commands.UnknownOutcome: kinds.UNKNOWN_OUTCOME,
    commands.ClockSkew: kinds.UNAVAILABLE,
    commands.Busy: kinds.UNAVAILABLE,
}
_BY_STATUS = {
    400: kinds.MALFORMED,
    401: kinds.SIGN_IN_NEEDED,
    403: kinds.ROLE_NOT_ALLOWED,
    404: kinds.NOT_FOUND,
    405: kinds.METHOD_NOT_ALLOWED,
    413: kinds.TOO_LARGE,
    415: kinds.MEDIA_TYPE,
    422: kinds.INVALID,
    429: kinds.TOO_MANY,
    503: kinds.UNAVAILABLE,
}


def install(app: FastAPI, *, page: Page | None = None) -> None:
    """Make every error of the app a problem document; ``page`` draws it instead for a browser that asks for HTML."""
    app.state.problems = dict(_NOT_RUN)
    app.state.problem_page = page
    handler = new_exception_handler(
        handlers={Exception: _document},
        http_exception_handler=_document,
        request_validation_handler=_document,
        # The last guard: whatever a future handler puts in, an internal error shows these members alone.
        post_hooks=[StripExtrasPostHook(mandatory_fields=["type", "title", "status", "retry"], include=[500], enabled=True)],
    )
    add_exception_handler(app, handler, generic_swagger_defaults=False)

    async def answer(request: Request, error: Exception) -> Response:
        return await _answer(handler, request, error)

    app.state.problem_handler = answer
    for error_class in (Exception, rfc9457.Problem, HTTPException, RequestValidationError, Problem, *_NOT_RUN):
        app.add_exception_handler(error_class, answer)


def register(app: FastAPI, table: Mapping[type[Exception], Becomes]) -> None:
    """Say what the refusals of a domain become. A subclass that is not listed becomes what its parent does."""
    app.state.problems.update(table)
    for refusal in table:
        app.add_exception_handler(refusal, app.state.problem_handler)


def problem_of(request: Request, error: Exception) -> Problem:
    """The problem that an exception becomes in this app."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, RequestValidationError):
        return _invalid(request, error)
    if isinstance(error, HTTPException):
        if isinstance(error.__cause__, RecursionError):
            # How deep JSON may nest is another depth in each version of Python; what cannot be read is the same problem in all.
            return _invalid(request, RequestValidationError([{"loc": ("body",), "msg": "nested too deeply", "type": "json_invalid"}]))
        headers = {"allow": ", ".join(ways_of(request))} if error.status_code == 405 else error.headers
        return Problem(_BY_STATUS.get(error.status_code, kinds.MALFORMED if error.status_code < 500 else kinds.INTERNAL), headers=headers)
    for ancestor in type(error).__mro__:
        becomes = request.app.state.problems.get(ancestor)
        if isinstance(becomes, ProblemKind):
            return Problem(becomes, inspect.getdoc(type(error)))
        if becomes is not None:
            return cast(Problem, becomes(error))
    return Problem(kinds.INTERNAL)


def language_of(request: Request) -> str:
    """The language of the person who asked: as the route found out, else as the browser says."""
    known = getattr(request.state, "language", None)
    return languages.choose(known, *languages.accepted(request.headers.get("accept-language")))


async def _answer(handler: ExceptionHandler, request: Request, error: Exception) -> Response:
    page: Page | None = request.app.state.problem_page
    response = await page(request, problem_of(request, error)) if page and _is_browser(request) else handler(request, error)
    trace = tracing.here()
    for name, value in {**SECURITY_HEADERS, **({tracing.ANSWERED: trace.traceparent} if trace else {})}.items():
        response.headers.setdefault(name, value)
    return response


def _document(_: ExceptionHandler, request: Request, error: Exception) -> rfc9457.Problem:
    problem, language = problem_of(request, error), language_of(request)
    kind, headers = problem.kind, {"content-language": languages.tag(language), "vary": "accept-language", **problem.headers}
    if kind.retry_after is not None:
        headers.setdefault("retry-after", str(kind.retry_after))
    if kind.status == 401:
        headers.setdefault("www-authenticate", "Bearer")
    return rfc9457.Problem(
        kind.title(language),
        type_=kind.type,
        detail=problem.detail,
        status=kind.status,
        headers=headers,
        retry=kind.retry,
        **problem.extras,
    )


def ways_of(request: Request) -> list[str]:
    """The methods that this address knows. The router names those of one route, and another may stand at the same address."""
    scopes = {method: {**request.scope, "method": method} for method in METHODS}
    return [method for method, scope in scopes.items() if any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)]


def _invalid(request: Request, error: RequestValidationError) -> Problem:
    """Which fields are wrong and why. What was sent is not repeated: it may be a secret, and it may be long."""
    faults = error.errors()
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if any(fault["loc"] == ("body",) and fault["type"] != "missing" for fault in faults) and not sent.endswith(("/json", "+json")):
        return Problem(kinds.MEDIA_TYPE, "Send the body as application/json.")
    fields = [{"field": _field(fault["loc"]), "message": fault["msg"], "type": fault["type"]} for fault in faults[:50]]
    return Problem(kinds.INVALID, "Correct the fields named in `errors`.", errors=fields)


def _field(place: tuple[str | int, ...]) -> str:
    # A place of two with a number is a byte of a body that is no JSON at all.
    return ".".join(str(part) for part in (place[:1] if len(place) == 2 and isinstance(place[1], int) else place))


def _is_browser(request: Request) -> bool:
    accept = request.headers.get("accept", "")
    return "text/html" in accept and not request.url.path.startswith(("/v1/", "/api/"))
