"""Any split of the log into batches, any restart and any redelivery give the same facts."""

import random
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from parley_chassis.mongo import Database, close, connect, ensure_indexes, transactions
from parley_chassis.subscription import INDEXES as SUBSCRIPTION_INDEXES
from parley_contracts.words import Role
from sla_monitor.consumers import subscription
from sla_monitor.domain.policy import OutageWindow, Policy
from sla_monitor.domain.states import compare
from sla_monitor.main import open_transactions
from sla_monitor.store import INDEXES, Due
from sla_monitor.store.states import copy_book, known
from sla_monitor.testing import Log, T
from sla_monitor.use_cases.outages import declare
from sla_monitor.use_cases.policies import adopt

SUBJECTS = [f"c-{number}" for number in range(12)]


def history(seed: int) -> list[Any]:
    """Some days of a dozen conversations in both topics' partitions, with a watermark now and then."""
    chance, log, at = random.Random(seed), Log(), timedelta()
    records = [log.created(subject) for subject in SUBJECTS]
    for _ in range(150):
        at += timedelta(minutes=chance.randint(1, 200))
        subject = chance.choice(SUBJECTS)
        match chance.randint(0, 9):
            case 0 | 1 | 2:
                records += log.watermarks(at)
            case 3 | 4:
                records.append(log.replied(subject, chance.choice([Role.SELLER, Role.SUPPORT]), at=at))
            case 5 | 6:
                records.append(log.replied(subject, Role.BUYER, at=at))
            case _:
                records.append(log.something(chance, subject, at=at))
    return [*records, *log.watermarks(at + timedelta(hours=100))]


@pytest.fixture
async def second(mongodb_uri: str, database_name: str) -> AsyncIterator[Database]:
    client = connect(mongodb_uri, app="sla-monitor-tests")
    database = client[f"{database_name}_second"]
    await ensure_indexes(database, (*transactions.INDEXES, *SUBSCRIPTION_INDEXES, *INDEXES))
    yield database
    await close(client)


@pytest.mark.parametrize("seed", range(4))
async def test_the_facts_do_not_depend_on_how_the_log_was_read(seed: int, reader: Any, second: Database) -> None:
    records, chance = history(seed), random.Random(1000 + seed)
    other = type(reader)(second, open_transactions(second))
    await other.transact(adopt, {"de": Policy()})

    await reader.read(records)
    place = 0
    while place < len(records):
        length = chance.randint(1, 60)
        await other.read(records[max(0, place - chance.randint(0, 40)) : place + length])
        place += length
        if chance.random() < 0.3:
            other.restart()

    told, also = [[row for row in await each.told() if "due_soon" not in row["type"]] for each in (reader, other)]
    assert [(row["key"], row["_id"]) for row in told] == [(row["key"], row["_id"]) for row in also]
    assert {row["type"] for row in told} >= {"parley.response.overdue.v1", "parley.response.settled.v1"}
    overdue = [row["_id"] for row in told if row["type"] == "parley.response.overdue.v1"]
    assert len(overdue) == len(set(overdue))
    for row in await reader.rows("cycles"):
        again = (await other.rows("cycles", _id=row["_id"]))[0]
        assert (row["standing"], row.get("settled"), row["retracted"]) == (again["standing"], again.get("settled"), again["retracted"])


async def test_an_outage_takes_effect_at_its_place_at_every_reading(reader: Any, second: Database) -> None:
    log, hour = Log(), timedelta(hours=1)
    records = [log.created("overdue"), log.created("soon", at=6 * hour), *log.watermarks(49 * hour)]
    await reader.read(records)
    await reader.transact(declare, OutageWindow("o-1", T + 46 * hour, T + 55 * hour, T, "oncall-1", "a test"))
    await reader.due.look()
    for at in (51, 52, 60):
        batch = log.watermarks(at * hour)
        records += batch
        await reader.read(batch)
    assert [row["settled"]["outcome"] for row in await reader.rows("cycles", standing="settled")] == ["excused", "excused"]
    assert [len(await reader.told(kind)) for kind in ("overdue.v1", "overdue_retracted")] == [1, 1]

    other = type(reader)(second, open_transactions(second))
    await copy_book(reader.database, second)
    other.due = Due(second, rereads=True)
    await other.due.look()
    other.follower = subscription(other.transact, other.due.nothing)
    await other.read(records)

    comparison = compare(await known(reader.database), await known(second))
    assert (comparison.equal, comparison.differing) == (2, {})
