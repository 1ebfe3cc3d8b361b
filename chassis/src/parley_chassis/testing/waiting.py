"""The one way in which a test waits for something that happens by itself."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar, overload

T = TypeVar("T")

_FIRST_PAUSE = 0.01
_LONGEST_PAUSE = 0.2


@overload
async def eventually(check: Callable[[], Awaitable[T]], within: float = ...) -> T: ...
@overload
async def eventually(check: Callable[[], T], within: float = ...) -> T: ...
async def eventually(check: Callable[[], T | Awaitable[T]], within: float = 60.0) -> T:
    """The first true value that ``check`` gives; until then it may give a false one or fail an assertion.

    Raises AssertionError with the last failure when the time is over. Every other exception ends the wait at once.
    """
    end, pause = time.monotonic() + within, _FIRST_PAUSE
    while True:
        try:
            found = check()
            value: T = await found if inspect.isawaitable(found) else found
            if value:
                return value
            failure = AssertionError(f"the check still gave {value!r} after {within:g} s; it is waited for until it gives something true")
        except AssertionError as error:
            failure = error
        if time.monotonic() + pause > end:
            raise failure
        await asyncio.sleep(pause)
        pause = min(_LONGEST_PAUSE, pause * 1.5)
