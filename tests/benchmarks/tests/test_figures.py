"""What follows from samples: rates, CPU for each item, ratios within a round."""

import pytest
from parley_bench.figures import Sample, Spread, ratio
from parley_bench.ways import OURS, Goal


def rounds(*walls: tuple[float, float]) -> list[dict[str, Sample]]:
    return [{OURS: Sample(100, ours, {"client": ours / 2}), "textbook": Sample(10, theirs, {"client": theirs})} for ours, theirs in walls]


def test_a_rate_is_items_by_the_wall_clock_and_cpu_is_summed_over_all_processes() -> None:
    sample = Sample(200, 4.0, {"client": 0.5, "kafka": 0.1, "mongodb": 0.4})

    assert sample.rate == 50
    assert sample.cpu_us == pytest.approx(5_000)


def test_the_middle_of_five_rounds_is_their_median_and_the_ends_are_told() -> None:
    assert Spread.of([3, 1, 100, 2, 4]) == Spread(3, 1, 100)


def test_a_ratio_is_taken_within_each_round_so_that_a_slow_minute_does_not_count() -> None:
    measured = rounds((1, 1), (10, 10), (1, 2))

    assert ratio(measured, Goal("textbook", 5)) == Spread(10, 10, 20)


def test_a_ratio_of_cpu_says_how_much_less_is_needed_for_each_item() -> None:
    assert ratio(rounds((1, 1)), Goal("textbook", 5, of="cpu")).middle == pytest.approx(20)
