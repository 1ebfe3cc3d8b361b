"""The order of the rounds, and that ways which do different work are never timed."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import pytest
from parley_bench.measuring import Different, measure
from parley_bench.ways import OURS, Benchmark, Stage, Way, faster


class Workshop:
    """Ways that note what they did."""

    def __init__(self) -> None:
        self.done: list[tuple[str, int]] = []

    def way(self, name: str, *, leaves: object = "the work", comparable: bool = True) -> Way:
        @asynccontextmanager
        async def staged(items: int) -> AsyncIterator[Stage]:
            async def work() -> None:
                self.done.append((name, items))

            async def left() -> object:
                return leaves

            yield Stage(work, left)

        return Way(name, 100, staged, comparable)

    def benchmark(self, *ways: Way) -> Benchmark:
        return Benchmark("B0", "nothing", ways, [faster(1, ways[-1].name)], alike=7)


def cpu(_: Sequence[str]) -> Mapping[str, float]:
    return {"client": 0.0}


async def test_every_way_has_its_turn_in_every_round_and_each_round_begins_with_another() -> None:
    shop = Workshop()

    found = await measure(shop.benchmark(shop.way(OURS), shop.way("textbook")), rounds=2, cpu=cpu, say=lambda _: None)

    assert shop.done == [(OURS, 7), ("textbook", 7), (OURS, 100), ("textbook", 100), ("textbook", 100), (OURS, 100)]
    assert [list(each) for each in found] == [[OURS, "textbook"], [OURS, "textbook"]]


@pytest.mark.parametrize("leaves", ["less", None, {}])
async def test_a_way_that_leaves_something_else_behind_is_not_timed(leaves: object) -> None:
    shop = Workshop()

    with pytest.raises(Different, match="textbook"):
        await measure(shop.benchmark(shop.way(OURS), shop.way("textbook", leaves=leaves)), rounds=1, cpu=cpu, say=lambda _: None)

    assert all(items == 7 for _, items in shop.done)


async def test_a_ceiling_may_leave_something_else_behind() -> None:
    shop = Workshop()

    await measure(shop.benchmark(shop.way(OURS), shop.way("ceiling", leaves=None, comparable=False)), rounds=1, cpu=cpu, say=lambda _: None)

    assert ("ceiling", 100) in shop.done
