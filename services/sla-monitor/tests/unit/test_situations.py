"""Every situation of the vectors against the fold that the monitor uses."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from sla_monitor.simulate.notation import instant
from sla_monitor.simulate.rehearsal import rehearse
from sla_monitor.simulate.situation import read

VECTORS = Path(__file__).parents[1] / "vectors"


def situations() -> list[Any]:
    return [pytest.param(raw, id=raw["id"]) for file in sorted(VECTORS.glob("*.yaml")) for raw in yaml.safe_load(file.read_text())]


def normal(fact: dict[str, Any]) -> dict[str, Any]:
    return {key: instant(key, value) if key == "due" else value for key, value in fact.items()}


def is_told(expected: dict[str, Any], fact: dict[str, Any]) -> bool:
    return normal(expected).items() <= normal(fact).items()


@pytest.mark.parametrize("raw", situations())
def test_the_situation_has_its_one_right_outcome(raw: dict[str, Any]) -> None:
    situation = read(raw, "here")
    assert not situation.faults
    assert not situation.warnings

    told = rehearse(situation)

    facts = told["facts"]
    assert told["outcome"] == {str(cycle): outcome for cycle, outcome in raw["outcome"].items()}
    if "expect" in raw:
        assert len(facts) == len(raw["expect"]), facts
        assert all(map(is_told, raw["expect"], facts)), facts
    for expected in raw.get("expect_contains", ()):
        assert any(is_told(expected, fact) for fact in facts), facts
    for kind in raw.get("expect_without", ()):
        assert kind not in {fact["fact"] for fact in facts}
    for kind, count in raw.get("expect_count", {}).items():
        assert [fact["fact"] for fact in facts].count(kind) == count


def test_results_are_written_as_the_situation_writes_its_instants() -> None:
    around_the_change = next(param.values[0] for param in situations() if str(param.id).startswith("around-a-daylight"))
    told = rehearse(read(around_the_change, "here"))

    assert isinstance(around_the_change["events"][0]["at"], datetime)
    assert told["facts"][-1]["due"] == "2026-03-30T11:00:00Z"


def the_forty() -> dict[int, set[str]]:
    """The table of README.md: what holds each situation of the research."""
    rows = re.findall(r"^\| (\d+) \| [^|]+ \| ([^|]+) \|", (VECTORS / "README.md").read_text(), re.MULTILINE)
    return {int(number): set(re.findall(r"`([^`]+)`", held_by)) for number, held_by in rows}


def test_each_of_the_forty_situations_of_the_research_is_held() -> None:
    sources = "".join(path.read_text() for path in VECTORS.parent.rglob("test_*.py"))
    tests = set(re.findall(r"def (test_\w+)", sources))
    known = {str(param.id) for param in situations()} | tests

    assert list(the_forty()) == list(range(1, 41))
    assert [number for number, held_by in the_forty().items() if not held_by] == []
    assert set().union(*the_forty().values()) - known == set()
