"""Where the local stack listens: fixed ports that the environment changes, and given servers that need none."""

from pathlib import Path

import pytest
from parley_local import stack
from parley_local.layout import PORTS, ROOT, Layout
from parley_local.problem import CannotRun


def test_ports_are_fixed_and_differ() -> None:
    assert len(set(PORTS.values())) == len(PORTS)
    assert Layout.from_environment({}).port("ticketing") == 8801


def test_a_setting_changes_a_port() -> None:
    assert Layout.from_environment({"SLA_MONITOR_WORKER_PORT": "9321"}).port("sla-monitor", "WORKER") == 9321


@pytest.mark.parametrize("text", ["0", "65536", "eighty", "-1"])
def test_what_is_no_port_is_refused_by_name(text: str) -> None:
    with pytest.raises(CannotRun, match=f"SMTP_PORT={text} is not possible: it must be a port"):
        Layout.from_environment({"SMTP_PORT": text})


def test_there_are_one_or_three_brokers() -> None:
    with pytest.raises(CannotRun, match="BROKERS=2 is not possible: it must be 1 or 3"):
        Layout.from_environment({"BROKERS": "2"})


def test_given_servers_are_used_and_not_started(tmp_path: Path) -> None:
    given = {"KAFKA_BOOTSTRAP_SERVERS": "kafka:9092", "MONGODB_URI": "mongodb://db/?replicaSet=x", "LOCAL_DIR": str(tmp_path)}
    layout = Layout.from_environment(given)
    names = [part.name for part in stack.parts(layout)]
    assert "kafka" not in names
    assert "mongodb" not in names
    assert not [setting for setting in layout.used_ports() if setting.startswith(("KAFKA", "MONGODB"))]
    assert {part.env["MONGODB_URI"] for part in stack.parts(layout) if "MONGODB_URI" in part.env} == {"mongodb://db/?replicaSet=x"}


def test_a_stack_of_three_brokers_listens_on_a_port_more_for_each(tmp_path: Path) -> None:
    one, three = Layout(tmp_path), Layout(tmp_path, brokers=3)
    assert set(three.used_ports()) - set(one.used_ports()) == {
        "KAFKA_2_PORT",
        "KAFKA_3_PORT",
        "KAFKA_2_CONTROLLER_PORT",
        "KAFKA_3_CONTROLLER_PORT",
    }
    assert stack.addresses(three)["KAFKA_BOOTSTRAP_SERVERS"].count(",") == 2


def test_every_service_has_both_processes_with_settings_of_its_own(tmp_path: Path) -> None:
    parts = {part.name: part for part in stack.parts(Layout(tmp_path, prefix="trial."))}
    for service in ("ticketing", "inquiries", "notifier", "sla-monitor"):
        serve, work = parts[f"{service}-serve"], parts[f"{service}-work"]
        assert serve.needs == ("mongodb",), "the API starts without the broker"
        assert {"mongodb", "topics"} <= set(work.needs)
        assert serve.env["MONGODB_DATABASE"] == f"trial_{service.replace('-', '_')}"
    assert parts["topics"].env["TOPIC_PREFIX"] == "trial."
    listening = [part.env[setting] for part in parts.values() for setting in ("HTTP_PORT", "PROBE_PORT") if part.name.endswith("-serve")]
    assert len(set(listening)) == 8


def test_the_folder_is_beside_the_sources_unless_it_is_set(tmp_path: Path) -> None:
    assert Layout.from_environment({}).folder == ROOT / ".local"
    assert (ROOT / "Makefile").exists()
    assert Layout.from_environment({"LOCAL_DIR": str(tmp_path)}).folder == tmp_path
