"""A use case is one transaction: all of it or nothing, once, whatever happens on the line to the database."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from parley_chassis.commands import Answer, Busy, ClockSkew, CommandKey, RequestRunning, UnknownOutcome
from parley_chassis.mongo import Database, Transactions, Unit, close, connect
from parley_chassis.mongo.answers import COMMANDS
from parley_chassis.mongo.transactions import Limits
from parley_chassis.outbox import TooLarge
from parley_chassis.testing import eventually
from parley_contracts.envelope import Envelope
from parley_contracts.topics import PARTIES, TICKETS
from pymongo.errors import PyMongoError

KEY = CommandKey(principal="buyer-$1", route="POST /v1/tickets", key="k1", fingerprint="f1")
WRITER = Path(__file__).with_name("writer_process.py")


class Refused(Exception):
    """The domain said no."""


def runner(database: Database, **more: Any) -> Transactions[Unit]:
    return Transactions(database, lambda unit: unit, **more)


def event(id: str, at: datetime, **more: Any) -> Envelope:
    given: dict[str, Any] = {
        "id": id,
        "source": "/ticketing",
        "type": "parley.ticket.created.v1",
        "subject": "t1",
        "time": at,
        "sequence": 1,
        "dataschema": "urn:x",
        "correlationid": id,
        "causationid": "command:1",
        "value": b"{}",
    }
    return Envelope(**(given | more))


async def add(unit: Unit, by: int = 1, *, id: str = "total") -> int:
    document = await unit.documents("totals").get(id) or {"_id": id, "n": 0}
    document["n"] += by
    unit.documents("totals").put(document)
    n: int = document["n"]
    return n


async def command(unit: Unit, by: int, status: int = 201) -> Answer:
    return Answer(status, {"n": await add(unit, by), "$odd.key": [1, None]}, etag='"1"', location="/v1/totals/1")


async def total(database: Database, id: str = "total") -> int:
    row = await database["totals"].find_one({"_id": id})
    return row["n"] if row else 0


async def test_a_document_and_its_event_are_committed_together(either_database: Database) -> None:
    async def open_ticket(unit: Unit) -> datetime:
        await add(unit)
        unit.outbox.add(event("e1", unit.now), TICKETS)
        return unit.now

    now = await runner(either_database)(open_ticket)

    row = await either_database["outbox"].find_one()
    assert row is not None
    assert {name: row[name] for name in ("_id", "topic", "key", "type", "sequence", "at", "value")} == {
        "_id": "e1",
        "topic": TICKETS.name,
        "key": "t1",
        "type": "parley.ticket.created.v1",
        "sequence": 1,
        "at": now,
        "value": b"{}",
    }
    trace = row["headers"]["traceparent"].decode()
    assert row["headers"] == dict(event("e1", now).traced(trace).headers()), "nobody asked for it: a trace of its own"
    assert await total(either_database) == 1


async def test_a_refusal_leaves_nothing_behind(either_database: Database) -> None:
    async def refused(unit: Unit) -> None:
        await add(unit)
        unit.outbox.add(event("e1", unit.now), TICKETS)
        unit.once_committed.append(lambda: counted.append(1))
        await unit.flush()
        raise Refused

    counted: list[int] = []
    with pytest.raises(Refused):
        await runner(either_database)(refused)

    assert not counted
    assert await total(either_database) == 0
    assert await either_database["outbox"].count_documents({}) == 0


async def test_the_time_is_the_databases_in_utc_and_milliseconds(either_database: Database) -> None:
    async def now(unit: Unit) -> datetime:
        return unit.now

    before = datetime.now(UTC) - timedelta(seconds=1)
    told = await runner(either_database)(now)

    assert before < told < datetime.now(UTC) + timedelta(seconds=1)
    assert told.tzinfo is UTC
    assert told.microsecond % 1000 == 0


async def test_rivals_for_one_document_all_get_their_turn_and_a_later_time(either_database: Database) -> None:
    runs = 0

    async def contended(unit: Unit) -> tuple[int, datetime]:
        nonlocal runs
        runs += 1
        return await add(unit), unit.now

    transact = runner(either_database)
    done = await asyncio.gather(*(transact(contended) for _ in range(8)))

    assert sorted(n for n, _ in done) == list(range(1, 9))
    in_order = [now for _, now in sorted(done)]
    assert in_order == sorted(in_order), "each attempt reads the time anew"
    assert runs > 8, "no attempt met another: this test proves nothing"


async def test_a_use_case_that_never_gets_through_is_busy_and_changes_nothing(either_database: Database) -> None:
    await either_database["totals"].insert_one({"_id": "total", "n": 0})
    transact = runner(either_database, limits=Limits(patience=0.3))

    async def blocked(unit: Unit) -> None:
        await add(unit)
        await unit.flush()
        with pytest.raises(Busy):
            await transact(add)

    await runner(either_database)(blocked)
    assert await total(either_database) == 1


@pytest.mark.parametrize("off", [timedelta(seconds=3), timedelta(seconds=-3)])
async def test_a_clock_that_is_off_aborts_the_transaction(service_database: Database, off: timedelta) -> None:
    transact = runner(service_database, clock=lambda: datetime.now(UTC) + off)

    with pytest.raises(ClockSkew):
        await transact(add)
    with pytest.raises(ClockSkew):
        await transact.once(KEY, command, 1)

    assert await total(service_database) == 0
    assert await service_database[COMMANDS].count_documents({}) == 0


@pytest.fixture(params=["motor", "pymongo"])
async def broken(request: pytest.FixtureRequest, line: Any, database_name: str) -> AsyncIterator[Database]:
    client = connect(line.uri, driver=request.param, app="test")
    yield client[database_name]
    await close(client)


async def test_a_lost_statement_runs_the_whole_body_again(broken: Database, line: Any, service_database: Database) -> None:
    runs, counted = 0, list[int]()

    async def body(unit: Unit) -> int:
        nonlocal runs
        runs += 1
        unit.once_committed.append(partial(counted.append, runs))
        return await add(unit)

    line.cut("totals", times=1, after=True)
    assert await runner(broken)(body) == 1
    assert runs == 2
    assert counted == [2], "what was given up counts for nothing"
    assert await total(service_database) == 1


@pytest.mark.parametrize("after", [True, False], ids=["answer lost", "request lost"])
async def test_a_commit_that_nobody_confirmed_is_committed_once(
    broken: Database, line: Any, service_database: Database, after: bool
) -> None:
    # The driver itself commits twice; so many cuts are beyond it.
    line.cut("commitTransaction", times=3, after=after)

    assert await runner(broken)(add) == 1

    assert line.seen == 3
    assert await total(service_database) == 1


async def test_an_outcome_that_stays_unknown_is_said_so_and_the_key_tells_it_later(
    broken: Database, line: Any, service_database: Database
) -> None:
    line.cut("commitTransaction", times=10_000, after=True)
    with pytest.raises(UnknownOutcome):
        await runner(broken, limits=Limits(patience=0.5)).once(KEY, command, 5)

    line.cut("commitTransaction", times=0, after=True)
    answer = await runner(broken).once(KEY, command, 5)

    assert answer.replayed
    assert answer.body["n"] == 5
    assert await total(service_database) == 5


async def test_an_outcome_that_was_no_commit_leaves_the_key_usable(broken: Database, line: Any, service_database: Database) -> None:
    line.cut("commitTransaction", times=10_000, after=False)
    with pytest.raises(UnknownOutcome):
        await runner(broken, limits=Limits(patience=0.5)).once(KEY, command, 5)
    line.cut("", times=0, after=True)

    # The server gives the open transaction up after its lifetime; until then the request counts as running.
    answer = await eventually(lambda: _once_or_none(broken))

    assert not answer.replayed
    assert await total(service_database) == 5


async def _once_or_none(database: Database) -> Answer | None:
    try:
        return await runner(database).once(KEY, command, 5)
    except (RequestRunning, PyMongoError):
        return None


@pytest.mark.parametrize(
    ("envelope", "topic", "says"),
    [
        (event("e", datetime.now(UTC), value=b"x" * 65_537), TICKETS, "a value may have 65536 bytes"),
        (event("e", datetime.now(UTC), causationid="x" * 4_096), TICKETS, "headers may have 4096 bytes"),
        (event("e", datetime.now(UTC), sequence=None), TICKETS, "has a sequence"),
        (event("e", datetime.now(UTC), sequence=1), PARTIES, "has no sequence"),
    ],
)
async def test_an_event_beyond_a_limit_is_refused_where_it_is_made(
    service_database: Database, envelope: Envelope, topic: Any, says: str
) -> None:
    async def publish(unit: Unit) -> None:
        unit.outbox.add(envelope, topic)

    with pytest.raises(ValueError, match=says) as refused:
        await runner(service_database)(publish)
    assert isinstance(refused.value, TooLarge) == ("may have" in says)


@pytest.mark.parametrize("place", ["before-flush", "before-commit", "after-commit"])
async def test_a_writer_killed_in_its_transaction_leaves_all_or_nothing(service_database: Database, mongodb_uri: str, place: str) -> None:
    writer = await asyncio.create_subprocess_exec(sys.executable, str(WRITER), mongodb_uri, service_database.name, place)
    assert await writer.wait() == -signal.SIGKILL

    events = await service_database["outbox"].count_documents({})
    assert (await total(service_database), events) == ((1, 1) if place == "after-commit" else (0, 0))

    answer = await eventually(lambda: _once_or_none(service_database))
    assert answer.replayed == (place == "after-commit")
    assert os.getpid() != writer.pid


async def test_what_is_withdrawn_is_gone_from_the_outbox_and_its_tombstones_stay(service_database: Database) -> None:
    now, run = datetime.now(UTC), runner(service_database)

    async def tell(unit: Unit) -> None:
        for id, subject, value in (("1", "p", b"{}"), ("2", "p", None), ("3", "other", b"{}")):
            unit.outbox.add(event(id, now, subject=subject, sequence=None, value=value), PARTIES)
        unit.outbox.add(event("4", now, subject="p"), TICKETS)

    async def withdraw(unit: Unit) -> None:
        unit.outbox.withdraw(PARTIES, "p")
        unit.outbox.add(event("5", now, subject="p", sequence=None, value=None), PARTIES)

    await run(tell)
    await run(withdraw)

    assert [row["_id"] for row in await service_database["outbox"].find().sort("_id", 1).to_list(None)] == ["2", "3", "4", "5"]
