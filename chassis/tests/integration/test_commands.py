"""A command acts once for its key: a repeat gets the first answer, whoever sends it and however fast."""

import asyncio

import pytest
from parley_chassis.commands import Answer, CommandKey, KeyReused, RequestRunning
from parley_chassis.mongo import Database, Transactions, Unit, ensure_indexes
from parley_chassis.mongo.answers import COMMANDS
from parley_chassis.mongo.transactions import INDEXES

KEY = CommandKey(principal="buyer-$1", route="POST /v1/tickets", key="k1", fingerprint="f1")


class Refused(Exception):
    """The domain said no."""


def runner(database: Database) -> Transactions[Unit]:
    return Transactions(database, lambda unit: unit)


async def command(unit: Unit, by: int, status: int = 201) -> Answer:
    document = await unit.documents("totals").get("total") or {"_id": "total", "n": 0}
    document["n"] += by
    unit.documents("totals").put(document)
    return Answer(status, {"n": document["n"], "$odd.key": [1, None]}, etag='"1"', location="/v1/totals/1")


async def total(database: Database) -> int:
    row = await database["totals"].find_one({"_id": "total"})
    return row["n"] if row else 0


async def test_a_repeated_request_gets_the_first_answer_and_does_nothing(either_database: Database) -> None:
    transact = runner(either_database)

    first = await transact.once(KEY, command, 5)
    again = await transact.once(KEY, command, 5)

    assert not first.replayed
    assert again == first.again()
    assert await total(either_database) == 5


async def test_the_same_key_with_another_body_is_refused(either_database: Database) -> None:
    transact = runner(either_database)
    await transact.once(KEY, command, 5)

    with pytest.raises(KeyReused):
        await transact.once(CommandKey(KEY.principal, KEY.route, KEY.key, "f2"), command, 6)

    assert await total(either_database) == 5


@pytest.mark.parametrize("other", [CommandKey("seller", KEY.route, "k1", "f1"), CommandKey(KEY.principal, "POST /v1/x", "k1", "f1")])
async def test_a_key_belongs_to_one_principal_and_one_route(service_database: Database, other: CommandKey) -> None:
    transact = runner(service_database)
    await transact.once(KEY, command, 5)

    assert not (await transact.once(other, command, 5)).replayed


async def test_a_request_that_is_still_running_is_said_so(either_database: Database) -> None:
    transact = runner(either_database)
    inside, go_on = asyncio.Event(), asyncio.Event()

    async def slow(unit: Unit) -> Answer:
        inside.set()
        await go_on.wait()
        return await command(unit, 1)

    running = asyncio.create_task(transact.once(KEY, slow))
    await inside.wait()
    with pytest.raises(RequestRunning):
        await transact.once(KEY, slow)
    go_on.set()

    assert (await running).status == 201
    assert (await transact.once(KEY, slow)).replayed


async def test_only_accepted_answers_are_kept(either_database: Database) -> None:
    transact = runner(either_database)

    assert (await transact.once(KEY, command, 5, status=404)).status == 404
    assert await total(either_database) == 0, "an answer that is no success leaves nothing behind"
    with pytest.raises(Refused):
        await transact.once(KEY, _refused)

    assert not (await transact.once(KEY, command, 5)).replayed


async def _refused(unit: Unit) -> Answer:
    await command(unit, 1)
    raise Refused


async def test_a_conflict_behind_the_key_is_no_running_request(either_database: Database) -> None:
    transact = runner(either_database)
    keys = [CommandKey("p", "/r", str(n), "f") for n in range(6)]

    answers = await asyncio.gather(*(transact.once(key, command, 1) for key in keys))

    assert sorted(answer.body["n"] for answer in answers) == [1, 2, 3, 4, 5, 6]


async def test_answers_are_kept_for_seven_days(service_database: Database) -> None:
    await ensure_indexes(service_database, INDEXES)
    await ensure_indexes(service_database, INDEXES)

    indexes = await service_database[COMMANDS].index_information()

    assert indexes["at_1"]["expireAfterSeconds"] == 7 * 86_400
