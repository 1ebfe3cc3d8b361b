"""The driver's calls, each a journey to the server and back on which it can be lost."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self, TypeVar

from bson.codec_options import CodecOptions
from pymongo import DeleteOne, InsertOne, ReplaceOne, ReturnDocument, UpdateOne
from pymongo.errors import AutoReconnect, DuplicateKeyError

from parley_simulation.database import streaming
from parley_simulation.database.language import Row, in_order, updated
from parley_simulation.database.server import TRANSIENT, UNKNOWN, Server, Transaction, failure
from parley_simulation.waiting import pause

R = TypeVar("R")


class MemoryClient:
    """A process's client of one server."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def __getitem__(self, name: str) -> "MemoryDatabase":
        return MemoryDatabase(self)

    def start_session(self, **_: Any) -> "MemorySession":
        return MemorySession(self.server)


class MemorySession:
    """A session; its transaction begins with the first statement."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._wanted = False
        self._ending = False
        self._transaction: Transaction | None = None

    def start_transaction(self, **_: Any) -> None:
        self._wanted, self._ending, self._transaction = True, False, None

    @property
    def transaction(self) -> Transaction | None:
        if self._wanted and self._transaction is None:
            self._transaction = self._server.begin()
        return self._transaction

    async def commit_transaction(self) -> None:
        server, transaction = self._server, self._transaction
        self._ending = True
        await server.travel()
        if transaction is None or transaction.committed:
            return
        server.check(transaction)
        chance, faults = server.chance.random(), server.faults
        if chance < faults.aborted:
            server.abort(transaction)
            raise failure(251, TRANSIENT)
        if chance < faults.aborted + faults.unheard / 3:
            raise _labelled(AutoReconnect("the commit did not arrive"), UNKNOWN)
        if chance < faults.aborted + faults.unheard * 2 / 3:
            server.abort(transaction)
            raise _labelled(AutoReconnect("the primary went with the transaction"), UNKNOWN)
        server.commit(transaction)
        await server.travel()
        if chance < faults.aborted + faults.unheard:
            raise _labelled(AutoReconnect("the answer to the commit did not arrive"), UNKNOWN)

    async def end_session(self) -> None:
        # Sent and not waited for; on a lost connection the server itself gives up in the end.
        arrives = self._server.chance.random() >= self._server.faults.lost
        if arrives and not self._ending and self._transaction is not None and self._transaction.open:
            self._server.abort(self._transaction)


class MemoryDatabase:
    def __init__(self, client: MemoryClient) -> None:
        self.client = client
        self.codec_options: CodecOptions[Row] = CodecOptions(tz_aware=True)

    def __getitem__(self, name: str) -> "MemoryCollection":
        return MemoryCollection(self.client.server, name)

    async def command(self, document: Row, *, session: MemorySession | None = None, **_: Any) -> Row:
        server = self.client.server
        if "getMore" in document or "$changeStream" in str(document.get("pipeline")):
            return await streaming.run(server, document)
        return await _call(server, session, lambda _: streaming.answer(server, document))


class MemoryCollection:
    def __init__(self, server: Server, name: str) -> None:
        self._server = server
        self._name = name

    async def find_one(self, wanted: Row, projection: Any = None, *, session: MemorySession | None = None) -> Row | None:
        rows = await self.find(wanted, limit=1, session=session).to_list(None)
        return rows[0] if rows else None

    def find(self, wanted: Row | None = None, projection: Any = None, **how: Any) -> "_Cursor":
        return _Cursor(self._server, self._name, wanted or {}, **how)

    async def find_one_and_update(
        self,
        wanted: Row,
        update: Any,
        *,
        upsert: bool = False,
        return_document: bool = ReturnDocument.BEFORE,
        session: MemorySession | None = None,
    ) -> Row | None:
        assert return_document is ReturnDocument.AFTER, "only what the product uses"
        return await self._update(wanted, update, upsert=upsert, session=session)

    async def update_one(self, wanted: Row, update: Any, *, upsert: bool = False, session: MemorySession | None = None) -> "_Matched":
        return _Matched(int(await self._update(wanted, update, upsert=upsert, session=session) is not None))

    async def update_many(self, wanted: Row, update: Any) -> "_Matched":
        rows = await self.find(wanted).to_list(None)
        for row in rows:
            await self.update_one(wanted | {"_id": row["_id"]}, update)
        return _Matched(len(rows))

    async def delete_many(self, wanted: Row) -> None:
        for row in await self.find(wanted).to_list(None):
            await self._alone(row["_id"])
            self._server.write(self._name, row["_id"], None)

    async def insert_many(self, rows: Sequence[Row], *, session: MemorySession) -> None:
        await self.bulk_write([InsertOne(row) for row in rows], session=session)

    async def bulk_write(self, writes: Sequence[Any], *, ordered: bool = True, session: MemorySession | None = None) -> None:
        if session is None:
            for write in writes:
                await self._alone(write._filter["_id"])

        def work(transaction: Transaction | None) -> None:
            for write in writes:
                self._write(write, transaction)

        await _call(self._server, session, work)

    def _write(self, write: Any, transaction: Transaction | None) -> None:
        server, name = self._server, self._name
        match write:
            case InsertOne():
                if server.get(name, write._doc["_id"], transaction) is not None:
                    raise DuplicateKeyError(f"{name} has {write._doc['_id']}", 11000)
                server.write(name, write._doc["_id"], write._doc, transaction)
            case ReplaceOne():
                server.write(name, write._filter["_id"], dict(write._doc), transaction)
            case DeleteOne():
                server.write(name, write._filter["_id"], None, transaction)
            case UpdateOne():
                self._apply(dict(write._filter), write._doc, transaction, upsert=bool(write._upsert))
            case _:
                raise NotImplementedError(type(write).__name__)

    async def _update(self, wanted: Row, update: Any, *, upsert: bool, session: MemorySession | None) -> Row | None:
        if session is None:
            await self._alone(wanted["_id"])
        return await _call(self._server, session, lambda transaction: self._apply(wanted, update, transaction, upsert=upsert))

    def _apply(self, wanted: Row, update: Any, transaction: Transaction | None, *, upsert: bool) -> Row | None:
        server, id = self._server, wanted["_id"]
        found = server.find(self._name, wanted, transaction)
        if not found and not upsert:
            return None
        row = updated(found[0] if found else {"_id": id}, update, server.now, fresh=not found)
        if not found and server.get(self._name, id, transaction) is not None:
            raise DuplicateKeyError(f"{self._name} has {id}", 11000)
        server.write(self._name, id, row, transaction)
        return server.get(self._name, id, transaction)

    async def _alone(self, id: str) -> None:
        """A write outside any transaction waits for one that holds its row."""
        while self._server.locked((self._name, id)):
            await pause(0.02)


class _Matched:
    def __init__(self, found: int) -> None:
        self.matched_count = self.modified_count = found


class _Cursor:
    def __init__(
        self,
        server: Server,
        name: str,
        wanted: Mapping[str, Any],
        *,
        sort: Sequence[tuple[str, int]] | None = None,
        limit: int = 0,
        session: MemorySession | None = None,
    ) -> None:
        self._server, self._name, self._wanted = server, name, dict(wanted)
        self._sort, self._limit, self._session = sort, limit, session

    def sort(self, name: str, direction: int) -> Self:
        self._sort = [(name, direction)]
        return self

    def limit(self, limit: int) -> Self:
        self._limit = limit
        return self

    async def to_list(self, _: int | None) -> list[Row]:
        def work(transaction: Transaction | None) -> list[Row]:
            rows = in_order(self._server.find(self._name, self._wanted, transaction), self._sort)
            return rows[: self._limit] if self._limit else rows

        return await _call(self._server, self._session, work)


async def _call(server: Server, session: MemorySession | None, work: Callable[[Transaction | None], R]) -> R:
    """There and back. In a transaction a lost connection says that nothing was changed."""
    chance, lost = server.chance.random(), server.faults.lost
    labels = (TRANSIENT,) if session is not None else ()
    await server.travel()
    if chance < lost / 2:
        raise _labelled(AutoReconnect("the request did not arrive"), *labels)
    transaction = session.transaction if session is not None else None
    if transaction is not None:
        server.check(transaction)
    result = work(transaction)
    if chance > 0.7:
        await server.travel()
    if chance < lost:
        raise _labelled(AutoReconnect("the answer did not arrive"), *labels)
    return result


def _labelled(error: AutoReconnect, *labels: str) -> AutoReconnect:
    for label in labels:
        error._add_error_label(label)
    return error
