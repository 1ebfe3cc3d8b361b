"""The workers of a parallel run share one broker and one database."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from parley_chassis.testing import servers
from parley_chassis.testing.workers import handed

NAMES = {"mongodb_uri": "MONGODB_URI", "kafka_servers": "KAFKA_BOOTSTRAP_SERVERS"}


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Servers that run somewhere, as the environment names them."""
    addresses = {"mongodb_uri": "mongodb://given/", "kafka_servers": "given:9092"}
    for name, address in addresses.items():
        monkeypatch.setenv(NAMES[name], address)
    return addresses


WORKER = """
def test_it_finds_them(pytestconfig, monkeypatch, request):
    for name, address in {given!r}.items():
        monkeypatch.delenv(NAMES[name])
        assert request.getfixturevalue(name) == address
"""


def test_a_worker_uses_the_servers_of_its_controller(given: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(f"NAMES = {NAMES!r}\n" + WORKER.format(given=given))
    command = [sys.executable, "-m", "pytest", "-p", "xdist", "-p", "parley_chassis.testing", "-n", "1", str(tmp_path)]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}

    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)

    assert run.returncode == 0, run.stdout
    assert "1 passed" in run.stdout


def test_a_run_without_workers_finds_its_own_servers(given: dict[str, str]) -> None:
    assert handed(cast(Any, SimpleNamespace()), "mongodb_uri") is None
    with servers.mongodb(None) as uri, servers.kafka(None) as addresses:
        assert {"mongodb_uri": uri, "kafka_servers": addresses} == given
