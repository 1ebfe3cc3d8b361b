"""Every error is a problem of the catalogue, in the reader's language, and says nothing of our inside."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Form, Request
from parley_chassis import commands
from parley_chassis.http import http_app
from parley_chassis.problems import Problem
from parley_chassis.settings import AuthSettings, ServiceSettings
from parley_contracts import problems as kinds
from parley_contracts.problems import ProblemKind
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from starlette.responses import HTMLResponse, Response

SECRET = "the password is hunter2"


class Seat(BaseModel):
    """A request's body."""

    model_config = ConfigDict(extra="forbid")

    row: int = Field(ge=1)
    name: str = Field(max_length=20)


class Refusal(Exception):
    """The domain said no."""


class TrainGone(Refusal):
    """The train has left; choose a later one."""

    def __init__(self, train: str) -> None:
        super().__init__(f"{SECRET}: {train}")
        self.train = train


class TrainFull(Refusal):
    """The train is full."""

    later_train = "ICE 7"


GONE = ProblemKind("train-gone", 409, "never", {"en": "The train has left.", "de": "Der Zug ist weg."})
FULL = ProblemKind("train-full", 409, "later", {"en": "The train is full."}, retry_after=60)

router = APIRouter()


@router.post("/v1/seats")
async def book(seat: Seat) -> dict[str, Any]:
    return {"row": seat.row}


@router.post("/form")
async def form(row: Annotated[int, Form()]) -> dict[str, Any]:
    return {"row": row}


@router.get("/v1/raise/{name}")
async def fail(name: str) -> None:
    raise {
        "bug": RuntimeError(SECRET),
        "gone": TrainGone("ICE 5"),
        "full": TrainFull(),
        "key": commands.KeyReused(SECRET),
        "running": commands.RequestRunning(),
        "unknown": commands.UnknownOutcome(),
        "busy": commands.Busy(),
        "expired": Problem(kinds.LINK_EXPIRED, "Ask for a new one.", renew="/l/renew"),
    }[name]


@asynccontextmanager
async def nothing(_: FastAPI) -> AsyncIterator[None]:
    """A lifespan with nothing to connect."""
    yield


def full(error: TrainFull) -> Problem:
    """A problem with a member of its own."""
    return Problem(FULL, "Take a later train.", later_train=error.later_train)


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    """A service that sells train tickets."""
    (tmp_path / "jwks.json").write_text('{"keys": []}')
    settings = ServiceSettings(
        environment="test",
        service="trains",
        mongodb_uri=SecretStr("mongodb://db"),
        kafka_bootstrap_servers="kafka",
        http_port=1,
        probe_port=1,
        worker_port=1,
        public_url="http://trains",
        markets_dir=tmp_path,
        auth=AuthSettings(issuer="me", jwks_file=tmp_path / "jwks.json"),
    )
    return http_app(
        settings, title="Trains", routers=[router], refusals={Refusal: GONE, TrainFull: full}, lifespan=nothing, largest_body=lambda _: 1000
    )


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Its caller."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://trains") as asking:
        yield asking


async def test_an_error_of_ours_says_nothing_about_itself(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/raise/bug")

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {"type": "/problems/internal", "title": kinds.INTERNAL.titles["en"], "status": 500, "retry": "same-key"}


async def test_a_refusal_becomes_its_kind_with_its_docstring_as_detail(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/raise/gone", headers={"accept-language": "de-AT, en;q=0.5"})

    assert answer.status_code == 409
    assert answer.headers["content-language"] == "de"
    assert answer.json() == {
        "type": "/problems/train-gone",
        "title": "Der Zug ist weg.",
        "status": 409,
        "retry": "never",
        "detail": "The train has left; choose a later one.",
    }


async def test_a_refusal_can_make_a_problem_with_members_of_its_own(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/raise/full", headers={"accept-language": "de"})

    assert answer.json()["later_train"] == "ICE 7"
    assert answer.json()["title"] == "The train is full."
    assert answer.headers["retry-after"] == "60"


@pytest.mark.parametrize(
    ("name", "kind"),
    [("key", kinds.KEY_REUSED), ("running", kinds.REQUEST_RUNNING), ("unknown", kinds.UNKNOWN_OUTCOME), ("busy", kinds.UNAVAILABLE)],
)
async def test_a_command_that_was_not_run_says_whether_to_send_it_again(client: httpx.AsyncClient, name: str, kind: ProblemKind) -> None:
    answer = await client.get(f"/v1/raise/{name}")

    assert (answer.status_code, answer.json()["type"], answer.json()["retry"]) == (kind.status, kind.type, kind.retry)
    assert answer.headers.get("retry-after") == (str(kind.retry_after) if kind.retry_after else None)
    assert SECRET not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "content_type", "body", "kind"),
    [
        ("GET", "/nowhere", None, "", kinds.NOT_FOUND),
        ("DELETE", "/v1/seats", None, "", kinds.METHOD_NOT_ALLOWED),
        ("POST", "/v1/seats", "application/json", '{"row": 0, "name": "x"}', kinds.INVALID),
        ("POST", "/v1/seats", "application/json", '{"row": 1', kinds.INVALID),
        ("POST", "/v1/seats", "application/json", "\xff\xfe", kinds.INVALID),
        ("POST", "/v1/seats", "application/json", "[" * 900, kinds.INVALID),
        ("POST", "/v1/seats", "application/json", "", kinds.INVALID),
        ("POST", "/v1/seats", "application/json", "null", kinds.INVALID),
        ("POST", "/v1/seats", "text/plain", '{"row": 1, "name": "x"}', kinds.MEDIA_TYPE),
        ("POST", "/v1/seats", "application/x-www-form-urlencoded", "row=1&name=x", kinds.MEDIA_TYPE),
        ("POST", "/v1/seats", None, '{"row": 1, "name": "x"}', kinds.MEDIA_TYPE),
        ("POST", "/v1/seats", "application/json", '{"row": 1, "name": "' + "x" * 1000 + '"}', kinds.TOO_LARGE),
        ("POST", "/form", "application/x-www-form-urlencoded", "row=" + "1" * 2000, kinds.TOO_LARGE),
        ("POST", "/form", "application/x-www-form-urlencoded", "row=x", kinds.INVALID),
        ("POST", "/form", "multipart/form-data; boundary=b", "nonsense", kinds.MALFORMED),
    ],
)
async def test_what_the_framework_refuses_is_a_problem_too(
    client: httpx.AsyncClient, method: str, path: str, content_type: str | None, body: str, kind: ProblemKind
) -> None:
    headers = {"content-type": content_type} if content_type else {}
    answer = await client.request(method, path, headers=headers, content=body.encode("latin-1"))

    assert (answer.status_code, answer.json()["type"]) == (kind.status, kind.type)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_wrong_fields_are_named_and_what_was_sent_is_not_repeated(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/seats", json={"row": "hunter2", "name": "hunter2" * 9, "admin": "hunter2"})

    assert [(each["field"], each["type"]) for each in answer.json()["errors"]] == [
        ("body.row", "int_parsing"),
        ("body.name", "string_too_long"),
        ("body.admin", "extra_forbidden"),
    ]
    assert "hunter2" not in answer.text


SCOPE: dict[str, Any] = {
    "type": "http",
    "asgi": {"version": "3.0"},
    "http_version": "1.1",
    "method": "POST",
    "scheme": "http",
    "path": "/v1/seats",
    "query_string": b"",
    "state": {},
}


async def test_a_body_in_pieces_is_stopped_when_it_gets_too_large(app: FastAPI) -> None:
    sent = 0

    async def endless() -> dict[str, Any]:
        nonlocal sent
        sent += 1
        return {"type": "http.request", "body": b"x" * 100, "more_body": True}

    answers: list[Any] = []

    async def send(message: Any) -> None:
        answers.append(message)

    await app({**SCOPE, "headers": [(b"content-type", b"application/json")]}, endless, send)

    assert answers[0]["status"] == 413
    assert sent == 11


async def test_a_body_that_is_announced_too_large_is_not_read_at_all(app: FastAPI) -> None:
    async def unread() -> dict[str, Any]:
        raise AssertionError("nobody should read this")

    answers: list[Any] = []

    async def send(message: Any) -> None:
        answers.append(message)

    await app({**SCOPE, "headers": [(b"content-type", b"application/json"), (b"content-length", b"1001")]}, unread, send)

    assert answers[0]["status"] == 413
    assert (b"connection", b"close") in answers[0]["headers"]


@pytest.mark.parametrize("path", ["/nowhere", "/v1/raise/bug", "/v1/raise/gone", "/openapi.json"])
async def test_every_answer_carries_the_security_headers(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/nowhere", "/v1/raise/bug", "/openapi.json"])
async def test_every_answer_names_the_trace_that_the_request_brought_or_began(client: httpx.AsyncClient, path: str) -> None:
    brought = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    continued = (await client.get(path, headers={"traceparent": brought})).headers["traceresponse"]
    began = [(await client.get(path)).headers["traceresponse"][3:35] for _ in range(2)]

    assert (continued[:36], continued == brought) == (brought[:36], False)
    assert len({*began, brought[3:35]}) == 3


async def test_a_browser_gets_a_page_and_the_interface_never_does(app: FastAPI) -> None:
    async def page(_: Request, problem: Problem) -> Response:
        return HTMLResponse(f"<h1>{problem.kind.name}</h1>", status_code=problem.kind.status)

    app.state.problem_page = page
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://trains", headers={"accept": "text/html,*/*"}
    ) as browser:
        shown, raw = await browser.get("/nowhere"), await browser.get("/v1/nowhere")

    assert (shown.status_code, shown.text) == (404, "<h1>not-found</h1>")
    assert shown.headers["x-robots-tag"] == "noindex"
    assert raw.headers["content-type"] == "application/problem+json"
