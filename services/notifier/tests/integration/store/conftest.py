"""Runners of use cases: in memory, and on the real database with either driver."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from notifier.main import desk as open_desk
from notifier.store import INDEXES, WakingTransactions
from parley_chassis.mongo import Database, close, connect, ensure_indexes, transactions

Transact = Callable[..., Awaitable[Any]]


@asynccontextmanager
async def _opened(uri: str, name: str, driver: str) -> AsyncIterator[Database]:
    client = connect(uri, driver=driver, app="test")
    await ensure_indexes(client[name], (*transactions.INDEXES, *INDEXES))
    yield client[name]
    await close(client)


@pytest.fixture
def woken() -> list[str]:
    return []


@pytest.fixture(params=["motor", "pymongo"])
async def real(request: pytest.FixtureRequest, mongodb_uri: str, database_name: str, woken: list[str]) -> AsyncIterator[Transact]:
    async with _opened(mongodb_uri, database_name, request.param) as database:
        yield WakingTransactions(database, open_desk, wake=lambda: woken.append("woken"))


@pytest.fixture(params=["memory", "mongo"])
async def transact(request: pytest.FixtureRequest, mongodb_uri: str, database_name: str, desk: Any) -> AsyncIterator[Transact]:
    if request.param == "memory":

        async def in_memory(use_case: Callable[..., Awaitable[Any]], *arguments: Any, **options: Any) -> Any:
            return await use_case(desk, *arguments, **options)

        yield in_memory
        return
    async with _opened(mongodb_uri, database_name, "motor") as database:
        yield WakingTransactions(database, open_desk, wake=lambda: None)
