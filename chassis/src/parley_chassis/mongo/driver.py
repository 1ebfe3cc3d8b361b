"""The one place that knows which MongoDB driver runs: Motor, or PyMongo's own asynchronous client."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from inspect import isawaitable
from typing import Any, cast

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import AsyncMongoClient
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

# Motor has the same methods under the same names; where a call differs, it stands below.
Client = AsyncMongoClient[dict[str, Any]]
Database = AsyncDatabase[dict[str, Any]]
Session = AsyncClientSession

DRIVERS = ("motor", "pymongo")

_NOW: list[dict[str, Any]] = [{"$documents": [{"now": "$$NOW"}]}]


def connect(
    uri: str,
    *,
    driver: str = "motor",
    app: str,
    connect_ms: int = 2_000,
    select_ms: int = 2_000,
    socket_ms: int = 10_000,
    pool: int = 64,
) -> Client:
    """A client whose writes are durable (majority, journal) and whose every call ends in time. Needs no server yet."""
    if driver not in DRIVERS:
        raise ValueError(f"MongoDB driver {driver!r} is not known; use one of {', '.join(DRIVERS)}")
    make: Any = AsyncIOMotorClient if driver == "motor" else AsyncMongoClient
    client = make(
        uri,
        appname=app,
        w="majority",
        journal=True,
        readConcernLevel="majority",
        retryWrites=True,
        tz_aware=True,
        tzinfo=UTC,
        uuidRepresentation="standard",
        connectTimeoutMS=connect_ms,
        serverSelectionTimeoutMS=select_ms,
        socketTimeoutMS=socket_ms,
        waitQueueTimeoutMS=select_ms,
        maxPoolSize=pool,
    )
    return cast("Client", client)


def _is_motor(client: object) -> bool:
    return isinstance(client, AsyncIOMotorClient)


async def close(client: Client) -> None:
    """Give the connections back."""
    if _is_motor(client):
        # It speaks to the server once more, and would hold up the event loop meanwhile.
        await asyncio.to_thread(cast("Any", client).close)
    else:
        await client.close()


@asynccontextmanager
async def session(client: Client, *, causal: bool = True, snapshot: bool = False) -> AsyncIterator[Session]:
    """A session that is ended, and with it whatever transaction is still open; a ``snapshot`` one reads as of one instant."""
    causal = causal and not snapshot
    if _is_motor(client):
        started = await cast("Any", client).start_session(causal_consistency=causal, snapshot=snapshot)
    else:
        started = client.start_session(causal_consistency=causal, snapshot=snapshot)
    try:
        yield cast("Session", started)
    finally:
        await started.end_session()


async def start_transaction(session: Session, *, read: ReadConcern, write: WriteConcern, max_commit_ms: int) -> None:
    """Begin a transaction; the server hears of it with the first statement."""
    begun: Any = session.start_transaction(read_concern=read, write_concern=write, max_commit_time_ms=max_commit_ms)
    if isawaitable(begun):
        await begun


async def aggregate(
    database: Database, collection: str, pipeline: Sequence[Mapping[str, Any]], *, session: Session | None = None
) -> list[dict[str, Any]]:
    """All rows of an aggregation."""
    cursor: Any = database[collection].aggregate(pipeline, session=session)
    if isawaitable(cursor):
        cursor = await cursor
    rows: list[dict[str, Any]] = await cursor.to_list(None)
    return rows


async def command(database: Database, document: dict[str, Any], *, session: Session | None = None) -> dict[str, Any]:
    """One raw command, its answer decoded with the client's own options (a time has its zone)."""
    return await database.command(document, session=session, codec_options=database.codec_options)


async def database_now(database: Database, *, session: Session | None = None) -> datetime:
    """The database's own time, in milliseconds."""
    answer = await command(database, {"aggregate": 1, "pipeline": _NOW, "cursor": {}}, session=session)
    now: datetime = answer["cursor"]["firstBatch"][0]["now"]
    return now
