"""Documents of one transaction: read once, written behind, seen by the queries of the same transaction."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from parley_chassis.mongo import Database, Index, Transactions, Unit, ensure_indexes
from pymongo.errors import DuplicateKeyError, OperationFailure

Body = Callable[[Unit], Awaitable[Any]]


@pytest.fixture
async def database(either_database: Database) -> Database:
    await either_database["things"].insert_many([{"_id": "a", "n": 1}, {"_id": "b", "n": 2}, {"_id": "c", "n": 3}])
    return either_database


async def run(database: Database, body: Body) -> Any:
    return await Transactions(database, lambda unit: unit)(body)


async def stored(database: Database) -> dict[str, int]:
    return {row["_id"]: row["n"] for row in await database["things"].find().to_list(None)}


async def commands_of(database: Database, body: Body) -> list[str]:
    """The statements that the database ran for it, as its own profiler saw them."""
    await database.command({"profile": 2})
    await run(database, body)
    await database.command({"profile": 0})
    rows = await database["system.profile"].find({"ns": f"{database.name}.things"}).sort("ts", 1).to_list(None)
    return [row["op"] for row in rows]


async def test_what_was_read_is_the_same_object_and_is_read_once(database: Database) -> None:
    async def body(unit: Unit) -> None:
        things = unit.documents("things")
        first = await things.get("a")
        await things.load(["a", "b", "missing"])
        assert await things.get("a") is first
        assert [each for each in await things.find({"_id": "a"}) if each is first]
        assert await things.get("missing") is None
        assert unit.documents("things") is things

    assert await commands_of(database, body) == ["query", "query", "query"]


async def test_all_are_read_with_one_query_and_written_behind_it(database: Database) -> None:
    async def body(unit: Unit) -> None:
        things = unit.documents("things")
        await things.load(["a", "b", "c", "d", "e"])
        for id in "abde":
            things.put({"_id": id, "n": 9})
        things.remove("c")

    seen = await commands_of(database, body)

    assert await stored(database) == {"a": 9, "b": 9, "d": 9, "e": 9}
    assert seen == ["query", "remove", "update", "update", "insert"], "the profiler lists each document, deletions first"


async def test_a_change_is_written_only_when_it_is_put(database: Database) -> None:
    async def body(unit: Unit) -> None:
        document = await unit.documents("things").get("a")
        assert document is not None
        document["n"] = 100

    await run(database, body)
    assert (await stored(database))["a"] == 1


async def test_a_query_sees_what_the_transaction_changed(database: Database) -> None:
    async def body(unit: Unit) -> list[str]:
        things = unit.documents("things")
        things.put({"_id": "d", "n": 4})
        things.put({"_id": "a", "n": 0})
        things.remove("b")
        return [row["_id"] for row in await things.find({"n": {"$gt": 1}}, sort=[("n", -1)], limit=5)]

    assert await run(database, body) == ["d", "c"]


async def test_removing_and_putting_again_ends_with_the_last_word(database: Database) -> None:
    async def body(unit: Unit) -> None:
        things = unit.documents("things")
        things.remove("a")
        things.put({"_id": "a", "n": 7})
        things.put({"_id": "d", "n": 8})
        things.remove("d")
        things.remove("b")
        await unit.flush()
        things.put({"_id": "b", "n": 9})
        things.remove("nobody")

    await run(database, body)
    assert await stored(database) == {"a": 7, "b": 9, "c": 3}


async def test_a_unique_value_may_move_to_another_document(database: Database) -> None:
    await ensure_indexes(database, [Index("things", [("n", 1)], unique=True)])

    async def body(unit: Unit) -> None:
        things = unit.documents("things")
        await things.load(["a", "d"])
        things.put({"_id": "d", "n": 1})
        things.remove("a")

    await run(database, body)
    assert (await stored(database))["d"] == 1


async def test_a_unique_value_that_is_taken_fails_the_transaction(database: Database) -> None:
    await ensure_indexes(database, [Index("things", [("n", 1)], unique=True)])

    async def body(unit: Unit) -> None:
        unit.documents("things").put({"_id": "d", "n": 1})

    with pytest.raises((DuplicateKeyError, OperationFailure)):
        await run(database, body)
    assert "d" not in await stored(database)


async def test_an_index_may_be_partial_and_may_expire_its_documents(database: Database) -> None:
    declared = [
        Index("things", [("due", 1)], where={"due": {"$exists": True}}),
        Index("things", [("gone", 1)], expire_after=timedelta(hours=1)),
        Index("others", [("a", 1), ("b", -1)]),
    ]
    await ensure_indexes(database, declared)
    await ensure_indexes(database, declared)

    made = await database["things"].index_information()
    assert made["due_1"]["partialFilterExpression"] == {"due": {"$exists": True}}
    assert made["gone_1"]["expireAfterSeconds"] == 3600
    assert "a_1_b_-1" in await database["others"].index_information()


async def test_what_shares_a_field_is_read_once_for_many_and_seen_with_what_changed(database: Database) -> None:
    await database["things"].update_many({}, {"$set": {"of": {"order": "o-1"}}})

    async def body(unit: Unit) -> None:
        things = unit.documents("things")
        await things.load_by("of.order", ["o-1", "o-2"])
        things.remove("a")
        things.put({"_id": "b", "n": 2, "of": {"order": "o-2"}})
        things.put({"_id": "d", "n": 4, "of": {"order": "o-2"}})
        things.put({"_id": "e", "n": 5, "of": None})
        assert [row["_id"] for row in await things.by("of.order", "o-1")] == ["c"]
        assert [row["_id"] for row in await things.by("of.order", "o-2")] == ["b", "d"]

    assert (await commands_of(database, body))[0:2] == ["query", "remove"]
