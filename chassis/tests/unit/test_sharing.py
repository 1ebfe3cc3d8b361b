"""Who shares a transaction with whom, and what each is told; the database has no part in that."""

import asyncio
from collections.abc import Sequence

import pytest
from parley_chassis.commands import Answer, Busy, CommandKey, NotRun, RequestRunning, UnknownOutcome
from parley_chassis.mongo.sharing import MOST, Command, Sharing
from parley_chassis.testing import eventually


class Refused(Exception):
    """The domain said no."""


class Database:
    """Notes which commands came together; whatever stands in ``fails`` is raised, and a transaction can be held back."""

    def __init__(self) -> None:
        self.transactions: list[list[str]] = []
        self.fails: dict[int, Exception] = {}
        self.held: dict[int, asyncio.Event] = {}
        self.arrived: set[str] = set()
        self.now = 0.0
        self.sharing: Sharing[str] = Sharing(self.alone, self.together, patience=3.0, clock=lambda: self.now)

    async def alone(self, command: Command[str]) -> Answer:
        (answer,) = await self.together([command])
        return answer

    async def together(self, commands: Sequence[Command[str]]) -> Sequence[Answer]:
        self.transactions.append([each.key.key if each.key else "-" for each in commands])
        number = len(self.transactions)
        if number in self.held:
            await self.held[number].wait()
        if error := self.fails.get(number):
            raise error
        return [await each.run("tx") for each in commands]

    def hold(self, number: int) -> asyncio.Event:
        """Let this transaction wait for the event."""
        return self.held.setdefault(number, asyncio.Event())

    def send(self, name: str, *, refused: bool = False) -> asyncio.Task[Answer]:
        async def run(tx: str) -> Answer:
            if refused:
                raise Refused
            return Answer(200, {"name": name})

        async def arrive() -> Answer:
            self.arrived.add(name)
            return await self.sharing.run(Command(CommandKey("p", "/r", name, "f"), run))

        return asyncio.create_task(arrive())

    async def has(self, *names: str) -> None:
        """Wait until these run or wait for their turn."""
        await eventually(lambda: self.arrived.issuperset(names))


@pytest.fixture
def database() -> Database:
    return Database()


async def told(task: asyncio.Task[Answer]) -> str:
    try:
        return str((await task).body["name"])
    except (Refused, NotRun, asyncio.CancelledError) as error:
        return type(error).__name__


async def test_who_comes_alone_waits_for_nobody_and_the_others_share_the_next_transaction(database: Database) -> None:
    first = database.hold(1)
    tasks = [database.send(name) for name in "abcd"]
    await database.has(*"abcd")
    assert database.transactions == [["a"]], "there is no timer"

    first.set()

    assert [await told(task) for task in tasks] == list("abcd")
    assert database.transactions == [["a"], ["b", "c", "d"]]


async def test_a_bad_command_fails_alone(database: Database) -> None:
    first = database.hold(1)
    tasks = [database.send("a"), database.send("b"), database.send("c", refused=True), database.send("d")]
    await database.has(*"abcd")
    first.set()

    assert [await told(task) for task in tasks] == ["a", "b", "Refused", "d"]
    assert database.transactions == [["a"], ["b", "c", "d"], ["b"], ["c"], ["d"]], "one by one, in their order"


@pytest.mark.parametrize("error", [UnknownOutcome(), Busy()])
async def test_what_is_nobodys_fault_is_told_to_all_at_once(database: Database, error: Exception) -> None:
    first = database.hold(1)
    database.fails[2] = error
    tasks = [database.send(name) for name in "abc"]
    await database.has(*"abc")
    first.set()

    assert [await told(task) for task in tasks] == ["a", type(error).__name__, type(error).__name__]
    assert database.transactions == [["a"], ["b", "c"]]


async def test_who_has_waited_longer_than_patience_is_told_to_come_again(database: Database) -> None:
    first = database.hold(1)
    slow, late = database.send("slow"), database.send("late")
    await database.has("slow", "late")
    database.now = 3.1
    soon = database.send("soon")
    await database.has("soon")
    first.set()

    assert [await told(task) for task in (slow, late, soon)] == ["slow", "Busy", "soon"]
    assert database.transactions == [["slow"], ["soon"]]


async def test_a_request_that_waits_or_runs_is_not_taken_a_second_time(database: Database) -> None:
    first = database.hold(1)
    running, waiting = database.send("a"), database.send("b")
    await database.has("a", "b")

    assert [await told(database.send(name)) for name in "ab"] == [RequestRunning.__name__] * 2

    first.set()
    assert [await told(task) for task in (running, waiting)] == ["a", "b"]
    assert await told(database.send("a")) == "a", "afterwards the database answers it"


async def test_who_goes_away_while_waiting_is_left_out(database: Database) -> None:
    first = database.hold(1)
    tasks = [database.send(name) for name in "abc"]
    await database.has(*"abc")
    tasks[1].cancel()
    first.set()

    assert [await told(task) for task in tasks] == ["a", "CancelledError", "c"]
    assert database.transactions == [["a"], ["c"]]


async def test_who_is_ended_in_the_middle_leaves_the_others_with_an_unknown_outcome(database: Database) -> None:
    first, _ = database.hold(1), database.hold(2)
    blocked = database.send("b")
    tasks = [database.send(name) for name in "cd"]
    await database.has(*"bcd")
    first.set()
    await told(blocked)
    await eventually(lambda: len(database.transactions) == 2)
    assert database.transactions[-1] == ["c", "d"]
    tasks[0].cancel()

    assert [await told(task) for task in tasks] == ["CancelledError", "UnknownOutcome"]


async def test_a_transaction_has_an_end(database: Database) -> None:
    first = database.hold(1)
    tasks = [database.send(str(n)) for n in range(MOST + 3)]
    await database.has(*map(str, range(MOST + 3)))
    first.set()

    assert [await told(task) for task in tasks] == [str(n) for n in range(MOST + 3)]
    assert [len(each) for each in database.transactions] == [1, MOST, 2]
