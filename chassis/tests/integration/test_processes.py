"""The two processes of a service start, say what they need, and stop as they should."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from parley_chassis.decisions import Verb, history
from parley_chassis.mongo import Database
from parley_chassis.relay.orders import carry_out
from parley_chassis.testing import eventually
from parley_local.ports import free

SCRIPT = Path(__file__).with_name("service_process.py")


@dataclass
class Trains:
    """The service under test."""

    environment: dict[str, str]
    output: Path
    running: list[subprocess.Popen[bytes]]

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        with self.output.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, str(SCRIPT), *arguments], env={**self.environment, **environment}, stdout=output, stderr=subprocess.STDOUT
            )
        self.running.append(process)
        return process

    def release(self) -> None:
        """Let the slow request end."""
        Path(self.environment["RELEASE"]).touch()

    @property
    def printed(self) -> str:
        return self.output.read_text()

    @property
    def logged(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.printed.splitlines() if line.startswith("{")]

    def ask(self, port: str, path: str) -> httpx.Response | None:
        try:
            return httpx.get(f"http://127.0.0.1:{self.environment[port]}{path}", timeout=5)
        except httpx.TransportError:
            return None

    async def answers(self, port: str, path: str, status: int) -> httpx.Response:
        """The answer, once it has this status."""

        def answered() -> httpx.Response | None:
            answer = self.ask(port, path)
            return answer if answer is not None and answer.status_code == status else None

        answer = await eventually(answered)
        assert answer is not None
        return answer


@pytest.fixture
def trains(tmp_path: Path) -> Iterator[Trains]:
    """A service that can start; whatever was started is ended afterwards."""
    (tmp_path / "markets").mkdir()
    (tmp_path / "markets/north.yaml").write_text("id: north\nname: North\nlanguages: [en]\n")
    (tmp_path / "jwks.json").write_text('{"keys": []}')
    environment = {
        "ENVIRONMENT": "test",
        "MONGODB_URI": "mongodb://127.0.0.1:1/",
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "PUBLIC_URL": "http://127.0.0.1",
        "MARKETS_DIR": str(tmp_path / "markets"),
        "AUTH_ISSUER": "me",
        "AUTH_JWKS_FILE": str(tmp_path / "jwks.json"),
        "RELEASE": str(tmp_path / "release"),
        **dict(zip(("HTTP_PORT", "PROBE_PORT", "WORKER_PORT"), map(str, free(3)), strict=True)),
    }
    found = Trains(environment, tmp_path / "output", [])
    yield found
    for process in found.running:
        process.kill()
        process.wait()


async def test_the_public_port_has_no_probes_and_the_probe_port_nothing_else(trains: Trains) -> None:
    trains.start("serve")

    assert (await trains.answers("PROBE_PORT", "/readyz", 200)).json() == {"process": "running"}
    assert (await trains.answers("PROBE_PORT", "/metrics", 200)).headers["content-type"].startswith("text/plain")
    for path in ("/livez", "/readyz", "/metrics"):
        assert (await trains.answers("HTTP_PORT", path, 404)).headers["content-type"] == "application/problem+json"
    await trains.answers("PROBE_PORT", "/v1/slow", 404)


async def test_a_request_in_flight_is_answered_while_new_ones_are_refused(trains: Trains) -> None:
    process = trains.start("serve")
    await trains.answers("PROBE_PORT", "/readyz", 200)
    with socket.create_connection(("127.0.0.1", int(trains.environment["HTTP_PORT"]))) as caller:
        caller.sendall(b"GET /v1/slow HTTP/1.1\r\nhost: trains\r\nconnection: close\r\n\r\n")
        await eventually(lambda: "Slow request began" in trains.printed)
        process.send_signal(signal.SIGTERM)
        draining = await trains.answers("PROBE_PORT", "/readyz", 503)
        assert trains.ask("HTTP_PORT", "/v1/slow") is None
        trains.release()
        caller.settimeout(10)
        answer = b"".join(iter(lambda: caller.recv(4096), b""))

    assert draining.json()["process"] == "draining"
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert answer.endswith(b'{"done":true}')
    assert process.wait(60) == 0
    assert [line["event"] for line in trains.logged][-3:] == ["Stopping", "Disconnected", "Stopped"]


async def test_told_twice_to_stop_it_ends_at_once(trains: Trains) -> None:
    process = trains.start("work", PLANTED="hanging stop")
    await trains.answers("WORKER_PORT", "/readyz", 200)
    process.send_signal(signal.SIGTERM)
    await eventually(lambda: "Follower stopped" in trains.printed)
    process.send_signal(signal.SIGTERM)

    assert process.wait(60) == 1


async def test_what_does_not_stop_in_time_is_ended(trains: Trains) -> None:
    process = trains.start("work", PLANTED="hanging stop")
    await trains.answers("WORKER_PORT", "/readyz", 200)
    process.send_signal(signal.SIGTERM)

    assert process.wait(60) == 1
    assert trains.logged[-1]["event"] == "Did not stop in time: ending at once"


async def test_a_worker_stops_its_loops_and_ends_well(trains: Trains) -> None:
    process = trains.start("work")
    await trains.answers("WORKER_PORT", "/readyz", 200)
    process.send_signal(signal.SIGTERM)

    assert process.wait(60) == 0
    assert "Follower stopped" in trains.printed


async def test_a_dead_loop_ends_the_worker_and_the_log_says_which_and_why(trains: Trains) -> None:
    process = trains.start("work", PLANTED="broken loop")

    assert process.wait(60) == 1
    (told,) = [line for line in trains.logged if line["level"] == "critical"]
    assert told["loop"] == "timetable"
    assert "the timetable is gone" in told["reason"]
    assert "Follower stopped" in trains.printed


async def test_without_a_broker_a_worker_waits_alive_and_not_ready_and_can_be_stopped(trains: Trains) -> None:
    process = trains.start("work", PLANTED="no broker")

    assert (await trains.answers("WORKER_PORT", "/readyz", 503)).json() == {"process": "starting"}
    await trains.answers("WORKER_PORT", "/livez", 200)
    await eventually(lambda: any(line.get("needs") == "Kafka at kafka:9092" for line in trains.logged))

    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0


async def test_a_taken_port_is_named_with_the_setting_to_change(trains: Trains) -> None:
    with socket.create_server(("127.0.0.1", int(trains.environment["HTTP_PORT"]))):
        process = trains.start("serve")
        assert process.wait(60) == 1

    assert (
        f"127.0.0.1:{trains.environment['HTTP_PORT']} cannot be listened on (Address already in use); free it, or set HTTP_PORT"
        in trains.printed
    )


async def test_bad_settings_and_bad_markets_end_it_with_what_to_do(trains: Trains) -> None:
    assert trains.start("serve", AUTH_ISSUER="").wait(60) == 2
    assert "AUTH_ISSUER is not set" in trains.printed

    (Path(trains.environment["MARKETS_DIR"]) / "south.yaml").write_text("id: north")
    assert trains.start("serve").wait(60) == 2
    assert "south.yaml: id: write 'south'" in trains.printed
    assert "Traceback" not in trains.printed


async def test_help_needs_no_settings(trains: Trains) -> None:
    trains.environment = {}

    assert trains.start("--help").wait(60) == 0
    assert "answer HTTP; needs MongoDB, works while Kafka is down" in trains.printed
    assert "AUTH_JWKS_URL" in trains.printed


async def test_a_subject_is_republished_by_a_command_that_says_what_became_of_it(
    trains: Trains, mongodb_uri: str, service_database: Database
) -> None:
    where = {"MONGODB_URI": mongodb_uri, "MONGODB_DATABASE": service_database.name}
    asking = trains.start("republish", "train-7", "--reason", "a reader lost it", "--by", "ann", **where)

    async def carried_out() -> bool:
        await carry_out(service_database, send, doubtful=False)
        return asking.poll() is not None

    async def send(rows: list[Any]) -> None:
        raise AssertionError(rows)

    await eventually(carried_out)

    assert asking.returncode == 0, trains.printed
    assert "train-7: done: 0 events" in trains.printed
    [asked] = await history(service_database)
    assert (asked.verb, asked.subject, asked.by, asked.reason) == (Verb.REPUBLISH, "train-7", "ann", "a reader lost it")


async def test_a_command_that_finds_no_database_says_so(trains: Trains) -> None:
    assert trains.start("republish", "train-7", "--reason", "a reader lost it").wait(60) == 1
    assert "MongoDB did not answer" in trains.printed
    assert "Traceback" not in trains.printed
