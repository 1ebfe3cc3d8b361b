"""What a whole database knows as of one instant, as far as it follows from the log and not from how the log was read."""

from collections.abc import Collection
from typing import Any

from parley_chassis.mongo import Database
from parley_chassis.mongo.driver import session
from parley_chassis.positions import POSITIONS, place_id, subject_id
from parley_contracts.topics import PARTITIONS

from sla_monitor.domain.states import Known, State
from sla_monitor.store.documents import Document
from sla_monitor.store.indexes import CONVERSATIONS, CYCLES, POLICIES
from sla_monitor.store.transaction import CARRIERS

_BY_READING = frozenset({"_id", "told", "told_at", "next", "at", "warned", "belated", "expires"})
"""How often something was told and when: due-soon facts may be left out."""


async def known(database: Database, *, only: Collection[str] | None = None) -> Known:
    """Everything, read in one snapshot; of ``only`` some conversations with all parts."""
    places = {place_id(topic.name, number): (topic.name, number) for topic in CARRIERS for number in range(PARTITIONS)}
    found, keep = Known(), only is not None
    among: Document = {} if only is None else {"$in": list(only)}
    async with session(database.client, snapshot=True) as opened:
        async for row in database[POSITIONS].find({"_id": {"$in": list(places)}}, session=opened):
            found.read_to[places[row["_id"]]] = row["offset"]
            found.began[places[row["_id"]]] = row["began"]
        async for row in database[CONVERSATIONS].find({"_id": among} if keep else {}, session=opened):
            state = found.states[row["_id"]] = State(row["topic"], row["partition"])
            state.add("conversation", _of_conversation(row), keep=keep)
        async for row in database[CYCLES].find({"conversation_id": among} if keep else {}, session=opened):
            if row["conversation_id"] in found.states:
                found.states[row["conversation_id"]].add(f"cycle {row['_id']}", _of_cycle_row(row), keep=keep)
        partial = {row["_id"] async for row in database[POSITIONS].find({"partial": True}, {"_id": 1}, session=opened)}
    found.partial.update(id for id, state in found.states.items() if subject_id(state.topic, id) in partial)
    return found


async def is_empty(database: Database) -> bool:
    """Whether the database holds nothing at all."""
    return not await database.list_collection_names()


async def copy_book(live: Database, second: Database) -> None:
    """Give the second database the policy book, which no log tells."""
    if lines := await live[POLICIES].find().to_list(None):
        await second[POLICIES].insert_many(lines)


def _of_conversation(row: Document) -> Document:
    return _of_the_log(row) | {name: [_of_cycle(cycle) for cycle in row[name]] for name in ("open", "ended")}


def _of_cycle_row(row: Document) -> Document:
    return _of_the_log(row) | {"cycle": _of_cycle(row["cycle"])}


def _of_cycle(cycle: Document) -> Document:
    """Without the watermark that proved it overdue: a reader that lags sees a later one."""
    proof: list[Any] | None = cycle["overdue"]
    return _of_the_log(cycle) | {"overdue": proof and [proof[0] if proof[1] else None, *proof[1:]]}


def _of_the_log(row: Document) -> Document:
    return {name: value for name, value in row.items() if name not in _BY_READING}
