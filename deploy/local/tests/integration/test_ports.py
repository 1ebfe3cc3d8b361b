"""A taken port is named together with the setting that changes it."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from parley_local import ports
from parley_local.problem import CannotRun


def test_a_taken_port_is_named_with_its_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(CannotRun, match=rf"port {port} is taken: set INBOX_PORT="):
            ports.refuse_taken({"INBOX_PORT": port})


def test_free_ports_are_free_and_differ() -> None:
    found = ports.free(30)
    assert len(set(found)) == 30
    ports.refuse_taken({str(port): port for port in found})


def test_no_outgoing_connection_can_take_a_free_port() -> None:
    first, _ = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())

    assert max(ports.free(30)) < first


def test_a_port_is_given_to_one_alone_while_he_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    found = ports.free(2)
    monkeypatch.setattr(ports, "_NEVER_OUTGOING", found)
    code = f"from parley_local import ports; ports._NEVER_OUTGOING = {found}; print(ports.free(1))"
    asks = [sys.executable, "-c", code]

    assert ports.free(1) == []
    assert subprocess.run(asks, capture_output=True, text=True, check=True).stdout == "[]\n"


async def test_only_an_answer_of_200_is_one() -> None:
    (port,) = ports.free(1)
    assert not await ports.answers_ok(port, "/readyz")
    assert not await ports.listening(port)
