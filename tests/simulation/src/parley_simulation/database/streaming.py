"""The database's commands: its time, its settings, and the change stream of the outbox."""

from typing import Any

from bson.timestamp import Timestamp
from parley_chassis.outbox import HEARTBEAT, OUTBOX
from pymongo.errors import AutoReconnect

from parley_simulation.database.language import Row, in_order, matches
from parley_simulation.database.server import LIFETIME, Server, failure

_GONE, _HISTORY_LOST = 43, 286


def answer(server: Server, document: Row) -> Row:
    """What needs no waiting."""
    if "getParameter" in document:
        return {"transactionLifetimeLimitSeconds": LIFETIME}
    if "ping" in document:
        return {"operationTime": Timestamp(1, len(server.log))}
    if document.get("aggregate") == 1:
        return {"cursor": {"firstBatch": [{"now": server.now}]}}
    if document.get("find") == OUTBOX:
        place = document["readConcern"]["atClusterTime"].inc
        rows = [row for row in server.outbox_at(place) if matches(row, document["filter"])]
        return {"cursor": {"id": 0, "firstBatch": in_order(rows, tuple(document["sort"].items()))}}
    raise NotImplementedError(str(document))


async def run(server: Server, document: Row) -> Row:
    """Open a change stream, or read on in one, waiting a while for something to come."""
    await server.travel()
    chance = server.chance.random()
    if chance < server.faults.lost:
        raise AutoReconnect("the stream was lost")
    if "aggregate" in document:
        return _open(server, document["pipeline"][0]["$changeStream"])
    id = document["getMore"]
    if id not in server.cursors or chance < server.faults.lost + server.faults.cursors:
        server.cursors.pop(id, None)
        raise failure(_GONE)
    patience = server.loop.time() + document["maxTimeMS"] / 1000
    while len(server.log) <= server.cursors[id] and server.loop.time() < patience:
        await server.news.wait(patience - server.loop.time())
        if id not in server.cursors:
            raise failure(_GONE)
    return _batch(server, id)


def _open(server: Server, where: dict[str, Any]) -> Row:
    start = where["resumeAfter"]["place"] if "resumeAfter" in where else where["startAtOperationTime"].inc - 1
    if start < server.forgotten:
        raise failure(_HISTORY_LOST)
    id = server.chance.getrandbits(48)
    server.cursors[id] = start
    return {"cursor": {"id": id, "firstBatch": [], "postBatchResumeToken": {"place": start}}}


def _batch(server: Server, id: int) -> Row:
    place = server.cursors[id]
    if place < server.forgotten:
        raise failure(_HISTORY_LOST)
    # A batch ends anywhere, between the events of one transaction too.
    end = min(len(server.log), place + server.chance.randint(1, 12))
    server.cursors[id] = end
    return {"cursor": {"id": id, "nextBatch": [_change(*each) for each in server.log[place:end]], "postBatchResumeToken": {"place": end}}}


def _change(how: str, row: Row) -> Row:
    if how == "insert":
        return {"operationType": "insert", "fullDocument": dict(row)}
    fields = {name: value for name, value in row.items() if name != "_id"}
    return {"operationType": "update", "documentKey": {"_id": HEARTBEAT}, "updateDescription": {"updatedFields": fields}}
