"""The table and the JSON tell the same, a missed goal included; the command line says what it does not know."""

import json

import pytest
from parley_bench.__main__ import BENCHMARKS, parser
from parley_bench.figures import Sample
from parley_bench.report import as_json, table
from parley_bench.ways import OURS, Benchmark, Goal

ROUNDS = [{OURS: Sample(1_000, 0.5, {"client": 0.25, "mongodb": 0.05}), "textbook": Sample(100, 1.0, {"client": 0.5, "mongodb": 0.1})}]
MEASURED = as_json(Benchmark("B0", "nothing", (), (Goal("textbook", 15), Goal("textbook", 25), Goal("textbook", 20, of="cpu")), 1), ROUNDS)


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
    assert parser().parse_args([]).only == tuple(BENCHMARKS)
    assert parser().parse_args(["--only", "b4"]).only == ("B4",)


@pytest.mark.parametrize(
    ("arguments", "said"), [(["--only", "B99"], "there is no B99; there are B2, B4"), (["--rounds", "0"], "give 1 or more")]
)
def test_what_cannot_be_measured_is_refused_with_what_can(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(arguments)

    assert said in capsys.readouterr().err
