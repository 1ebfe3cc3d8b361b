"""The worker and the server as real processes, on a real broker and a real database."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from joserfc import jwt
from joserfc.jwk import OKPKey
from parley_chassis.testing import eventually
from parley_contracts.topics import RESPONSES
from parley_local.ports import free
from sla_monitor.testing import Log

HOUR = timedelta(hours=1)
SUBJECT = "019ab7c4-0001-7e31-9a52-6d0c4f1b8e01"
KEY = OKPKey.generate_key("Ed25519", {"kid": "test", "use": "sig"})
MARKET = """
id: de
name: Marktplatz
languages: [de]
response: {policy: standard, version: VERSION, target: TARGET, warn_at: [36h], support_target: 24h}
"""


@dataclass
class System:
    """Processes of the monitor, and both ends of the log."""

    environment: dict[str, str]
    folder: Path
    log: Log
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, command: str, **environment: str) -> subprocess.Popen[bytes]:
        ports = dict(zip(("HTTP_PORT", "PROBE_PORT", "WORKER_PORT"), map(str, free(3)), strict=True))
        output = (self.folder / f"{command}-{len(self.running)}.log").open("wb")
        whole = {**self.environment, **ports, **environment}
        process = subprocess.Popen([sys.executable, "-m", "sla_monitor", command], env=whole, stdout=output, stderr=subprocess.STDOUT)
        output.close()
        self.running.append(process)
        return process

    def printed(self) -> str:
        return "".join(path.read_text() for path in sorted(self.folder.glob("*.log")))

    def market(self, *, version: int = 1, target: str = "48h") -> None:
        text = MARKET.replace("VERSION", str(version)).replace("TARGET", target)
        (self.folder / "markets" / "de.yaml").write_text(text)

    async def write(self, *records: Any) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self.environment["KAFKA_BOOTSTRAP_SERVERS"])
        await producer.start()
        for each in records:
            await producer.send(each.topic, each.value, key=each.key, partition=each.partition, headers=list(each.headers))
        await producer.stop()

    async def told(self) -> list[tuple[int, str]]:
        """What stands on the responses topic about the conversation: sequence and type, without the relay's repetitions."""
        topic = self.environment["TOPIC_PREFIX"] + RESPONSES.name
        consumer = AIOKafkaConsumer(topic, bootstrap_servers=self.environment["KAFKA_BOOTSTRAP_SERVERS"], auto_offset_reset="earliest")
        await consumer.start()
        try:
            ends = await consumer.end_offsets(consumer.assignment())
            found: dict[str, tuple[int, str]] = {}
            for partition, end in ends.items():
                while await consumer.position(partition) < end:
                    for record in (await consumer.getmany(partition, timeout_ms=1000)).get(partition, ()):
                        headers = {name: value.decode() for name, value in record.headers}
                        if record.key == SUBJECT.encode():
                            name = headers["ce_type"].removeprefix("parley.response.").removesuffix(".v1")
                            found[headers["ce_id"]] = (int(headers["ce_sequence"]), name)
            return sorted(found.values())
        finally:
            await consumer.stop()

    async def has_told(self, *names: str) -> None:
        async def told() -> bool:
            assert [name for _, name in await self.told()] == list(names), self.printed()[-3000:]
            return True

        await eventually(told)


@pytest.fixture
async def system(environment: dict[str, str], topic_prefix: str, tmp_path: Path) -> AsyncIterator[System]:
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": [KEY.as_dict(private=False)]}))
    system = System(environment, tmp_path, Log(prefix=topic_prefix))
    system.market()
    yield system
    for process in system.running:
        process.kill()
        process.wait(60)


async def test_overdue_exactly_once_through_kill_restart_redelivery_and_two_workers(system: System) -> None:
    log = system.log
    first = [log.created(SUBJECT), *log.watermarks(49 * HOUR)]
    await system.write(*first)
    worker = system.start("work")
    await system.has_told("expected", "overdue")

    worker.kill()
    worker.wait(60)
    await system.write(*first, *log.watermarks(60 * HOUR), log.replied(SUBJECT, at=61 * HOUR), *first)
    system.start("work")
    system.start("work")

    await system.has_told("expected", "overdue", "settled")
    assert [sequence for sequence, _ in await system.told()] == [1, 2, 3]


async def test_a_worker_that_is_told_to_stop_stops_in_time(system: System) -> None:
    await system.write(system.log.created(SUBJECT))
    worker = system.start("work")
    await system.has_told("expected")

    worker.send_signal(signal.SIGTERM)

    # One that is killed because it did not end in time says so with its exit code.
    assert worker.wait(60) == 0, system.printed()[-3000:]


async def test_a_policy_that_changed_without_a_new_version_stops_the_worker_with_advice(system: System) -> None:
    system.start("work")
    await eventually(lambda: "A response policy was added to the book" in system.printed())
    system.market(target="24h")

    contradicting = system.start("work")

    assert contradicting.wait(60) == 1
    assert "write response.version: 2 into the market's file" in system.printed()
    assert "Traceback" not in system.printed()


async def test_questions_are_answered_while_kafka_is_down(system: System) -> None:
    await system.write(system.log.created(SUBJECT))
    system.start("work")
    await system.has_told("expected")

    async with serving(system) as client:
        answer = await client.get("/v1/responses")
        counts = await client.get("/v1/responses/counts")

    assert [item["conversation_id"] for item in answer.json()["items"]] == [SUBJECT]
    assert counts.json()["categories"]["post_purchase"] == 1


@asynccontextmanager
async def serving(system: System) -> AsyncIterator[httpx.AsyncClient]:
    """A running server whose broker does not exist, asked by the engineer on call."""
    port, probe = map(str, free(2))
    system.start("serve", HTTP_PORT=port, PROBE_PORT=probe, KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1")
    claims = {"iss": "https://id.example.com", "aud": "parley", "sub": "oncall-1", "roles": ["oncall"], "exp": int(time.time()) + 300}
    token = jwt.encode({"alg": "Ed25519", "kid": "test"}, claims, KEY, algorithms=["Ed25519"])
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers={"authorization": f"Bearer {token}"}) as client:

        async def ready() -> bool:
            try:
                return (await client.get(f"http://127.0.0.1:{probe}/readyz")).status_code == 200
            except httpx.TransportError:
                return False

        await eventually(ready)
        yield client
