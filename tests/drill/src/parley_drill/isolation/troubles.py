"""The troubles of others: each begins, lasts as long as its block, and ends."""

from asyncio import TaskGroup
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from parley_drill.isolation.rounds import DOMAIN_DOWN, NOISY, SMTP_DOWN, Rounds
from parley_drill.marketplace import DRILL
from parley_drill.sink import Mood
from parley_drill.staging import Staged
from parley_drill.workload import Workload


@asynccontextmanager
async def _in_mood(stage: Staged, mood: Mood) -> AsyncIterator[None]:
    stage.sink.mood = mood
    try:
        yield
    finally:
        stage.sink.mood = Mood()


@asynccontextmanager
async def _smtp_down(stage: Staged, _: Rounds) -> AsyncIterator[None]:
    """No connection is taken any more, and those that were kept are lost."""
    async with _in_mood(stage, Mood(greeting=1.0)):
        stage.cluster.ways["smtp"].cut()
        yield


def _domain_down(stage: Staged, _: Rounds) -> AbstractAsyncContextManager[None]:
    """Nobody answers where the first market's people get their mail."""
    return _in_mood(stage, Mood(down=DRILL.domain))


@asynccontextmanager
async def _noisy(stage: Staged, rounds: Rounds) -> AsyncIterator[None]:
    """The first market writes and looks at a multiple of its usual rate."""
    more = Workload.of(rounds.extra, stage.callers[DRILL], stage.orders[DRILL], stage.chance.randrange(10**9))
    async with TaskGroup() as group:
        group.create_task(more.run())
        try:
            yield
        finally:
            more.stopping.set()


BEGINS: dict[str, Callable[[Staged, Rounds], AbstractAsyncContextManager[None]]] = {
    SMTP_DOWN: _smtp_down,
    DOMAIN_DOWN: _domain_down,
    NOISY: _noisy,
}
