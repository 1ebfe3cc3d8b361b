"""What waits at the same moment shares one transaction."""

import asyncio
from collections.abc import Sequence

import pytest
from notifier.dispatch.gathering import Gathering
from parley_chassis.commands import Busy
from parley_chassis.testing import eventually


async def test_what_waits_at_the_same_moment_shares_a_turn() -> None:
    turns: list[list[int]] = []
    gate = asyncio.Event()

    async def work(items: Sequence[int]) -> int:
        turns.append(list(items))
        await gate.wait()
        return len(items)

    gathering: Gathering[int, int] = Gathering(work)
    waiting = [asyncio.create_task(gathering(n)) for n in range(5)]
    await eventually(lambda: turns)
    gate.set()

    await asyncio.gather(*waiting)
    await gathering.finish()

    assert sorted(item for turn in turns for item in turn) == [0, 1, 2, 3, 4]
    assert len(turns) <= 2


async def test_a_failed_turn_fails_for_all_who_shared_it_and_no_one_else() -> None:
    async def work(items: Sequence[int]) -> int:
        if 0 in items:
            raise Busy
        return 7

    gathering: Gathering[int, int] = Gathering(work)
    with pytest.raises(Busy):
        await gathering(0)

    assert await gathering(1) == 7
