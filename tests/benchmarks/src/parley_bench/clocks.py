"""Open response clocks in any number: rows as the monitor wrote the first, put into its database at once."""

from datetime import datetime, timedelta
from typing import Any

from parley_chassis.mongo import Database
from parley_contracts.topics import PARTITIONS

AT_ONCE = 5_000
CONVERSATIONS, CYCLES = "conversations", "cycles"


async def load(model: Database, database: Database, clocks: int, *, rows_for_lists: bool, later: timedelta = timedelta()) -> None:
    """As many clocks as that, like the one of ``model``, only ``later``; ``rows_for_lists``: with the row that lists are made of."""
    conversation, cycle = [_moved(await model[name].find_one(), later) for name in (CONVERSATIONS, CYCLES)]
    for first in range(0, clocks, AT_ONCE):
        numbers = range(first, min(clocks, first + AT_ONCE))
        await database[CONVERSATIONS].insert_many([_conversation(conversation, n) for n in numbers], ordered=False)
        if rows_for_lists:
            await database[CYCLES].insert_many([_cycle(cycle, n) for n in numbers], ordered=False)


async def unload(database: Database) -> None:
    """Take them away again."""
    for name in (CONVERSATIONS, CYCLES):
        await database[name].delete_many({"_id": {"$regex": "^bench-"}})


def _moved(value: Any, later: timedelta) -> Any:
    """A copy in which all happens later."""
    match value:
        case datetime():
            return value + later
        case dict():
            return {name: _moved(each, later) for name, each in value.items()}
        case list():
            return [_moved(each, later) for each in value]
    return value


def _conversation(row: dict[str, Any], n: int) -> dict[str, Any]:
    made = row | {"_id": f"bench-{n}", "partition": n % PARTITIONS}
    made["open"] = [each | {"id": f"bench-cycle-{n}"} for each in row["open"]]
    return made


def _cycle(row: dict[str, Any], n: int) -> dict[str, Any]:
    id = f"bench-cycle-{n}"
    return row | {"_id": id, "conversation_id": f"bench-{n}", "cycle": row["cycle"] | {"id": id}}
