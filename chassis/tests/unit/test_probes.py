"""A process says that it is ready only while it is."""

import asyncio

import httpx
import pytest
from parley_chassis import probes
from parley_chassis.probes import Readiness, probe_app


async def ask(readiness: Readiness, path: str) -> httpx.Response:
    """What the probe port answers."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(probe_app(readiness)), base_url="http://probe") as client:
        return await client.get(path)


async def fine() -> str | None:
    """A check that finds all in order."""
    return None


async def test_it_is_ready_from_its_start_to_its_drain() -> None:
    readiness = Readiness()
    readiness.add("mongodb", fine)

    assert (await ask(readiness, "/readyz")).status_code == 503
    readiness.started()
    assert (await ask(readiness, "/readyz")).json() == {"process": "running", "mongodb": "ok"}
    assert (await ask(readiness, "/readyz")).status_code == 200
    readiness.drain()
    assert (await ask(readiness, "/readyz")).status_code == 503
    assert (await ask(readiness, "/readyz")).json()["process"] == "draining"


async def test_what_is_missing_is_named_and_the_process_stays_alive() -> None:
    async def missing() -> str | None:
        return "no partition assigned"

    async def broken() -> str | None:
        raise ConnectionRefusedError("refused")

    readiness = Readiness()
    readiness.started()
    for name, check in {"mongodb": fine, "log": missing, "relay": broken}.items():
        readiness.add(name, check)

    answer = await ask(readiness, "/readyz")

    assert answer.status_code == 503
    assert answer.json() == {
        "process": "running",
        "mongodb": "ok",
        "log": "no partition assigned",
        "relay": "ConnectionRefusedError: refused",
    }
    assert (await ask(readiness, "/livez")).status_code == 200


async def test_a_check_that_hangs_is_a_no(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "CHECK_TIMEOUT", 0.01)

    async def hanging() -> str | None:
        await asyncio.Event().wait()
        return None

    readiness = Readiness()
    readiness.started()
    readiness.add("mongodb", hanging)

    assert (await ask(readiness, "/readyz")).json()["mongodb"].startswith("TimeoutError")


async def test_the_metrics_are_there() -> None:
    answer = await ask(Readiness(), "/metrics")

    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "process_cpu_seconds_total" in answer.text
