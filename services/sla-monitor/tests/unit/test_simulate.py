"""The command line of `simulate`: one JSON line for each situation, faults with file, item, key and what to do."""

import argparse
import io
import json
import sys
from pathlib import Path

import pytest
from sla_monitor.simulate.command import COMMAND

VECTORS = Path(__file__).parents[1] / "vectors" / "response_clock.yaml"
NOBODY = {"id": "nobody", "events": [{"at": "+0h", "is": "conversation_opened", "by": "buyer"}, {"watermark": "+48h1ms"}]}


def simulate(*files: str | Path) -> int:
    parser = argparse.ArgumentParser()
    COMMAND.arguments(parser)
    return COMMAND.run(parser.parse_args([str(file) for file in files]))


def test_it_prints_one_json_line_for_each_situation(capsys: pytest.CaptureFixture[str]) -> None:
    assert simulate(VECTORS) == 0

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(lines) == 24
    assert lines[2] == {
        "id": "reply-one-millisecond-late-is-late",
        "facts": [{"fact": "response_overdue", "cycle": 1, "owed_by": "seller", "due": "+48h"}],
        "outcome": {"1": {"late_by": "1ms"}},
    }


def test_it_reads_json_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "situations.jsonl"
    file.write_text("\n".join([json.dumps(NOBODY), "", json.dumps(NOBODY | {"id": "again"})]))

    assert simulate(file) == 0

    assert [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()] == ["nobody", "again"]


def test_it_reads_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(NOBODY)))

    assert simulate("-") == 0

    assert json.loads(capsys.readouterr().out)["outcome"] == {"1": "open_overdue"}


def test_cycles_of_named_conversations_carry_the_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "two.yaml"
    file.write_text(
        """
- id: two
  events:
    - {at: +0h, is: conversation_opened, by: buyer, conversation: A}
    - {at: +1h, is: conversation_opened, by: buyer, conversation: B}
    - {watermark: +48h1ms}
"""
    )

    simulate(file)

    told = json.loads(capsys.readouterr().out)
    assert told["outcome"] == {"A1": "open_overdue", "B1": "open"}
    assert [fact["cycle"] for fact in told["facts"]] == ["A1", "B1"]


@pytest.mark.parametrize(
    ("events", "says"),
    [
        ("[{at: +0h, is: reply}]", "event 1: by: is missing"),
        ("[{is: reply, by: buyer}]", "event 1: at: is missing"),
        ("[{at: 5h, is: reply, by: buyer}]", "event 1: at: '5h' is not a time; write an offset from T such as +48h"),
        ("[{at: 2026-03-02T10:00:00, is: reply, by: buyer}]", "has no zone; end it with Z"),
        ("[{at: +5x, is: reply, by: buyer}]", "event 1: at: '5x' is not a duration; write numbers with units"),
        ("[{at: '0001-01-01T00:00:00+14:00', is: reply, by: buyer}]", "event 1: at: '0001-01-01T00:00:00+14:00' lies outside the years"),
        ("[{at: +1h, policy: {calendar: {zone: UTC, days: mon, hours: '09:00-17:00', 5: x, y: z}}}]", "policy.calendar.5: is not known"),
        ("[{at: +0h, is: reply, by: robot}]", "event 1: by: 'robot' is not known; write buyer, guest, seller"),
        ("[{at: +0h, is: reply, by: seller, visibility: secret}]", "visibility: 'secret' is not known; write public"),
        (
            "[{at: +0h, is: message_removed, of: m9, reason: spam}]",
            "no event before this one is named 'm9'; name it there with `as: m9`",
        ),
        ("[{repeat: r1}]", "event 1: repeat: no event before this one is named 'r1'"),
        ("[{at: +0h}]", "event 1: is: is missing; say what happened"),
        ("[{at: +1h, policy: {target: 5}}]", "event 1: policy.target: 5 has no unit; write it as 5s, 5m, 5h or 5d"),
        (
            "[{at: +1h, policy: {calendar: {zone: Mars, days: mon, hours: '09:00-17:00'}}}]",
            "policy.calendar: zone: 'Mars' is not",
        ),
        ("[{at: +1h, policy: {traget: 5h}}]", "policy.traget: is not known; a policy has calendar"),
        ("[{at: +1h, is: outage_declared, from: +3h, to: +2h}]", "event 1: to: lies before `from`"),
        ("[17]", "event 1: 17 is not a mapping; write"),
        ("nothing", "events: is not a list"),
    ],
)
def test_a_fault_names_file_item_key_and_what_to_do(events: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(f"- {{id: wrong, events: {events}}}\n- {json.dumps(NOBODY)}\n")

    assert simulate(file) == 1

    printed = capsys.readouterr()
    assert f"{file}: situation 1 (wrong): " in printed.err
    assert says in printed.err
    assert json.loads(printed.out)["id"] == "nobody", "the others are printed all the same"


def test_a_key_that_is_not_known_is_told_and_ignored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "typo.yaml"
    file.write_text("- {id: typo, polcy: {target: 1h}, events: [{at: +0h, is: reply, by: buyer, visibilty: internal}]}")

    assert simulate(file) == 0

    printed = capsys.readouterr()
    assert "polcy: is not known and was ignored" in printed.err
    assert "event 1: visibilty: is not known and was ignored" in printed.err
    assert json.loads(printed.out)["outcome"] == {"1": "open"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xff\xfe", "is not UTF-8"),
        (b"- {id: [", "is not YAML"),
        (b"id: one", "is not a list; begin each situation with `- id: ...`"),
        (b'{"id": 1}\n{"id": ', "line 2: is not JSON"),
        (b"- just text", "situation 1: is not a mapping"),
        (b"- {events: []}", "id: is missing; name the situation"),
        (b"- {id: far, policy: {target: 999999999h}, events: [{at: +0h, is: reply, by: buyer}]}", "beyond the year 9999"),
        (b"- {id: far, events: [{at: +999999999d, is: reply, by: buyer}]}", "999999999d"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(content: bytes, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "situations.yaml"
    file.write_bytes(content)

    assert simulate(file) == 1
    assert says in capsys.readouterr().err


def test_a_file_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert simulate(tmp_path / "absent.yaml") == 1
    assert "cannot be read (No such file or directory); give the path of a file that exists" in capsys.readouterr().err
