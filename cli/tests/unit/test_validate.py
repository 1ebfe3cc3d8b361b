"""`parley validate` accepts what the contract promises, and names everything that is not so."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from parley.__main__ import main

EXAMPLES = Path(__file__).parents[3] / "contracts" / "examples"
CREATED = "parley.ticket.created.v1"


def line(data: Any, type: str = CREATED, **more: Any) -> str:
    """An event as `parley tail` prints it."""
    return json.dumps({"topic": "parley.ticketing.tickets.v1", "type": type, "data": data, **more})


def example() -> dict[str, Any]:
    first = min((EXAMPLES / CREATED).glob("*.json"))
    found: dict[str, Any] = json.loads(first.read_text())
    return found


@pytest.mark.parametrize("type", sorted(path.name for path in EXAMPLES.iterdir()))
def test_every_golden_example_is_as_the_contract_says(type: str, capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(path) for path in (EXAMPLES / type).glob("*.json")]

    assert main(["validate", "--type", type, *files]) == 0, capsys.readouterr().err


def test_every_fault_is_named_by_its_line_and_its_field(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = example()
    lines = [
        line(good),
        line({name: value for name, value in good.items() if name not in ("number", "market")}),
        line(good, type="parley.nothing.v1"),
        "",
        line(None),
        line(good, unreadable="a header is not UTF-8").replace('"data"', '"was"'),
        "[]",
    ]
    (tmp_path / "events").write_text("\n".join(lines))

    assert main(["validate", str(tmp_path / "events")]) == 1
    told = capsys.readouterr().err.splitlines()

    assert told == [
        f"{tmp_path}/events:2: {CREATED}: number: Field required",
        f"{tmp_path}/events:2: {CREATED}: market: Field required",
        f"{tmp_path}/events:3: the contract has no type parley.nothing.v1",
        f"{tmp_path}/events:6: a header is not UTF-8",
        f"{tmp_path}/events:7: is no event: write a JSON object with type and data, as `parley tail` prints it",
        "6 events read, 5 faults.",
    ]


def test_what_comes_through_a_pipe_is_read(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(line(example())))

    assert main(["validate"]) == 0
    assert capsys.readouterr().out == "1 events are as the contract says.\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--type", "parley.nothing.v1"], r"The contract has no type parley.nothing.v1; it has: parley."),
        (["no-such-file"], "no-such-file cannot be read:"),
        ([__file__], "test_validate.py:1 is not JSON:"),
    ],
)
def test_what_cannot_be_checked_is_said(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", *arguments]) == 1
    assert told in capsys.readouterr().err
