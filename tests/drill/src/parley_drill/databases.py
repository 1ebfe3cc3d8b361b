"""What the services' databases hold, as far as the checker needs it."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection

Row = dict[str, Any]

SERVICES = ("ticketing", "inquiries", "notifier", "sla_monitor")
_UNSETTLED = ("pending", "claimed", "dot", "retry", "ambiguous")
_WAITING = ("retry", "ambiguous")
_THE_SERVERS_OWN = ("admin", "config", "local")
_RAW = CodecOptions(document_class=RawBSONDocument)

READ: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "outbox": tuple((name, ("topic", "key", "type", "sequence", "at", "headers")) for name in SERVICES),
    "conversations": tuple((name, ("sequence", "state")) for name in ("ticketing", "inquiries")),
    "reactions": tuple((name, ("cycle_id", "reason")) for name in ("ticketing", "inquiries")),
    "positions": tuple((name, ("sequence", "parked", "offset", "expires")) for name in (*SERVICES, "witness")),
    "parked": tuple((name, ("topic", "subject", "sequence", "reason", "partition", "offset", "at")) for name in (*SERVICES, "witness")),
    "refused": tuple((name, ("topic", "partition", "offset", "reason")) for name in (*SERVICES, "witness")),
    "effects": (("witness", ("event", "topic", "subject", "sequence", "at")),),
    "deliveries": (
        (
            "notifier",
            (
                "event_id",
                "conversation_id",
                "notice",
                "audience",
                "recipient",
                "message_id",
                "state",
                "ambiguous",
                "into",
                "epoch",
                "ended",
            ),
        ),
    ),
    "people": (("notifier", ("address",)),),
}
"""Collection -> the databases that have it, with the fields that are kept."""


class Databases:
    """The direct way to all of them."""

    def __init__(self, uri: str) -> None:
        self._client: AsyncMongoClient[Row] = AsyncMongoClient(uri, tz_aware=True, tzinfo=UTC, readPreference="primary")

    async def __aenter__(self) -> "Databases":
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._client.close()

    async def rows(self, collection: str) -> list[Row]:
        """The collection in all databases that have it, each row with its database's name."""
        found = []
        for database, fields in READ[collection]:
            async for row in self._client[database][collection].find({}, dict.fromkeys(fields, 1)):
                found.append({"database": database, **row})
        return [row for row in found if row["_id"] != "heartbeat"]

    async def everything(self) -> AsyncIterator[tuple[str, str, str, bytes]]:
        """Every row of every collection of every database, with the names of both and its id: the bytes that are kept."""
        for name in sorted(set(await self._client.list_database_names()) - set(_THE_SERVERS_OWN)):
            for collection in sorted(await self._client[name].list_collection_names()):
                rows: AsyncCollection[RawBSONDocument] = self._client[name].get_collection(collection, _RAW)  # type: ignore[assignment]
                async for row in rows.find():
                    yield name, collection, str(row["_id"]), bytes(row.raw)

    async def count(self, database: str, collection: str) -> int:
        return await self._client[database][collection].count_documents({})

    async def unsettled(self, until: datetime | None = None) -> int:
        """Deliveries that nobody has finished: all, or those that were there at a time."""
        where: Row = {"state": {"$in": list(_UNSETTLED)}} | ({"created": {"$lte": until}} if until else {})
        return await self._client["notifier"]["deliveries"].count_documents(where)

    async def hurry(self) -> int:
        """Let the minutes pass for mails that wait for their next attempt; nothing else of them is touched."""
        now = datetime.now(UTC)
        waiting = {"state": {"$in": list(_WAITING)}, "due": {"$gt": now}}
        done = await self._client["notifier"]["deliveries"].update_many(waiting, {"$set": {"due": now}})
        return done.modified_count

    async def lease_changes(self) -> list[Row]:
        """Every change of a lease, oldest first, as the database itself recorded it."""
        changes = self._client["local"]["oplog.rs"].find({"ns": {"$regex": r"\.leases$"}, "op": {"$in": ["i", "u"]}}).sort("$natural", 1)
        return [row async for row in changes]

    async def outboxes(self) -> set[str]:
        """Every event that waits or waited to be published, of all databases that there are."""
        found = set()
        for name in await self._client.list_database_names():
            found |= {f"{name}/{id}" for id in await self._client[name]["outbox"].distinct("_id") if id != "heartbeat"}
        return found

    async def step_down(self) -> None:
        """The primary of a set of several members gives up its place."""
        await self._client.admin.command({"replSetStepDown": 10, "force": True})
