"""The limit of guests holds over several processes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import httpx
import pytest
from inquiries.main import create_app
from inquiries.settings import GuestSettings, InquiriesSettings
from parley_chassis.mongo import Database


@pytest.fixture
async def replicas(settings: InquiriesSettings) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Two processes of `serve`, as far as their database can tell."""
    limited = settings.model_copy(update={"guest": GuestSettings(per_address=3), "kafka_bootstrap_servers": "127.0.0.1:1"})
    async with AsyncExitStack() as stack:
        clients = []
        for app in (create_app(limited), create_app(limited)):
            await stack.enter_async_context(app.router.lifespan_context(app))
            client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://help.example.com")
            clients.append(await stack.enter_async_context(client))
        yield clients


async def test_three_of_eight_who_ask_both_at_once_are_heard(
    replicas: list[httpx.AsyncClient], page: Callable[..., str], database: Database
) -> None:
    guest = {"name": "Zoë", "email": "zoe@example.org"}
    body = {"context": page(), "text": "Does it dim?", "guest": guest}

    async def ask(n: int) -> int:
        # As a client does that is told to try again: two processes may be in each other's way.
        while (answer := await replicas[n % 2].post("/v1/inquiries", json=body)).status_code == 503:
            assert answer.json()["retry"] == "later"
        return answer.status_code

    assert sorted(await asyncio.gather(*(ask(n) for n in range(8)))) == [201] * 3 + [429] * 5
    assert await database["conversations"].count_documents({}) == 3
    assert {len(row["asked"]) for row in await database["guest_tallies"].find({}).to_list(None)} == {3}


def test_the_limits_are_settings(monkeypatch: pytest.MonkeyPatch, settings: InquiriesSettings) -> None:
    monkeypatch.setenv("GUEST_PER_ADDRESS", "7")
    monkeypatch.setenv("GUEST_PER_PAGE", "8")

    given = settings.model_dump(exclude={"guest"})
    limits = InquiriesSettings(**given).guest.limits()

    assert (limits.per_address, limits.per_page) == (7, 8)
