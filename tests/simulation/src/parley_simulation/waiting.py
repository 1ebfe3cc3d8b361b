"""Waiting in virtual time, for the doubles and for what drives them."""

import asyncio


async def pause(seconds: float) -> None:
    """Let so much virtual time pass, and whatever else happens in it."""
    loop = asyncio.get_running_loop()
    over: asyncio.Future[None] = loop.create_future()
    loop.call_later(seconds, end, over)
    await over


def end(over: "asyncio.Future[None]") -> None:
    """What was waited for has come; that it came before does not matter."""
    if not over.done():
        over.set_result(None)
