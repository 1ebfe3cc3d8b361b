"""Places for mails under way: so many in all, fewer for one mail host, so that a host that is down leaves room for all others."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

PATIENCE = 5.0
"""Seconds that a mail waits for a place at its host while none of the host's mails moves."""


class HostStuck(Exception):
    """Nothing moves at this mail host: leave it alone for a while."""


@dataclass(slots=True)
class Lane:
    """The mails of one host: how many came a step on, and how many wait for something of our own."""

    places: asyncio.Semaphore
    users: int = 0
    moved: int = 0
    with_us: int = 0

    @contextmanager
    def our_turn(self) -> Iterator[None]:
        """While this lasts it is not the host that keeps the mail waiting."""
        self.with_us += 1
        try:
            yield
        finally:
            self.with_us -= 1
            self.moved += 1


class Lanes:
    """One host gets five places of eight."""

    def __init__(self, mails: int, *, patience: float = PATIENCE) -> None:
        self._all = asyncio.Semaphore(mails)
        self._most = max(1, mails - max(1, mails * 3 // 8))
        self._patience = patience
        self._lanes: dict[str, Lane] = {}

    @asynccontextmanager
    async def place(self, host: str) -> AsyncIterator[Lane]:
        """A place for one mail to this host; raises HostStuck."""
        lane = self._lanes.setdefault(host, Lane(asyncio.Semaphore(self._most)))
        lane.users += 1
        try:
            await self._enter(lane)
            try:
                async with self._all:
                    yield lane
            finally:
                lane.moved += 1
                lane.places.release()
        finally:
            lane.users -= 1
            if not lane.users:
                del self._lanes[host]

    async def _enter(self, lane: Lane) -> None:
        while True:
            moved = lane.moved
            try:
                async with asyncio.timeout(self._patience):
                    await lane.places.acquire()
            except TimeoutError:
                if lane.moved == moved and not lane.with_us:
                    raise HostStuck from None
            else:
                return
