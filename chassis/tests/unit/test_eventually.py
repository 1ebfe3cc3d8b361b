"""Waiting for something: the first true value, the last failure, and nothing else."""

import asyncio

import pytest
from parley_chassis.testing import eventually


async def test_gives_the_first_true_value() -> None:
    values = iter([None, 0, [], "there"])
    assert await eventually(lambda: next(values)) == "there"


async def test_waits_for_an_awaitable_check() -> None:
    arrived = asyncio.Event()
    asyncio.get_running_loop().call_later(0.05, arrived.set)

    async def check() -> bool:
        return arrived.is_set()

    assert await eventually(check)


async def test_a_failed_assertion_is_tried_again() -> None:
    seen: list[int] = []

    def check() -> bool:
        seen.append(1)
        assert len(seen) > 2
        return True

    assert await eventually(check)


async def test_fails_with_the_last_assertion_when_the_time_is_over() -> None:
    def check() -> bool:
        assert [1] == [2], "never the same"
        return True

    with pytest.raises(AssertionError, match="never the same"):
        await eventually(check, within=0.05)


async def test_a_check_that_gives_nothing_is_told_so() -> None:
    with pytest.raises(AssertionError, match="still gave None"):
        await eventually(lambda: None, within=0.05)


async def test_any_other_error_ends_the_wait_at_once() -> None:
    calls: list[int] = []

    def check() -> bool:
        calls.append(1)
        raise KeyError("broken")

    with pytest.raises(KeyError):
        await eventually(check)
    assert calls == [1]
