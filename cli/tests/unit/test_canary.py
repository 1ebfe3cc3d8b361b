"""`parley canary` says how far a ticket of nobody came, closes what it opened, and goes on as long as it is let."""

import argparse
import asyncio
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, Request
from parley import canary
from parley.__main__ import main
from parley.settings import Settings
from parley_chassis.testing import eventually
from parley_local.ports import free

PAGE = Path(__file__).parents[3] / "docs" / "canary.md"


class Marketplace:
    """What the command sees of the three services: a ticket, its wait and its mail, where the parts do their work."""

    def __init__(self, left: Sequence[str] = ()) -> None:
        self.open = list(left)
        self.closed: list[str] = []
        self.due = True
        self.mails = True

    def tickets(self) -> APIRouter:
        router = APIRouter()

        @router.get("/v1/tickets")
        async def browse(role: str, state: str) -> dict[str, Any]:
            assert (role, state) == ("buyer", "awaiting_seller")
            return {"items": [{"id": id, "version": 7} for id in self.open], "next": None}

        @router.post("/v1/tickets")
        async def ask(body: dict[str, Any]) -> dict[str, Any]:
            self.open.append(id := f"t-{len(self.closed) + 1}")
            return {"tickets": [{"id": id, "number": f"T-{body['order_id']}", "version": 7}]}

        @router.post("/v1/tickets/{id}/close")
        async def close(id: str, request: Request) -> dict[str, Any]:
            assert request.headers["if-match"] == '"7"'
            self.open.remove(id)
            self.closed.append(id)
            return {}

        return router

    def told(self, path: str, of: str, works: Callable[[], bool]) -> APIRouter:
        router = APIRouter()

        @router.get(path)
        async def look(conversation_id: str) -> dict[str, Any]:
            return {of: [conversation_id] if works() else []}

        return router


@pytest.fixture
def marketplace(serve: Callable[..., None]) -> Marketplace:
    found = Marketplace(left=["left-open"])
    serve("TICKETING", [found.tickets()], {}, None)
    serve("SLA_MONITOR", [found.told("/v1/responses", "items", lambda: found.due)], {}, None)
    serve("NOTIFIER", [found.told("/v1/deliveries", "deliveries", lambda: found.mails)], {}, None)
    return found


def given(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    canary.add(parser)
    return parser.parse_args(arguments)


def test_one_that_comes_through_is_told_with_its_times(marketplace: Marketplace, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["canary"]) == 0

    told = capsys.readouterr().out
    assert re.findall(r"^(\w+):", told, re.MULTILINE) == ["number", "ticket", "opened", "due", "mailed"]
    assert marketplace.closed == ["left-open", "t-2"], "what an earlier one left open, too"


@pytest.mark.parametrize(("broken", "said"), [("due", "is not due after"), ("mails", "is not mailed after")])
def test_one_that_is_missing_says_where_and_is_closed_all_the_same(
    marketplace: Marketplace, capsys: pytest.CaptureFixture[str], broken: str, said: str
) -> None:
    setattr(marketplace, broken, False)

    assert main(["canary", "--within", "1ms"]) == 1

    assert re.search(rf"canary T-canary-1 {said} 0.001 s. Look at [a-z-]+: t-2\.", capsys.readouterr().err)
    assert marketplace.open == []


async def test_they_are_sent_for_ever_and_the_metrics_say_what_became_of_them(marketplace: Marketplace) -> None:
    [port] = free(1)
    marketplace.mails = False
    sending = asyncio.create_task(canary.send_for_ever(Settings(), given("--every", "10ms", "--within", "10ms", "--port", str(port))))

    async def metric(name: str) -> float:
        async with httpx.AsyncClient() as client:
            text = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
        [value] = re.findall(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE) or [0]
        return float(value)

    async def reached(name: str) -> bool:
        try:
            return await metric(name) > 0
        except httpx.TransportError:
            return False

    assert await eventually(lambda: reached('parley_canary_rounds_total{outcome="missing"}'))
    assert not await metric("parley_canary_arrived_timestamp_seconds")
    marketplace.mails = True
    assert await eventually(lambda: reached("parley_canary_arrived_timestamp_seconds"))
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending


def test_its_people_and_its_order_can_be_imported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    [lines] = re.findall(r"^```json lines\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    (tmp_path / "canary.ndjson").write_text(lines)

    assert main(["import", str(tmp_path / "canary.ndjson"), "--dry-run"]) == 0, capsys.readouterr().err
