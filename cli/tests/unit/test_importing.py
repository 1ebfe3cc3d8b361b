"""`parley import` checks a file whole, sends it in parts, and says where to go on."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from parley.__main__ import main

BUYER = {"kind": "buyer", "display_name": "Nora Neu", "market": "de"}


def a_line(id: str, **more: Any) -> str:
    return json.dumps({"type": "parley.party.changed.v1", "data": {"id": id, **BUYER}, **more})


class Inlet(HTTPServer):
    """Takes everything until it is told to refuse, and keeps what it was sent."""

    refuses: str | None = None
    parts: list[list[str]]


class _Handler(BaseHTTPRequestHandler):
    server: Inlet

    def do_POST(self) -> None:
        lines = self.rfile.read(int(self.headers["content-length"])).decode().splitlines()
        answer: dict[str, Any] = {"taken": len(lines), "older": []}
        status = 200
        if self.server.refuses and any(self.server.refuses in line for line in lines):
            place = next(number for number, line in enumerate(lines, start=1) if self.server.refuses in line)
            status, answer = 422, {"title": "No.", "errors": [{"field": f"line {place}: data.market", "message": "is unknown"}]}
        else:
            self.server.parts.append(lines)
        self.send_response(status if self.path == "/v1/marketplace" and self.headers["authorization"] == "Bearer t" else 404)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        refused = bool(self.server.refuses and self.server.refuses in self.path)
        self.server.parts.append([f"{self.path} {body}"])
        self.send_response(422 if refused else 200)
        self.end_headers()
        self.wfile.write(json.dumps({"title": "No.", "errors": [{"field": "body.order_id", "message": "is unknown"}]}).encode())

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@pytest.fixture
def inlet(monkeypatch: pytest.MonkeyPatch) -> Iterator[Inlet]:
    server = Inlet(("127.0.0.1", 0), _Handler)
    server.parts = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("PARLEY_TICKETING_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("PARLEY_TOKEN", "t")
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_file_goes_in_part_by_part(inlet: Inlet, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [a_line(f"b-{n}") for n in range(601)]
    (tmp_path / "people").write_text("\n\n".join(lines))

    assert main(["import", str(tmp_path / "people")]) == 0, capsys.readouterr().err

    assert [len(part) for part in inlet.parts] == [300, 300, 1]
    assert [line for part in inlet.parts for line in part] == lines
    assert "601 lines" in capsys.readouterr().out


def test_large_lines_make_small_parts(inlet: Inlet, tmp_path: Path) -> None:
    (tmp_path / "people").write_text("\n".join(a_line(f"b-{n}", note="x" * 60_000) for n in range(7)))

    assert main(["import", str(tmp_path / "people")]) == 0
    assert [len(part) for part in inlet.parts] == [3, 3, 1]


def test_every_fault_is_named_before_anything_is_sent(inlet: Inlet, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "people"
    ticket = json.dumps({"type": "parley.ticket.created.v1", "data": {}})
    nameless = json.dumps({"type": "parley.party.changed.v1", "data": {"id": "b-1", "kind": "buyer", "market": "de"}})
    file.write_text("\n".join([a_line("b-0"), nameless, "", "{", ticket, "[]"]))

    for more in ([], ["--dry-run"]):
        assert main(["import", str(file), *more]) == 1
        told = capsys.readouterr().err
        assert [line.split(": ")[0] for line in told.splitlines()[:-1]] == [f"{file}:{number}" for number in (2, 4, 5, 6)]
        assert "display_name" in told
        assert inlet.parts == []


def test_old_conversations_go_one_by_one_each_to_its_service(
    inlet: Inlet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PARLEY_INQUIRIES_URL", f"http://127.0.0.1:{inlet.server_port}")
    old = [json.dumps({"type": kind, "id": "a/7", "data": {"n": 1}}) for kind in ("ticket", "inquiry")]
    file = tmp_path / "all"
    file.write_text("\n".join([a_line("b-1"), a_line("b-2"), *old, a_line("b-3")]))

    assert main(["import", str(file)]) == 0, capsys.readouterr().err
    assert inlet.parts == [
        [a_line("b-1"), a_line("b-2")],
        ['/v1/marketplace/tickets/a%2F7 {"n":1}'],
        ['/v1/marketplace/inquiries/a%2F7 {"n":1}'],
        [a_line("b-3")],
    ]

    inlet.refuses = "/inquiries/"
    assert main(["import", str(file)]) == 1
    told = capsys.readouterr().err
    assert "line 4: inquiries: No. (422)" in told
    assert "body.order_id: is unknown" in told
    assert told.splitlines()[-1].endswith("--from 4")


def test_a_conversation_without_its_old_id_is_named(inlet: Inlet, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "old").write_text('{"type": "ticket", "data": {}}')

    assert main(["import", str(tmp_path / "old")]) == 1
    assert "needs the id" in capsys.readouterr().err


def test_it_says_where_to_go_on_and_goes_on_there(inlet: Inlet, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "people"
    file.write_text("\n".join(["", *(a_line(f"b-{n}") for n in range(400))]))
    inlet.refuses = "b-350"

    assert main(["import", str(file)]) == 1
    told = capsys.readouterr().err
    assert "line 352: data.market: is unknown" in told
    assert told.splitlines()[-1] == f"The lines before 302 are in. Go on with: parley import {file} --from 302"

    inlet.refuses = None
    assert main(["import", str(file), "--from", "302"]) == 0
    assert [json.loads(line)["data"]["id"] for part in inlet.parts for line in part] == [f"b-{n}" for n in range(400)]
