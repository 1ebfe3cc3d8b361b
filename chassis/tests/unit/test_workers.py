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


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Servers that run somewhere, as the environment names them."""
    monkeypatch.setenv("MONGODB_URI", "mongodb://given/")
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "given:9092")
    return {"mongodb_uri": "mongodb://given/", "kafka_servers": "given:9092"}


@pytest.mark.timeout(300)
def test_a_worker_is_handed_the_servers_of_its_controller(given: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        f"def test_handed(pytestconfig):\n    assert {given!r}.items() <= pytestconfig.workerinput.items()\n"
    )
    command = [sys.executable, "-m", "pytest", "-p", "xdist", "-p", "parley_chassis.testing", "-n", "1", str(tmp_path)]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}

    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)

    assert run.returncode == 0, run.stdout
    assert "1 passed" in run.stdout


def test_a_run_without_workers_finds_its_own_servers(given: dict[str, str]) -> None:
    assert handed(cast(Any, SimpleNamespace()), "mongodb_uri") is None
    with servers.mongodb(None) as uri, servers.kafka(None) as addresses:
        assert {"mongodb_uri": uri, "kafka_servers": addresses} == given


def test_a_worker_uses_what_it_was_handed(given: dict[str, str]) -> None:
    with servers.mongodb("mongodb://shared/") as uri, servers.kafka("shared:9092") as addresses:
        assert (uri, addresses) == ("mongodb://shared/", "shared:9092")
