"""`simulate --policy`: which breaches another policy would bring, and which it would take away; on situations and on a recorded topic."""

import argparse
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from parley.recording import line_of
from parley_contracts.records import Record
from parley_contracts.topics import TICKETS
from parley_contracts.words import Role
from sla_monitor.simulate.command import COMMAND
from sla_monitor.testing import Log

HOUR = timedelta(hours=1)
MARKET = "id: de\nresponse: {policy: fast, version: 2, target: 24h, support_target: 12h%s}\n"
SITUATIONS = """
- id: answered-after-a-day
  events:
    - {at: +0h, is: conversation_opened, by: buyer}
    - {at: +30h, is: reply, by: seller}
    - {watermark: +100h}
- id: nobody-answers
  events:
    - {at: +0h, is: conversation_opened, by: buyer}
    - {watermark: +50h}
"""


@pytest.fixture
def file(tmp_path: Path) -> Any:
    def write(name: str, text: str) -> str:
        (tmp_path / name).write_text(text)
        return str(tmp_path / name)

    return write


@pytest.fixture
def recording(file: Any, log: Log) -> str:
    """Two tickets of two sellers, one of another market; the first is answered after 30 hours."""
    records = [
        log.created("a", number="T-A"),
        log.created("b", number="T-B", at=HOUR, seller_id="seller-2"),
        log.created("c", number="T-C", at=HOUR, market="fr"),
        log.replied("a", Role.SELLER, number="T-A", at=30 * HOUR),
        *log.watermarks(50 * HOUR, topics=(TICKETS,)),
    ]
    return str(file("tail.jsonl", "".join(json.dumps(line_of(Record.of(TICKETS, record))) + "\n" for record in records)))


def simulate(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[list[Any], str]:
    parser = argparse.ArgumentParser()
    COMMAND.arguments(parser)
    assert COMMAND.run(parser.parse_args(list(arguments))) == 0
    printed = capsys.readouterr()
    return [json.loads(line) for line in printed.out.splitlines()], printed.err


def changed(lines: list[Any], change: str) -> list[Any]:
    return sorted(breach["cycle"] for line in lines for breach in line[change])


def test_what_would_appear_under_a_shorter_target_is_told(file: Any, capsys: pytest.CaptureFixture[str]) -> None:
    lines, says = simulate(capsys, file("s.yaml", SITUATIONS), "--policy", file("other.yaml", "target: 24h"))

    assert lines == [
        {"id": "answered-after-a-day", "appear": [{"cycle": 1, "owed_by": "seller", "due": "+24h"}], "vanish": []},
        {"id": "nobody-answers", "appear": [], "vanish": []},
    ]
    assert says == "1 breaches would appear, 0 would vanish\n"


def test_what_would_vanish_under_a_longer_target_is_told(file: Any, capsys: pytest.CaptureFixture[str]) -> None:
    lines, says = simulate(capsys, file("s.yaml", SITUATIONS), "--policy", file("other.yaml", "target: 72h"))

    assert [line["vanish"] for line in lines] == [[], [{"cycle": 1, "owed_by": "seller", "due": "+48h"}]]
    assert says == "0 breaches would appear, 1 would vanish\n"


def test_a_recorded_topic_is_read_as_the_monitor_reads_it(recording: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines, _ = simulate(capsys, recording)

    outcomes = {cycle: outcome for line in lines for cycle, outcome in line["outcome"].items()}
    assert outcomes == {"T-A/1": "met", "T-B/1": "open_overdue", "T-C/1": "open_overdue"}


def test_a_recorded_topic_shows_what_another_policy_would_change(file: Any, recording: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines, _ = simulate(capsys, recording, "--policy", file("de.yaml", MARKET % ""))
    assert (changed(lines, "appear"), changed(lines, "vanish")) == (["T-A/1"], [])

    lines, _ = simulate(capsys, recording, "--present", file("de.yaml", MARKET % ""), "--policy", file("other.yaml", "target: 72h"))
    assert (changed(lines, "appear"), changed(lines, "vanish")) == ([], ["T-A/1", "T-B/1"])


def test_an_exception_is_tried_with_its_market(file: Any, recording: str, capsys: pytest.CaptureFixture[str]) -> None:
    exception = ", exceptions: [{policy: slow, version: 1, seller: seller-2, target: 72h, support_target: 12h}]"

    lines, _ = simulate(capsys, recording, "--policy", file("de.yaml", MARKET % exception))

    assert (changed(lines, "appear"), changed(lines, "vanish")) == (["T-A/1"], ["T-B/1"])


def test_a_record_that_cannot_be_read_is_named_and_passed_over(file: Any, recording: str, capsys: pytest.CaptureFixture[str]) -> None:
    broken = json.loads(Path(recording).read_text().splitlines()[0]) | {"data": {}}

    lines, says = simulate(capsys, file("more.jsonl", Path(recording).read_text() + json.dumps(broken)))

    assert len(lines) == 6
    assert "line 11: was passed over" in says


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- a", "is not a policy"),
        ("goal: 24h", "goal is not known"),
        ("target: 24", "target"),
        ("response: {policy: a}", "response.version: Field required"),
        ("{", "cannot be read"),
    ],
)
def test_a_policy_that_cannot_be_read_says_why(text: str, says: str, file: Any, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    COMMAND.arguments(parser)

    assert COMMAND.run(parser.parse_args([file("s.yaml", SITUATIONS), "--policy", file("other.yaml", text)])) == 1
    assert says in capsys.readouterr().err
