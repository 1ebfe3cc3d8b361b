"""Waiting in virtual time, for the doubles and for what drives them."""

import asyncio


async def pause(seconds: float) -> None:
    """Let so much virtual time pass, and whatever else happens in it."""
    loop = asyncio.get_running_loop()
    over: asyncio.Future[None] = loop.create_future()
    loop.call_later(seconds, end, over)
    await over


class News:
    """Wakes whoever waits for something new."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: list[asyncio.Future[None]] = []

    async def wait(self, patience: float) -> None:
        """Until there is some, or patience ends."""
        come: asyncio.Future[None] = self._loop.create_future()
        self._waiting.append(come)
        timer = self._loop.call_later(patience, end, come)
        await come
        timer.cancel()

    def tell(self) -> None:
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            end(each)


def end(over: "asyncio.Future[None]") -> None:
    """What was waited for has come; that it came before does not matter."""
    if not over.done():
        over.set_result(None)
