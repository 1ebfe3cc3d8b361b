"""What people asked of the relay: events to be published again, a watermark to go on although the clocks look wrong."""

from collections.abc import Awaitable, Callable
from typing import Any

from parley_chassis.decisions import DECISIONS, Verb, finish, waiting
from parley_chassis.mongo.driver import Database
from parley_chassis.relay.stream import operation_time, snapshot

Send = Callable[[list[dict[str, Any]]], Awaitable[None]]

_IN_FORCE = "in force"
_DONE = {"$cond": [{"$eq": ["$result", _IN_FORCE]}, "done", "refused: no watermark was held because of a clock"]}


async def carry_out(database: Database, send: Send, *, doubtful: bool) -> None:
    """Carry out what is asked for. An accepted watermark stays so for as long as the clocks are ``doubtful``."""
    for decision in await waiting(database, (Verb.REPUBLISH, Verb.ACCEPT_WATERMARK)):
        if decision.verb is Verb.REPUBLISH:
            await finish(database, decision.id, f"done: {await _republish(database, send, decision.subject or '')} events")
        elif not doubtful:
            await database[DECISIONS].update_one({"_id": decision.id}, [{"$set": {"done_at": "$$NOW", "result": _DONE}}])


async def is_accepted(database: Database) -> bool:
    """Whether a person found the clocks of a held watermark right."""
    asked = {"verb": Verb.ACCEPT_WATERMARK.value, "done_at": None}
    accepted = await database[DECISIONS].update_many(asked, {"$set": {"result": _IN_FORCE}})
    return accepted.matched_count > 0


async def _republish(database: Database, send: Send, subject: str) -> int:
    """Send all rows of a subject by their sequence, as of one place in the log: so that none stands before one that it follows."""
    count = 0
    async for rows in snapshot(database, await operation_time(database), {"key": subject}):
        await send(rows)
        count += len(rows)
    return count
