"""Places for mails under way: so many in all, fewer for one mail host, so that a host that is down leaves room for all others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

PATIENCE = 5.0
"""Seconds that a mail waits for a place at its host while none of the host's mails comes to an end."""


class HostStuck(Exception):
    """Nothing moves at this mail host: leave it alone for a while."""


@dataclass(slots=True)
class _Lane:
    places: asyncio.Semaphore
    users: int = 0
    ended: int = 0


class Lanes:
    """One host gets five places of eight."""

    def __init__(self, mails: int, *, patience: float = PATIENCE) -> None:
        self._all = asyncio.Semaphore(mails)
        self._most = max(1, mails - max(1, mails * 3 // 8))
        self._patience = patience
        self._lanes: dict[str, _Lane] = {}

    @asynccontextmanager
    async def place(self, host: str) -> AsyncIterator[None]:
        """A place for one mail to this host; raises HostStuck."""
        lane = self._lanes.setdefault(host, _Lane(asyncio.Semaphore(self._most)))
        lane.users += 1
        try:
            await self._enter(lane)
            try:
                async with self._all:
                    yield
            finally:
                lane.ended += 1
                lane.places.release()
        finally:
            lane.users -= 1
            if not lane.users:
                del self._lanes[host]

    async def _enter(self, lane: _Lane) -> None:
        while True:
            ended = lane.ended
            try:
                async with asyncio.timeout(self._patience):
                    await lane.places.acquire()
            except TimeoutError:
                if lane.ended == ended:
                    raise HostStuck from None
            else:
                return
