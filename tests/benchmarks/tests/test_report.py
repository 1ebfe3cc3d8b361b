"""The table and the JSON tell the same, a missed goal included; the command line says what it does not know."""

import json
from pathlib import Path
from typing import Any

import pytest
from parley_bench.__main__ import BENCHMARKS, parser
from parley_bench.figures import Sample
from parley_bench.report import BEGIN, END, as_json, table, write
from parley_bench.ways import OURS, Benchmark, cheaper, faster

ROUNDS = [{OURS: Sample(1_000, 0.5, {"client": 0.25, "mongodb": 0.05}), "textbook": Sample(100, 1.0, {"client": 0.5, "mongodb": 0.1})}]
MEASURED = as_json(Benchmark("B0", "nothing", (), (faster(15, "textbook"), faster(25, "textbook"), cheaper(20, "textbook")), 1), ROUNDS)


def test_the_json_holds_every_sample_and_what_came_of_each_goal() -> None:
    again = json.loads(json.dumps(MEASURED))

    assert again["rounds"][0][OURS] == {"items": 1_000, "wall": 0.5, "cpu": {"client": 0.25, "mongodb": 0.05}, "rate": 2_000, "cpu_us": 300}
    assert [goal["met"] for goal in again["goals"]] == [True, False, True]


def test_the_table_shows_rates_cpu_and_which_goal_is_missed() -> None:
    lines = table(MEASURED).splitlines()

    assert "| Parley | 2,000 (2,000-2,000) | 300: client 250, mongodb 50 |" in lines
    assert "| >= 15 x the rate of textbook | 20.00 (20.00-20.00) | met |" in lines
    assert "| >= 25 x the rate of textbook | 20.00 (20.00-20.00) | **missed** |" in lines
    assert "| >= 20 x less CPU than textbook | 20.00 (20.00-20.00) | met |" in lines


def test_all_are_measured_unless_some_are_named() -> None:
    assert parser().parse_args([]).only == []
    assert parser().parse_args(["b4", "B11", "--rounds", "3"]).only == ["B4", "B11"]


@pytest.mark.parametrize(
    ("arguments", "said"), [(["B99"], f"there is no B99; there are {', '.join(BENCHMARKS)}"), (["--rounds", "0"], "give 1 or more")]
)
def test_what_cannot_be_measured_is_refused_with_what_can(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(arguments)

    assert said in capsys.readouterr().err


def found(*names: str, load: float = 0.5) -> dict[str, Any]:
    conditions = {"at": "2026-11-29T07:10:00+00:00", "cores": 2, "load": [load, 2.0], "python": "3.11.7", "rounds": 5}
    return {"conditions": conditions, "benchmarks": [MEASURED | {"name": name} for name in names]}


def test_the_page_gets_the_figures_between_its_marks_and_keeps_what_was_not_measured_again(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text(f"# Performance\n{BEGIN}\nnothing yet\n{END}\nThe end\n")

    write(page, found("B11", "B2"))
    write(page, found("B2", load=9))
    text = page.read_text()

    assert text.startswith(f"# Performance\n{BEGIN}\n### B2 nothing\n")
    assert text.endswith(f"2 cores, load 0.5 to 2, 5 rounds.\n{END}\nThe end\n")
    assert text.count("### B2 ") == text.count("### B11 ") == 1
    assert text.index("load 2 to 9") < text.index("### B11 ")


def test_a_page_without_marks_is_told_where_to_put_them(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text("# Performance\n")

    with pytest.raises(SystemExit, match="lacks the lines"):
        write(page, found("B2"))
