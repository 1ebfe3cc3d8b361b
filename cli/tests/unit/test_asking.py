"""What a person is told where nobody can be asked, or the answer is no."""

import json
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from parley.__main__ import COMMANDS, main


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of a new shell."""
    for name in (
        "TICKETING_URL",
        "INQUIRIES_URL",
        "NOTIFIER_URL",
        "SLA_MONITOR_URL",
        "TOKEN",
        "TOKEN_FILE",
        "KAFKA_BOOTSTRAP_SERVERS",
        "TOPIC_PREFIX",
    ):
        monkeypatch.delenv(f"PARLEY_{name}", raising=False)


class Answering(HTTPServer):
    """A server that gives one answer to everything and keeps what it was asked with."""

    status = 200
    body = b"{}"
    asked_by: str | None = None
    pages: Mapping[str, tuple[str, str | None]] = {}
    """By cursor: a page's one subject, and the next cursor."""

    def page(self, cursor: str) -> bytes:
        if cursor not in self.pages:
            return self.body
        subject, following = self.pages[cursor]
        return json.dumps({"items": [{"subject": subject}], "next": following}).encode()


class _Handler(BaseHTTPRequestHandler):
    server: Answering

    def do_GET(self) -> None:
        self.server.asked_by = self.headers["authorization"]
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(self.server.page("".join(parse_qs(urlsplit(self.path).query).get("cursor", []))))

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Answering]:
    """Where ticketing should be."""
    server = Answering(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("PARLEY_TICKETING_URL", f"http://127.0.0.1:{server.server_port}/")
    monkeypatch.setenv("PARLEY_TOKEN", "t")
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 1
    return capsys.readouterr().err


def test_it_says_which_setting_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Set the address of each that you mean: PARLEY_TICKETING_URL" in refused(capsys, "parked", "list")
    assert "The address of sla-monitor is not known. Set PARLEY_SLA_MONITOR_URL." in refused(capsys, "watermark", "show", "sla-monitor")
    assert "PARLEY_KAFKA_BOOTSTRAP_SERVERS: Field required." in refused(capsys, "tail")
    monkeypatch.setenv("PARLEY_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    assert "No Kafka broker answered at 127.0.0.1:1 within 10 s." in refused(capsys, "tail")
    monkeypatch.setenv("PARLEY_KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    assert "KAFKA_SECURITY_USER" in refused(capsys, "tail")
    monkeypatch.setenv("PARLEY_TICKETING_URL", "http://127.0.0.1:1")
    assert "Set PARLEY_TOKEN, or PARLEY_TOKEN_FILE" in refused(capsys, "parked", "list")
    monkeypatch.setenv("PARLEY_TOKEN_FILE", str(tmp_path / "nowhere"))
    assert f"PARLEY_TOKEN_FILE={tmp_path}/nowhere cannot be read" in refused(capsys, "parked", "list")
    (tmp_path / "nowhere").write_text("t\n")
    assert "ticketing does not answer at http://127.0.0.1:1 (ConnectError). Check PARLEY_TICKETING_URL." in refused(
        capsys, "parked", "list"
    )


def test_the_token_is_sent(service: Answering, capsys: pytest.CaptureFixture[str]) -> None:
    service.body = b'{"items": []}'

    assert main(["parked", "list"]) == 0
    assert capsys.readouterr().out == "Nothing is parked.\n"
    assert service.asked_by == "Bearer t"


def test_what_one_service_says_is_shown_although_another_does_not_answer(
    service: Answering, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    service.body = b'{"items": [{"topic": "t", "subject": "s"}]}'
    monkeypatch.setenv("PARLEY_NOTIFIER_URL", "http://127.0.0.1:1")

    assert main(["parked", "list", "--json"]) == 1
    told = capsys.readouterr()
    assert told.out == '{"service": "ticketing", "topic": "t", "subject": "s"}\n'
    assert told.err.startswith("notifier does not answer at http://127.0.0.1:1 (ConnectError).")


def test_a_list_is_followed_to_its_end(service: Answering, capsys: pytest.CaptureFixture[str]) -> None:
    service.pages = {"": ("s1", "b"), "b": ("s2", "c"), "c": ("s3", None)}

    assert main(["parked", "list", "--json"]) == 0

    assert [json.loads(line)["subject"] for line in capsys.readouterr().out.splitlines()] == ["s1", "s2", "s3"]


def test_a_refusal_is_told_in_the_services_words(service: Answering, capsys: pytest.CaptureFixture[str]) -> None:
    problem = {"title": "Please sign in.", "detail": "The token is old.", "errors": [{"field": "query.topic", "message": "is too long"}]}
    service.status, service.body = 401, json.dumps(problem).encode()

    told = refused(capsys, "parked", "list")

    assert told.splitlines() == [
        "ticketing: Please sign in. (401)",
        "The token is old.",
        "  query.topic: is too long",
        "Get a new token and set PARLEY_TOKEN.",
    ]


def test_something_else_at_the_address_is_not_taken_for_the_service(service: Answering, capsys: pytest.CaptureFixture[str]) -> None:
    service.body = b"<html>"

    assert "is not ticketing: it answered 200 without JSON. Check PARLEY_TICKETING_URL." in refused(capsys, "parked", "list")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])

    assert ended.value.code == 0
    assert COMMANDS[command] in " ".join(capsys.readouterr().out.split())
