"""What follows from samples: rates, CPU for each item, and goals within a round."""

import pytest
from parley_bench.figures import Sample, Spread
from parley_bench.ways import OURS, cheaper, dearer, faster

ROUND = {
    OURS: Sample(100, 1.0, {"client": 0.5}),
    "textbook": Sample(10, 1.0, {"client": 1.0}),
    "ours, alone": Sample(10, 2.0, {"client": 1.0}),
    "its parts": Sample(100, 1.0, {"client": 0.25}),
}


def test_a_rate_is_items_by_the_wall_clock_and_cpu_is_summed_over_all_processes() -> None:
    sample = Sample(200, 4.0, {"client": 0.5, "kafka": 0.1, "mongodb": 0.4})

    assert sample.rate == 50
    assert sample.cpu_us == pytest.approx(5_000)


def test_the_middle_of_five_rounds_is_their_median_and_the_ends_are_told() -> None:
    assert Spread.of([3, 1, 100, 2, 4]) == Spread(3, 1, 100)


def test_a_rate_is_compared_with_that_of_another_way_in_the_same_round() -> None:
    assert faster(5, "textbook").value(ROUND) == pytest.approx(10)
    assert faster(0.9, "textbook", of="ours, alone").value(ROUND) == pytest.approx(0.5)


def test_a_ratio_of_cpu_says_how_much_less_is_needed_for_each_item_or_how_much_more() -> None:
    assert cheaper(5, "textbook").value(ROUND) == pytest.approx(20)
    assert dearer(2.5, "its parts").value(ROUND) == pytest.approx(2)


def test_a_goal_is_met_from_one_side() -> None:
    assert faster(5, "textbook").met(5)
    assert not faster(5, "textbook").met(4.9)
    assert dearer(2.5, "its parts").met(2.5)
    assert not dearer(2.5, "its parts").met(2.6)
