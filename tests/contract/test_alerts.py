"""Alerts speak of what the services measure, are seen to fire, and tell what to do."""

import importlib
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from parley.__main__ import COMMANDS
from parley_chassis import telemetry

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy" / "observability" / "rules.yaml"
TESTS = sorted(RULES.parent.glob("rules*.test.yaml"))
MEASURING = ("ticketing.main", "inquiries.main", "notifier.main", "sla_monitor.main", "parley.canary")
ALERTS: list[dict[str, Any]] = [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]
NAMES = [rule["alert"] for rule in ALERTS]
HEADINGS = ("What it means", "What to look at", "What to do")


def test_every_metric_of_an_alert_is_one_of_the_services() -> None:
    for module in MEASURING:
        importlib.import_module(module)
    known = {sample.name for metric in telemetry.REGISTRY.collect() for sample in metric.samples}
    ends = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum")}
    known |= {metric.name + end for metric in telemetry.REGISTRY.collect() for end in ends.get(metric.type, ("",))}

    named = {name for rule in ALERTS for name in re.findall(r"parley_\w+", rule["expr"])}

    assert named
    assert named - known == set()


@pytest.mark.parametrize("rule", ALERTS, ids=NAMES)
def test_every_alert_says_who_is_woken_and_has_its_page(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("page", "office", "heartbeat")
    assert rule["annotations"]["runbook"] == f"docs/runbooks/{rule['alert']}.md"
    assert re.findall(r"^## (.*)$", (ROOT / rule["annotations"]["runbook"]).read_text(), re.MULTILINE) == [*HEADINGS]


def test_every_page_belongs_to_an_alert() -> None:
    assert {path.stem for path in (ROOT / "docs" / "runbooks").glob("*.md")} - {"README"} == set(NAMES)


def test_every_command_that_a_page_names_is_there() -> None:
    on_call = ROOT / "services" / "sla-monitor" / "src" / "sla_monitor"
    pages = [
        *(ROOT / "docs" / "runbooks").glob("*.md"),
        ROOT / "cli" / "README.md",
        *on_call.glob("templates/*"),
        *on_call.glob("pages/*.py"),
    ]
    named = {command for page in pages for command in re.findall(r"parley ([a-z][a-z-]*)", page.read_text())}

    assert named
    assert named - set(COMMANDS) == set()


def test_every_run_book_that_the_page_of_on_call_names_is_there() -> None:
    page = ROOT / "services" / "sla-monitor" / "src" / "sla_monitor" / "pages" / "overview.py"
    named = set(re.findall(r'"(Parley\w+)"', page.read_text()))

    assert named
    assert named <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_alert_is_seen_to_fire_and_to_stay_silent(name: str) -> None:
    seen = [
        bool(case.get("exp_alerts"))
        for file in TESTS
        for test in yaml.safe_load(file.read_text())["tests"]
        for case in test["alert_rule_test"]
        if case["alertname"] == name
    ]

    assert set(seen) == {True, False}


def test_the_rules_do_what_their_tests_say() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed: apt-get install prometheus")
    tested = subprocess.run([promtool, "test", "rules", *map(str, TESTS)], capture_output=True, text=True, check=False)

    assert tested.returncode == 0, tested.stdout + tested.stderr


def routed(folder: Path, **secrets: str) -> dict[str, Any]:
    """The configuration that Alertmanager is started with where these secrets are given."""
    for name, address in secrets.items():
        (folder / name).write_text(address)
    config = folder / "alertmanager.yaml"
    where = {"ALERTMANAGER": "true", "CONFIG": str(config), "SECRETS": str(folder), "PATH": os.environ["PATH"]}
    subprocess.run([RULES.parent / "alertmanager-start"], env=where, check=True, capture_output=True)
    written: dict[str, Any] = yaml.safe_load(config.read_text())
    return written


def test_the_heartbeat_goes_out_each_minute_and_the_other_alerts_to_whom_they_are_for(tmp_path: Path) -> None:
    route = routed(tmp_path)["route"]
    receivers = {each["matchers"][0].removeprefix("severity = "): each["receiver"] for each in route["routes"]}

    assert receivers | {"office": route["receiver"]} == {severity: severity for severity in {rule["labels"]["severity"] for rule in ALERTS}}
    heartbeat = next(each for each in route["routes"] if each["receiver"] == "heartbeat")
    assert (heartbeat["group_wait"], heartbeat["group_interval"], heartbeat["repeat_interval"]) == ("0s", "1m", "50s")


def test_what_has_no_address_is_off(tmp_path: Path) -> None:
    def sent_to(config: dict[str, Any]) -> dict[str, list[str]]:
        return {each["name"]: [hook["url_file"] for hook in each["webhook_configs"] or ()] for each in config["receivers"]}

    assert sent_to(routed(tmp_path, parley_page_url="")) == {"page": [], "office": [], "heartbeat": []}
    given = sent_to(routed(tmp_path, parley_heartbeat_url="https://heartbeat.example/parley"))
    assert given == {"page": [], "office": [], "heartbeat": [str(tmp_path / "parley_heartbeat_url")]}
