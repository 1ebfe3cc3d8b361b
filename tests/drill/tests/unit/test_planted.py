"""Each planted bug and each crash point still finds the code that it changes."""

import subprocess
import sys
from pathlib import Path

import pytest
from parley_drill.planted import BUGS

SOURCES = Path(__file__).parents[2] / "src"
PLANT = """
import sys
from pathlib import Path
from parley_drill import crashpoints, planted
crashpoints.install(Path("notifier-work-1"))
planted.BUGS[sys.argv[1]].put()
"""


@pytest.mark.parametrize("name", BUGS)
def test_a_bug_can_be_planted(name: str) -> None:
    command = [sys.executable, "-c", PLANT, name]

    planted = subprocess.run(command, env={"PYTHONPATH": str(SOURCES)}, capture_output=True, text=True)

    assert planted.returncode == 0, planted.stderr
