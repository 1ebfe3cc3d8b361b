"""A service's own database: opened for one of its processes, watched by the probes, prepared by the worker."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from pymongo.errors import PyMongoError

from parley_chassis.commands import NotRun
from parley_chassis.loops import until
from parley_chassis.mongo import Database, Index, close, connect, ensure_indexes
from parley_chassis.mongo.driver import database_now
from parley_chassis.mongo.transactions import INDEXES
from parley_chassis.probes import Readiness
from parley_chassis.settings import ServiceSettings

UNREACHABLE: tuple[type[Exception], ...] = (PyMongoError, NotRun)
"""What a start waits out."""


@asynccontextmanager
async def own_database(settings: ServiceSettings, readiness: Readiness) -> AsyncIterator[Database]:
    """The database of these settings, without waiting for it; the process is ready only while it answers."""
    client = connect(settings.mongodb_uri.get_secret_value(), driver=settings.mongodb_driver, app=settings.service)
    database = client[settings.mongodb_database]

    async def answers() -> None:
        await database_now(database)

    readiness.add("mongodb", answers)
    try:
        yield database
    finally:
        await close(client)


async def prepare(database: Database, indexes: Sequence[Index]) -> None:
    """Wait for the database, and make the indexes of the service and those that every service needs."""
    await until("MongoDB", lambda: ensure_indexes(database, (*INDEXES, *indexes)), failures=UNREACHABLE)
