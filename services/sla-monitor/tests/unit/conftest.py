"""Waits of two sellers in two markets, in every state."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from parley_contracts.topics import TICKETS
from sla_monitor.domain.events import About, Posted
from sla_monitor.domain.words import Role
from sla_monitor.ports import Partition
from sla_monitor.testing import MemoryMonitor, T
from sla_monitor.testing.asking import asking
from sla_monitor.use_cases.following import follow, let_time_pass

HOUR = timedelta(hours=1)
PARTITION = Partition(TICKETS.name, 0)


async def opened(monitor: MemoryMonitor, id: str, *, at: timedelta = timedelta(), **about: str) -> None:
    given = {"source": "/ticketing", "number": "T-7F3K-92QD", "market": "de", "category": "post_purchase"}
    whole = About(**(given | {"seller_id": "seller-1", "buyer_id": "buyer-1", "first_event_id": "event-0"} | about))
    event = Posted(id=f"{id}-event-1", sequence=1, at=T + at, about=whole, by=Role.BUYER, message_id=f"{id}-m-1")
    await monitor(follow, id, event, partition=PARTITION, watermark=None)


async def answered(monitor: MemoryMonitor, id: str, *, at: timedelta) -> None:
    event = Posted(id=f"{id}-event-2", sequence=2, at=T + at, by=Role.SELLER, message_id=f"{id}-m-2")
    await monitor(follow, id, event, partition=PARTITION, watermark=None)


@pytest.fixture
async def clocks(monitor: MemoryMonitor) -> MemoryMonitor:
    """Overdue, due soon, open and settled waits of two sellers in two markets."""
    monitor.lines += [type(monitor.lines[0])("fr", monitor.lines[0].valid_from, monitor.lines[0].policy)]
    await opened(monitor, "late")
    await opened(monitor, "soon", at=10 * HOUR)
    await opened(monitor, "new", at=40 * HOUR, category="pre_purchase")
    await opened(monitor, "done", at=1 * HOUR)
    await answered(monitor, "done", at=2 * HOUR)
    await opened(monitor, "theirs", at=41 * HOUR, seller_id="seller-2", market="fr")
    await monitor(let_time_pass, PARTITION, T + 49 * HOUR)
    monitor.now = T + 49 * HOUR
    for partition in monitor.marks:
        monitor.marks[partition] = T + 49 * HOUR
    return monitor


@pytest.fixture(name="answered")
def the_seller_answers() -> Callable[..., Awaitable[None]]:
    """Have the seller of a conversation answer."""
    return answered


@pytest.fixture
async def client(monitor: MemoryMonitor, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Asks the monitor over HTTP."""
    async with asking(monitor, tmp_path) as client:
        yield client
