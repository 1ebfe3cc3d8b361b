"""A loop that ends takes the process with it, and says which one and why."""

import asyncio

import pytest
from parley_chassis.loops import Loop, LoopEnded, every, supervise, until
from structlog.testing import capture_logs


async def for_ever() -> None:
    """What a loop does."""
    await asyncio.Event().wait()


async def test_a_failing_loop_ends_the_others_and_is_named_with_its_reason() -> None:
    stopped = []

    async def other() -> None:
        try:
            await for_ever()
        finally:
            stopped.append("other")

    async def broken() -> None:
        raise OSError("the broker is gone")

    with pytest.raises(LoopEnded, match=r"the loop relay ended: OSError\('the broker is gone'\)") as ended:
        await supervise([Loop("other", other), Loop("relay", broken)])

    assert stopped == ["other"]
    assert isinstance(ended.value.reason, OSError)


async def test_a_loop_that_returns_has_failed_too() -> None:
    async def short() -> None:
        return None

    with pytest.raises(LoopEnded, match="the loop relay ended by itself"):
        await supervise([Loop("relay", short), Loop("other", for_ever)])


async def test_cancelling_stops_every_loop_and_is_no_failure() -> None:
    stopped: list[str] = []
    started = asyncio.Barrier(3)

    def polite(name: str) -> Loop:
        async def run() -> None:
            await started.wait()
            try:
                await for_ever()
            finally:
                stopped.append(name)

        return Loop(name, run)

    running = asyncio.create_task(supervise([polite("a"), polite("b")]))
    await started.wait()
    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await running
    assert sorted(stopped) == ["a", "b"]


async def test_a_regular_job_is_done_again_and_again() -> None:
    turns = 0
    thrice = asyncio.Event()

    async def job() -> None:
        nonlocal turns
        turns += 1
        if turns == 3:
            thrice.set()

    running = asyncio.create_task(supervise([every(0.001, job, name="sweep")]))
    async with asyncio.timeout(5):
        await thrice.wait()
    running.cancel()


async def test_a_transient_failure_of_a_job_is_logged_and_tried_again_and_any_other_ends_it() -> None:
    failures: list[Exception] = [ConnectionError("try again"), ValueError("a bug")]

    async def job() -> None:
        raise failures.pop(0)

    with capture_logs() as logged, pytest.raises(LoopEnded, match="the loop sweep ended: ValueError"):
        await supervise([every(0.001, job, name="sweep", transient=(ConnectionError,))])

    assert [(line["job"], line["reason"]) for line in logged] == [("sweep", "ConnectionError('try again')")]


async def test_a_start_waits_for_what_it_needs_and_says_what_that_is() -> None:
    answers: list[Exception | str] = [OSError("refused"), OSError("refused"), "connected"]

    async def connect() -> str:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    with capture_logs() as logged:
        assert await until("Kafka at kafka:9092", connect, failures=(OSError,), pause=0.001) == "connected"

    assert [line["needs"] for line in logged] == ["Kafka at kafka:9092"] * 2


async def test_waiting_does_not_hide_a_bug() -> None:
    async def connect() -> None:
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        await until("Kafka", connect, failures=(OSError,))
