"""Who shares a transaction with whom, and what each is told; the database has no part in that."""

import asyncio
from collections.abc import Sequence

import pytest
from parley_chassis.commands import Answer, Busy, CommandKey, NotRun, RequestRunning, UnknownOutcome
from parley_chassis.mongo.sharing import MOST, Command, Sharing


class Refused(Exception):
    """The domain said no."""


class Database:
    """Notes which commands came together; whatever stands in ``fails`` is raised, and it can be made to wait."""

    def __init__(self) -> None:
        self.transactions: list[list[str]] = []
        self.fails: dict[int, Exception] = {}
        self.go_on = asyncio.Event()
        self.now = 0.0
        self.sharing: Sharing[str] = Sharing(self.alone, self.together, patience=3.0, clock=lambda: self.now)

    async def alone(self, command: Command[str]) -> Answer:
        (answer,) = await self.together([command])
        return answer

    async def together(self, commands: Sequence[Command[str]]) -> Sequence[Answer]:
        self.transactions.append([each.key.key if each.key else "-" for each in commands])
        await asyncio.sleep(0)
        await self.go_on.wait()
        if error := self.fails.get(len(self.transactions)):
            raise error
        return [await each.run("tx") for each in commands]

    def send(self, name: str, *, refused: bool = False) -> asyncio.Task[Answer]:
        async def run(tx: str) -> Answer:
            if refused:
                raise Refused
            return Answer(200, {"name": name})

        return asyncio.create_task(self.sharing.run(Command(CommandKey("p", "/r", name, "f"), run)))


@pytest.fixture
def database() -> Database:
    return Database()


async def queued() -> None:
    """Every task has come as far as it can."""
    for _ in range(3):
        await asyncio.sleep(0)


async def told(task: asyncio.Task[Answer]) -> str:
    try:
        return str((await task).body["name"])
    except (Refused, NotRun, asyncio.CancelledError) as error:
        return type(error).__name__


async def test_who_comes_alone_waits_for_nobody_and_the_others_share_the_next_transaction(database: Database) -> None:
    tasks = [database.send(name) for name in "abcd"]
    await queued()
    assert database.transactions == [["a"]], "there is no timer"

    database.go_on.set()

    assert [await told(task) for task in tasks] == list("abcd")
    assert database.transactions == [["a"], ["b", "c", "d"]]


async def test_a_bad_command_fails_alone(database: Database) -> None:
    database.go_on.set()
    tasks = [database.send("a"), database.send("b"), database.send("c", refused=True), database.send("d")]

    assert [await told(task) for task in tasks] == ["a", "b", "Refused", "d"]
    assert database.transactions == [["a"], ["b", "c", "d"], ["b"], ["c"], ["d"]], "one by one, in their order"


@pytest.mark.parametrize("error", [UnknownOutcome(), Busy()])
async def test_what_is_nobodys_fault_is_told_to_all_at_once(database: Database, error: Exception) -> None:
    database.go_on.set()
    database.fails[2] = error
    tasks = [database.send(name) for name in "abc"]

    assert [await told(task) for task in tasks] == ["a", type(error).__name__, type(error).__name__]
    assert database.transactions == [["a"], ["b", "c"]]


async def test_who_has_waited_longer_than_patience_is_told_to_come_again(database: Database) -> None:
    slow, late = database.send("slow"), database.send("late")
    await queued()
    database.now = 3.1
    soon = database.send("soon")
    await queued()
    database.go_on.set()

    assert [await told(task) for task in (slow, late, soon)] == ["slow", "Busy", "soon"]
    assert database.transactions == [["slow"], ["soon"]]


async def test_a_request_that_waits_or_runs_is_not_taken_a_second_time(database: Database) -> None:
    running, waiting = database.send("a"), database.send("b")
    await queued()

    assert [await told(database.send(name)) for name in "ab"] == [RequestRunning.__name__] * 2

    database.go_on.set()
    assert [await told(task) for task in (running, waiting)] == ["a", "b"]
    assert await told(database.send("a")) == "a", "afterwards the database answers it"


async def test_who_goes_away_while_waiting_is_left_out(database: Database) -> None:
    tasks = [database.send(name) for name in "abc"]
    await queued()
    tasks[1].cancel()
    database.go_on.set()

    assert [await told(task) for task in tasks] == ["a", "CancelledError", "c"]
    assert database.transactions == [["a"], ["c"]]


async def test_who_is_ended_in_the_middle_leaves_the_others_with_an_unknown_outcome(database: Database) -> None:
    first = database.send("a")
    database.go_on.set()
    await told(first)
    database.go_on.clear()
    blocked = database.send("b")
    tasks = [database.send(name) for name in "cd"]
    await queued()
    database.go_on.set()
    await told(blocked)
    database.go_on.clear()
    await queued()
    assert database.transactions[-1] == ["c", "d"]
    tasks[0].cancel()

    assert [await told(task) for task in tasks] == ["CancelledError", "UnknownOutcome"]


async def test_a_transaction_has_an_end(database: Database) -> None:
    database.go_on.set()
    tasks = [database.send(str(n)) for n in range(MOST + 3)]

    assert [await told(task) for task in tasks] == [str(n) for n in range(MOST + 3)]
    assert [len(each) for each in database.transactions] == [1, MOST, 2]
