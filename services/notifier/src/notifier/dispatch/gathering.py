"""One transaction for all that wait at the same moment: no timer, so that a lone one pays nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Gathering(Generic[Item, Result]):
    """Collects items while one transaction runs; the next one takes them all. All of one turn share its result or failure."""

    def __init__(self, work: Callable[[Sequence[Item]], Awaitable[Result]]) -> None:
        self._work = work
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._turns: asyncio.Task[None] | None = None
        self._turn: asyncio.Task[Result] | None = None

    async def __call__(self, item: Item) -> Result:
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._turns is None:
            self._turns = asyncio.create_task(self._take_turns())
        return await future

    async def finish(self) -> None:
        """Wait until nothing is waiting any more."""
        while self._turns is not None:
            await asyncio.wait({self._turns})

    async def _take_turns(self) -> None:
        while self._waiting:
            turn, self._waiting = self._waiting, []
            work = self._turn = asyncio.create_task(self._at_once([item for item, _ in turn]))
            await asyncio.wait({work})
            for _, future in turn:
                if not future.done():
                    _pass_on(work, future)
        self._turns = None

    async def _at_once(self, items: Sequence[Item]) -> Result:
        return await self._work(items)


def _pass_on(work: "asyncio.Task[Result]", future: "asyncio.Future[Result]") -> None:
    if work.cancelled():
        future.cancel()
        return
    if error := work.exception():
        future.set_exception(error)
    else:
        future.set_result(work.result())
