"""`python -m inquiries serve` and `… work` as the operating system sees them."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from inquiries.settings import InquiriesSettings
from parley_chassis.testing import eventually
from parley_contracts.topics import GUESTS, INQUIRIES
from parley_conversation.testing.issuer import ISSUER
from parley_local.ports import free


class Processes:
    """Both processes, told everything by their environment."""

    def __init__(self, settings: InquiriesSettings, folder: Path) -> None:
        self.port, self.probe, worker = free(3)
        self._folder = folder
        self.environment = {
            "PATH": os.environ["PATH"],
            "ENVIRONMENT": "test",
            "MONGODB_URI": settings.mongodb_uri.get_secret_value(),
            "MONGODB_DATABASE": settings.mongodb_database,
            "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
            "TOPIC_PREFIX": settings.topic_prefix,
            "HTTP_PORT": str(self.port),
            "PROBE_PORT": str(self.probe),
            "WORKER_PORT": str(worker),
            "PUBLIC_URL": "http://127.0.0.1",
            "MARKETS_DIR": str(settings.markets_dir),
            "AUTH_ISSUER": ISSUER,
            "AUTH_JWKS_FILE": str(settings.auth.jwks_file),
            "SHOP_ISSUER": settings.shop.issuer,
            "SHOP_JWKS_FILE": str(settings.shop.jwks_file),
            "LINK_KEYS_FILE": str(settings.link_keys_file),
        }
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, command: str, **changes: str) -> subprocess.Popen[bytes]:
        with (self._folder / f"{command}-{len(self.running)}.log").open("wb") as output:
            environment = {name: value for name, value in {**self.environment, **changes}.items() if value}
            process = subprocess.Popen(
                [sys.executable, "-m", "inquiries", command], env=environment, stdout=output, stderr=subprocess.STDOUT
            )
        self.running.append(process)
        return process

    def printed(self) -> str:
        return "".join(path.read_text() for path in sorted(self._folder.glob("*.log")))

    @asynccontextmanager
    async def served(self) -> AsyncIterator[httpx.AsyncClient]:
        """A client of the running server, once that is ready."""
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}") as client:

            async def ready() -> bool:
                try:
                    return (await client.get(f"http://127.0.0.1:{self.probe}/readyz")).status_code == 200
                except httpx.TransportError:
                    return False

            await eventually(ready)
            yield client


@pytest.fixture
def processes(settings: InquiriesSettings, tmp_path: Path) -> Iterator[Processes]:
    made = Processes(settings, tmp_path)
    yield made
    for process in made.running:
        process.kill()
        process.wait(60)


async def test_questions_asked_while_the_worker_is_killed_again_and_again_are_all_published_in_order(
    processes: Processes, page: Any, log: Any
) -> None:
    processes.start("serve")
    worker = processes.start("work")
    asked: dict[str, str] = {}
    async with processes.served() as client:
        for n in range(30):
            body = {"context": page(), "text": f"Question {n}", "guest": {"name": f"Guest {n}", "email": f"guest-{n}@example.org"}}
            answer = await client.post("/v1/inquiries", json=body)
            assert answer.status_code == 201, answer.text
            asked[answer.json()["id"]] = answer.json()["buyer"]["id"]
            if n % 10 == 9:
                worker.kill()
                worker.wait(60)
                worker = processes.start("work")

    async def published() -> bool:
        first = {event.key.decode() for event in await log.records(INQUIRIES) if event.key}
        guests = {event.key.decode() for event in await log.records(GUESTS)}
        return set(asked) <= first and set(asked.values()) <= guests

    await eventually(published)
    for id in asked:
        assert [event.sequence for event in await log.events(INQUIRIES, id)] == [1]


async def test_the_server_works_without_kafka_and_stops_when_told(processes: Processes, page: Any) -> None:
    server = processes.start("serve", KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1")
    async with processes.served() as client:
        body = {"context": page(), "text": "Hello?", "guest": {"name": "Zoë", "email": "zoe@example.org"}}
        assert (await client.post("/v1/inquiries", json=body)).status_code == 201
        schema = (await client.get("/openapi.json")).json()

    assert "/v1/inquiries" in schema["paths"]
    server.send_signal(signal.SIGTERM)
    assert server.wait(60) == 0, processes.printed()


async def test_the_worker_stops_when_told(processes: Processes, log: Any) -> None:
    worker = processes.start("work")
    await eventually(lambda: "The relay publishes" in processes.printed())

    worker.send_signal(signal.SIGTERM)

    assert worker.wait(60) == 0, processes.printed()


def test_what_is_not_set_is_named_all_at_once(processes: Processes) -> None:
    process = processes.start("serve", SHOP_ISSUER="", SHOP_JWKS_FILE="/nowhere.json", LINK_KEYS_FILE="")

    assert process.wait(60) == 2
    printed = processes.printed()
    assert "SHOP_ISSUER is not set" in printed
    assert "/nowhere.json is not a file" in printed
    assert "LINK_KEYS_FILE is not set" in printed
    assert "Traceback" not in printed
