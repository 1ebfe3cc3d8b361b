"""The import rules hold, and each of them turns red when somebody breaks it."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = [*sorted(ROOT.glob("*/src/*/__init__.py")), *sorted(ROOT.glob("*/*/src/*/__init__.py"))]
PACKAGES = frozenset(each.parent.name for each in SOURCES)
PYDANTIC = frozenset({"pydantic", "pydantic_core"})


@dataclass(frozen=True)
class Plant:
    """A line that breaks a rule, and the module that it is written into; without a line, a module that has no place."""

    rule: str
    module: str
    line: str = ""

    def __str__(self) -> str:
        return f"{self.rule}: {self.module}: {self.line}"

    @property
    def told(self) -> str:
        """How the linter speaks of it."""
        importer = self.module.removesuffix(".py").replace("/", ".")
        return f"{importer} -> {self.line.removeprefix('import ')} (l." if self.line else f"- {importer}\n"


PLANTS = [
    Plant("rings", "ticketing/main.py", "import notifier"),
    Plant("rings", "sla_monitor/domain/planted.py", "import ticketing"),
    Plant("rings", "parley_chassis/planted.py", "import parley_conversation"),
    Plant("rings", "parley_conversation/main.py", "import inquiries"),
    Plant("rings", "parley_contracts/planted.py", "import parley_chassis"),
    Plant("rings", "notifier/main.py", "import parley_local.stack"),
    Plant("local", "parley_local/planted.py", "import ticketing.domain"),
    Plant("rings", "parley/planted.py", "import parley_local"),
    Plant("command", "parley/parked.py", "import notifier"),
    Plant("driver", "parley/tail.py", "import pymongo"),
    Plant("kernel", "notifier/consumers.py", "import parley_conversation"),
    Plant("inside", "ticketing/use_cases/planted.py", "import ticketing.store"),
    Plant("inside", "ticketing/http/routes.py", "import ticketing.consumers"),
    Plant("inside", "inquiries/publishing.py", "import inquiries.store"),
    Plant("inside", "notifier/domain/planted.py", "import notifier.ports"),
    Plant("inside", "parley_conversation/domain/planted.py", "import parley_conversation.use_cases"),
    Plant("inside", "parley_conversation/unplaced.py"),
    *(Plant("inside", f"{service}/unplaced.py") for service in ("ticketing", "inquiries", "notifier", "sla_monitor")),
    Plant("plain", "sla_monitor/domain/planted.py", "import pydantic"),
    Plant("plain", "notifier/ports.py", "import parley_contracts.envelope"),
    Plant("plain", "parley_conversation/ports.py", "import parley_chassis"),
    Plant("contracts", "parley_contracts/planted.py", "import aiokafka"),
    Plant("chassis", "parley_chassis/planted.py", "import parley_contracts.ticketing"),
    Plant("driver", "parley_local/stack.py", "import pymongo"),
    Plant("driver", "notifier/dispatch/planted.py", "import pymongo"),
    Plant("driver", "ticketing/http/routes.py", "import bson"),
]


def lint(sources: Path) -> str:
    """What the import linter prints about the packages below ``sources``."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--config", str(ROOT / "pyproject.toml")]
    environment = {**os.environ, "PYTHONPATH": str(sources), "COLUMNS": "200"}
    return subprocess.run(command, cwd=sources, env=environment, capture_output=True, text=True, check=False).stdout


def copied(folder: Path) -> Path:
    """A copy of all packages, to be spoiled."""
    for package in (each.parent for each in SOURCES):
        shutil.copytree(package, folder / package.name, ignore=shutil.ignore_patterns("__pycache__", "static", "templates"))
    return folder


def rule_names() -> dict[str, str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return {rule["id"]: rule["name"] for rule in settings["tool"]["importlinter"]["contracts"]}


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the linter says against each rule once every violation is planted."""
    sources = copied(tmp_path_factory.mktemp("spoiled"))
    for plant in PLANTS:
        with (sources / plant.module).open("a") as module:
            module.write(f"\n{plant.line}\n")
    # Each broken rule has a section: its name, underlined, and what breaks it.
    sections = re.split(r"\n([^\n]+)\n-{10,}\n", lint(sources))
    said = dict(zip(sections[1::2], sections[2::2], strict=True))
    return {id: said.get(name, "") for id, name in rule_names().items()}


def test_every_rule_holds(tmp_path: Path) -> None:
    printed = lint(copied(tmp_path))

    assert " 0 broken" in printed, printed


@pytest.mark.parametrize("plant", PLANTS, ids=str)
def test_a_planted_violation_turns_its_rule_red(faults: dict[str, str], plant: Plant) -> None:
    assert plant.told in faults[plant.rule]


def test_every_rule_has_a_planted_violation() -> None:
    assert {plant.rule for plant in PLANTS} == set(rule_names())


def foreign(path: Path, allowed: frozenset[str] = frozenset()) -> set[str]:
    """What a module imports that neither comes with Python nor is ours. The linter can only name what it forbids."""
    imported: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            imported |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported.add(node.module.partition(".")[0])
    return imported - sys.stdlib_module_names - PACKAGES - allowed


def plain() -> Iterator[Path]:
    """Every module of a domain, of ports and of use cases."""
    for package in (each.parent for each in SOURCES):
        for name in ("domain", "ports", "use_cases"):
            yield from [*package.glob(f"{name}.py"), *package.glob(f"{name}/**/*.py")]


def test_domain_ports_and_use_cases_need_nothing_that_has_to_be_installed() -> None:
    assert {path.name: found for path in plain() if (found := foreign(path))} == {}


def test_contracts_need_pydantic_alone() -> None:
    modules = (ROOT / "contracts" / "src").rglob("*.py")

    assert {path.name: found for path in modules if (found := foreign(path, PYDANTIC))} == {}


def test_what_is_foreign_is_seen(tmp_path: Path) -> None:
    module = tmp_path / "planted.py"
    module.write_text("import re\nimport notifier.ports\nimport requests.adapters\nfrom pydantic import BaseModel\n")

    assert foreign(module) == {"requests", "pydantic"}
    assert foreign(module, PYDANTIC) == {"requests"}
    assert len([*plain()]) > 50
