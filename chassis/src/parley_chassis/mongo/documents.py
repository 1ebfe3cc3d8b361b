"""One attempt of one transaction: documents are read through an identity map and written behind, in bulk, at its end."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import DeleteOne, InsertOne, ReplaceOne

from parley_chassis.mongo.driver import Database, Session
from parley_chassis.outbox import OUTBOX, TOMBSTONES, Outbox


class Documents:
    """One collection inside one transaction.

    A document that was read is the same object until the end. Nothing is written before the transaction ends, or before
    a query that must see it.
    """

    def __init__(self, database: Database, name: str, session: Session) -> None:
        self._collection = database[name]
        self._session = session
        self._known: dict[str, dict[str, Any] | None] = {}
        self._absent: set[str] = set()
        self._dirty: dict[str, None] = {}
        self._whole: set[tuple[str, str]] = set()

    async def get(self, id: str) -> dict[str, Any] | None:
        """The document, or None."""
        if id not in self._known:
            self._enter(id, await self._collection.find_one({"_id": id}, session=self._session))
        return self._known[id]

    def _enter(self, id: str, row: dict[str, Any] | None) -> None:
        self._known[id] = row
        if row is None:
            self._absent.add(id)

    async def load(self, ids: Iterable[str]) -> None:
        """Read those that are not known yet with one query."""
        missing = [id for id in dict.fromkeys(ids) if id not in self._known]
        if not missing:
            return
        rows = await self._collection.find({"_id": {"$in": missing}}, session=self._session).to_list(None)
        found = {row["_id"]: row for row in rows}
        for id in missing:
            self._enter(id, found.get(id))

    async def load_by(self, field: str, values: Iterable[str]) -> None:
        """Read all in which a field has one of these values, with one query; ``field`` may be a path with dots."""
        missing = [value for value in dict.fromkeys(values) if (field, value) not in self._whole]
        if not missing:
            return
        for row in await self._collection.find({field: {"$in": missing}}, session=self._session).to_list(None):
            if row["_id"] not in self._known:
                self._enter(row["_id"], row)
        self._whole.update((field, value) for value in missing)

    async def by(self, field: str, value: str) -> list[dict[str, Any]]:
        """All in which a field has this value, the changes of this transaction included; they are read once."""
        await self.load_by(field, [value])
        return [row for row in self._known.values() if row is not None and _at(row, field) == value]

    async def find(
        self, filter: Mapping[str, Any], *, sort: Sequence[tuple[str, int]] | None = None, limit: int = 0
    ) -> list[dict[str, Any]]:
        """What matches, the changes of this transaction included."""
        await self.flush()
        cursor = self._collection.find(filter, sort=sort, limit=limit, session=self._session)
        found = []
        for row in await cursor.to_list(None):
            known = self._known.get(row["_id"])
            if known is None:
                self._enter(row["_id"], row)
                known = row
            found.append(known)
        return found

    def put(self, document: dict[str, Any]) -> None:
        """Write the whole document under its ``_id``, new or not."""
        self._known[document["_id"]] = document
        self._dirty[document["_id"]] = None

    def remove(self, id: str) -> None:
        """Delete the document, if there is one."""
        self._known[id] = None
        self._dirty[id] = None

    async def flush(self) -> None:
        """Send what is pending in one bulk write: deletions first, so that a unique value may move to another document."""
        if not self._dirty:
            return
        deletes: list[DeleteOne] = []
        replaces: list[ReplaceOne[dict[str, Any]]] = []
        inserts: list[InsertOne[dict[str, Any]]] = []
        for id in self._dirty:
            document = self._known[id]
            if document is not None:
                # What was looked up and not found is inserted, which is cheaper; a rival's insert is a write conflict either way.
                if id in self._absent:
                    inserts.append(InsertOne(document))
                else:
                    replaces.append(ReplaceOne({"_id": id}, document, upsert=True))
            elif id not in self._absent:
                deletes.append(DeleteOne({"_id": id}))
        self._absent = {id for id in self._absent | self._dirty.keys() if self._known.get(id) is None}
        self._dirty.clear()
        writes: list[DeleteOne | ReplaceOne[dict[str, Any]] | InsertOne[dict[str, Any]]] = [*deletes, *replaces, *inserts]
        if writes:
            await self._collection.bulk_write(writes, session=self._session)


def _at(row: Any, path: str) -> Any:
    for name in path.split("."):
        row = row.get(name) if isinstance(row, Mapping) else None
    return row


class Unit:
    """One attempt of one transaction: its time, its documents, its events."""

    def __init__(self, database: Database, session: Session, now: datetime) -> None:
        self.database = database
        self.session = session
        self.now = now
        """The database's time of this attempt: UTC, milliseconds, read once by its first statement."""
        self.outbox = Outbox(database[OUTBOX], database[TOMBSTONES], session)
        self.once_committed: list[Callable[[], None]] = []
        """What counts and logs an effect: called when the effect has happened, and never for an attempt that was given up."""
        self._documents: dict[str, Documents] = {}

    def documents(self, collection: str) -> Documents:
        """The one view that this transaction has of a collection."""
        if collection not in self._documents:
            self._documents[collection] = Documents(self.database, collection, self.session)
        return self._documents[collection]

    async def flush(self) -> None:
        """Write what is pending: one bulk write for each collection, one insert for all events."""
        for documents in self._documents.values():
            await documents.flush()
        await self.outbox.flush()
