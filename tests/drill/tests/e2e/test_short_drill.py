"""Three short waves of faults on the whole system: every promise is kept, or the build is red and the report says which was not."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[2] / "src"
SEEDS, SECONDS = "1,2,3", "25"


@pytest.mark.timeout(900)
def test_every_promise_is_kept_under_fire(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "parley_drill", "--seeds", SEEDS, "--seconds", SECONDS, "--calm", "5", "--rate", "15"]
    environment = {**os.environ, "PYTHONPATH": str(SOURCES)}

    done = subprocess.run([*command, "--folder", str(tmp_path)], env=environment, text=True, stdout=subprocess.PIPE, timeout=840)

    assert done.returncode == 0, done.stdout
    figures = json.loads((tmp_path / "report.json").read_text())["figures"]
    assert figures["single faults"] > 20, "a drill without faults proves nothing"
    assert figures["answers"]["ok"] > 200
    assert figures["overdue"] > 20
    assert figures["erasures"]["people"] >= 9
    kept = {"notifier.people", "ticketing.orders", "ticketing.outbox", "ticketing.parties"}
    assert kept <= set(figures["kept of them before"]), "a search that finds nothing before proves nothing afterwards"
