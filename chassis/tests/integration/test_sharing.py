"""Commands that share a commit: each acts once for its key, none is answered for another."""

import asyncio
from typing import Any

import pytest
from parley_chassis import tracing
from parley_chassis.commands import Answer, CommandKey, KeyReused, RequestRunning
from parley_chassis.mongo import Database, Transactions, Unit
from parley_chassis.mongo.answers import COMMANDS
from parley_chassis.tracing import Trace
from parley_contracts.envelope import Envelope
from parley_contracts.topics import TICKETS


class Refused(Exception):
    """The domain said no."""


def key(name: str, fingerprint: str = "f") -> CommandKey:
    return CommandKey("buyer-$1", "POST /v1/tickets", name, fingerprint)


class Counter:
    """One document that everybody wants, and which transactions wrote it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.transact = Transactions(database, lambda unit: unit)
        self.units: list[Unit] = []

    async def add(self, unit: Unit, name: str = "", *, status: int = 201) -> Answer:
        self.units.append(unit)
        row = await unit.documents("totals").get("total") or {"_id": "total", "names": []}
        unit.documents("totals").put({**row, "names": [*row["names"], name]})
        if status == 409:
            raise Refused
        return Answer(status, {"n": len(row["names"]) + 1, "name": name})

    def send(self, name: str, **more: Any) -> Any:
        return self.transact.once(key(name), self.add, name, **more)

    async def names(self) -> list[str]:
        row = await self.database["totals"].find_one({"_id": "total"})
        return list(row["names"]) if row else []


@pytest.fixture
def counter(either_database: Database) -> Counter:
    return Counter(either_database)


async def test_thirty_two_commands_on_one_document_take_two_transactions(counter: Counter) -> None:
    answers = await asyncio.gather(*(counter.send(str(n)) for n in range(32)))

    assert [answer.body["n"] for answer in answers] == list(range(1, 33)), "in the order in which they came"
    assert await counter.names() == [str(n) for n in range(32)]
    assert len({id(unit) for unit in counter.units}) == 2, "one alone, and all that came meanwhile"
    assert len(counter.units) == 32, "none met another"


async def test_what_each_of_them_publishes_belongs_to_the_trace_of_who_asked_for_it(either_database: Database) -> None:
    transact, units = Transactions(either_database, lambda unit: unit), list[Unit]()

    async def tell(unit: Unit, name: str) -> Answer:
        units.append(unit)
        given: dict[str, Any] = {"id": name, "source": "/ticketing", "type": "parley.ticket.created.v1", "subject": name, "time": unit.now}
        rest: dict[str, Any] = {"sequence": 1, "dataschema": "urn:x", "correlationid": name, "causationid": "command:c", "value": b"{}"}
        unit.outbox.add(Envelope(**given, **rest), TICKETS)
        return Answer(201, {})

    async def ask(name: str) -> str:
        with tracing.under(trace := Trace.begun()):
            await transact.once(key(name), tell, name)
        return trace.traceparent

    asked = dict(zip("abcd", await asyncio.gather(*map(ask, "abcd")), strict=True))

    rows = await either_database["outbox"].find().to_list(None)
    assert len({id(unit) for unit in units}) == 2, "one alone, and the others together"
    assert {row["_id"]: row["headers"]["traceparent"].decode() for row in rows} == asked
    assert {row["_id"]: row["headers"]["ce_traceparent"].decode() for row in rows} == asked


async def test_each_of_them_is_answered_again_for_its_key(counter: Counter) -> None:
    first = await asyncio.gather(*(counter.send(str(n)) for n in range(5)))

    again = await asyncio.gather(*(counter.send(str(n)) for n in range(5)))

    assert again == [answer.again() for answer in first]
    assert len(await counter.names()) == 5


async def test_a_refusal_and_a_wrong_key_concern_nobody_else(counter: Counter) -> None:
    await counter.send("used")
    wrong = counter.transact.once(key("used", "another body"), counter.add, "wrong")

    told = await asyncio.gather(
        counter.send("a"), counter.send("b"), counter.send("no", status=409), wrong, counter.send("c"), return_exceptions=True
    )

    assert [type(each) for each in told] == [Answer, Answer, Refused, KeyReused, Answer]
    assert await counter.names() == ["used", "a", "b", "c"]
    assert await counter.database[COMMANDS].count_documents({}) == 4, "what was refused may be sent again"


async def test_an_answer_that_is_no_success_leaves_nothing_behind(counter: Counter) -> None:
    told = await asyncio.gather(counter.send("a"), counter.send("b", status=404), counter.send("c"))

    assert [answer.status for answer in told] == [201, 404, 201]
    assert await counter.names() == ["a", "c"]


async def test_commands_without_a_key_share_too(counter: Counter) -> None:
    await asyncio.gather(*(counter.transact.once(None, counter.add, str(n)) for n in range(8)))

    assert await counter.names() == [str(n) for n in range(8)]
    assert len({id(unit) for unit in counter.units}) == 2
    assert await counter.database[COMMANDS].count_documents({}) == 0


async def test_a_request_that_runs_in_another_process_is_said_so_and_holds_up_nobody(counter: Counter) -> None:
    elsewhere = Transactions(counter.database, lambda unit: unit)
    inside, go_on = asyncio.Event(), asyncio.Event()

    async def slow(unit: Unit) -> Answer:
        inside.set()
        await go_on.wait()
        return Answer(201, {"name": "the first"})

    running = asyncio.create_task(elsewhere.once(key("same"), slow))
    await inside.wait()
    told = await asyncio.gather(counter.send("a"), counter.send("same"), counter.send("b"), return_exceptions=True)
    go_on.set()

    assert [type(each) for each in told] == [Answer, RequestRunning, Answer]
    assert await counter.names() == ["a", "b"]
    assert (await running).body == (await counter.send("same")).body, "then it has the other's answer"


async def test_all_facts_of_a_shared_transaction_have_one_time(counter: Counter) -> None:
    await asyncio.gather(*(counter.send(str(n)) for n in range(4)))

    assert len({unit.now for unit in counter.units[1:]}) == 1
    assert counter.units[1].now >= counter.units[0].now


async def test_what_they_are_about_is_read_together(either_database: Database) -> None:
    read: list[list[str]] = []

    async def prefetch(unit: Unit, ids: Any) -> None:
        read.append(list(ids))
        await unit.documents("totals").load(ids)

    async def look(unit: Unit, id: str) -> Answer:
        return Answer(200, {"found": bool(await unit.documents("totals").get(id))})

    transact = Transactions(either_database, lambda unit: unit, prefetch=prefetch)
    await asyncio.gather(*(transact.about(f"t-{n}", "same").once(key(str(n)), look, f"t-{n}") for n in range(4)))

    assert read == [["same", "t-1", "t-2", "t-3"]], "who comes alone reads for itself"
