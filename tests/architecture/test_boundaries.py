"""The import rules hold, and each of them turns red when somebody breaks it."""

import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = [*sorted(ROOT.glob("*/src/*/__init__.py")), *sorted(ROOT.glob("*/*/src/*/__init__.py"))]


@dataclass(frozen=True)
class Plant:
    """A line that breaks a rule, and the module that it is written into."""

    rule: str
    module: str
    line: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.module}: {self.line}"


PLANTS = [
    Plant("rings", "ticketing/main.py", "import notifier"),
    Plant("rings", "sla_monitor/domain/planted.py", "import ticketing"),
    Plant("rings", "parley_chassis/planted.py", "import parley_conversation"),
    Plant("rings", "parley_conversation/store.py", "import inquiries"),
    Plant("rings", "parley_contracts/planted.py", "import parley_chassis"),
    Plant("rings", "notifier/main.py", "import parley_local.stack"),
    Plant("local", "parley_local/planted.py", "import ticketing.domain"),
    Plant("driver", "parley_local/stack.py", "import pymongo"),
    Plant("kernel", "notifier/consumers.py", "import parley_conversation"),
    Plant("inside", "ticketing/use_cases.py", "import ticketing.store"),
    Plant("inside", "ticketing/http.py", "import ticketing.consumers"),
    Plant("inside", "notifier/domain/planted.py", "import notifier.ports"),
    Plant("inside", "parley_conversation/domain/planted.py", "import parley_conversation.use_cases"),
    Plant("inside", "sla_monitor/planted.py", ""),
    Plant("plain", "sla_monitor/domain/planted.py", "import pydantic"),
    Plant("plain", "notifier/ports.py", "import parley_contracts.envelope"),
    Plant("plain", "parley_conversation/use_cases.py", "import parley_chassis"),
    Plant("contracts", "parley_contracts/planted.py", "import aiokafka"),
    Plant("chassis", "parley_chassis/planted.py", "import parley_contracts.ticketing"),
    Plant("driver", "notifier/dispatch.py", "import pymongo"),
    Plant("driver", "ticketing/http.py", "import bson"),
]


def lint(sources: Path) -> str:
    """What the import linter prints about the packages below ``sources``."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--config", str(ROOT / "pyproject.toml")]
    environment = {**os.environ, "PYTHONPATH": str(sources), "COLUMNS": "200"}
    return subprocess.run(command, cwd=sources, env=environment, capture_output=True, text=True, check=False).stdout


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A copy of all packages, to be spoiled."""
    for package in (each.parent for each in SOURCES):
        shutil.copytree(package, tmp_path / package.name, ignore=shutil.ignore_patterns("__pycache__", "static", "templates"))
    return tmp_path


def rule_names() -> dict[str, str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return {rule["id"]: rule["name"] for rule in settings["tool"]["importlinter"]["contracts"]}


def test_every_rule_holds(sources: Path) -> None:
    printed = lint(sources)

    assert " 0 broken" in printed, printed


@pytest.mark.parametrize("plant", PLANTS, ids=str)
def test_a_planted_violation_turns_its_rule_red(sources: Path, plant: Plant) -> None:
    module = sources / plant.module
    module.parent.mkdir(exist_ok=True)
    text = module.read_text() if module.exists() else ""
    module.write_text(f"{text}\n{plant.line}\n")

    printed = lint(sources)

    assert f"{rule_names()[plant.rule]} BROKEN" in printed, printed


def test_every_rule_has_a_planted_violation() -> None:
    assert {plant.rule for plant in PLANTS} == set(rule_names())
