"""The collector looks seldom, and not at what a process holds from its start on."""

import gc
from collections.abc import Iterator

import pytest
from parley_chassis.garbage import collect_seldom


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    threshold = gc.get_threshold()
    yield
    gc.set_threshold(*threshold)
    gc.unfreeze()


def test_what_is_there_at_the_start_is_never_looked_at_again() -> None:
    loaded: list[list[object]] = [[] for _ in range(1_000)]
    collect_seldom()
    assert gc.get_freeze_count() >= len(loaded)
    assert not any(each is loaded for each in gc.get_objects())


def test_a_batch_of_rows_makes_it_look_seldom() -> None:
    gc.set_threshold(700, 10, 10)
    before = _looks(20_000)
    collect_seldom()
    assert _looks(20_000) <= before // 10


def _looks(objects: int) -> int:
    begun = sum(generation["collections"] for generation in gc.get_stats())
    rows: list[list[object]] = [[] for _ in range(objects)]
    assert len(rows) == objects
    return sum(generation["collections"] for generation in gc.get_stats()) - begun
