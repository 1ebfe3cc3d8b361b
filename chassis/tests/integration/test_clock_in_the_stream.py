"""Time arrives in the log: nothing moves across a watermark, a frozen subject stands still, idle partitions cost two statements."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from parley_chassis.commands import Busy
from parley_chassis.parking import parked
from parley_chassis.positions import POSITIONS, place_id
from parley_contracts.topics import TICKETS


@dataclass
class Timer:
    """A clock whose every move is written down in the database, in the transaction that makes it."""

    notebook: Any
    due: int = 0
    fails: Exception | None = None
    asked: list[Mapping[tuple[str, int], datetime]] = field(default_factory=list)

    async def nothing_due(self, marks: Mapping[tuple[str, int], datetime]) -> bool:
        self.asked.append(dict(marks))
        if self.fails:
            raise self.fails
        return self.due == 0

    async def advance(self, tx: Any, topic: str, partition: int, at: datetime) -> bool:
        if self.fails:
            raise self.fails
        state = await tx.documents("timer").get("timer") or {"_id": "timer", "log": [], "done": 0}
        doing = min(500, self.due - state["done"])
        state["done"] += doing
        state["log"].append(["advance", at, doing, len(await self._texts(tx))])
        tx.documents("timer").put(state)
        return bool(state["done"] < self.due)

    async def freeze(self, tx: Any, topic: str, subject: str) -> None:
        await self._write(tx, ["freeze", subject, len(await self._texts(tx))])

    async def thaw(self, tx: Any, topic: str, subject: str, at: datetime | None) -> None:
        await self._write(tx, ["thaw", subject, at, len(await self._texts(tx))])

    async def _write(self, tx: Any, entry: list[Any]) -> None:
        state = await tx.documents("timer").get("timer") or {"_id": "timer", "log": [], "done": 0}
        state["log"].append(entry)
        tx.documents("timer").put(state)

    async def _texts(self, tx: Any) -> list[str]:
        note = await tx.documents("notes").get("a")
        return note["texts"] if note else []

    async def log(self) -> list[Any]:
        state = await self.notebook.database["timer"].find_one()
        return state["log"] if state else []


@pytest.fixture
def timer(notebook: Any) -> Timer:
    return Timer(notebook)


async def place(notebook: Any, partition: int = 0) -> dict[str, Any]:
    row: dict[str, Any] = await notebook.database[POSITIONS].find_one({"_id": place_id(TICKETS.name, partition)})
    return row


def after(log: Any, seconds: int) -> datetime:
    at: datetime = log.now - timedelta(seconds=100 - seconds)
    return at


async def test_each_watermark_is_applied_at_its_place_between_the_events(notebook: Any, timer: Timer, log: Any, handle: Any) -> None:
    one, two = after(log, 1), after(log, 2)
    batch = [log.event("a", 1), log.watermark(one), log.event("a", 2), log.event("b", 1), log.watermark(two), log.event("a", 3)]

    await handle(notebook.subscription(clock=timer), *batch)

    assert await timer.log() == [["advance", one, 0, 1], ["advance", two, 0, 2]]
    assert await notebook.marks("a") == [None, one, two]
    assert (await place(notebook))["watermark"] == two
    assert timer.asked == [], "a batch with events is no idle one"


async def test_a_repeated_or_older_watermark_says_nothing_new(notebook: Any, timer: Timer, log: Any, handle: Any) -> None:
    one, two = after(log, 1), after(log, 2)
    batch = [log.event("a", 1), log.watermark(two), log.watermark(one), log.watermark(two)]

    await handle(notebook.subscription(clock=timer), *batch)
    await handle(notebook.subscription(clock=timer), *batch)

    assert await timer.log() == [["advance", two, 0, 1]]


async def test_a_watermark_with_much_due_takes_several_transactions_and_is_stored_last(
    notebook: Any, timer: Timer, log: Any, handle: Any
) -> None:
    timer.due = 1_200
    one = after(log, 1)

    await handle(notebook.subscription(clock=timer), log.event("a", 1), log.watermark(one), log.event("a", 2))

    assert await timer.log() == [["advance", one, 500, 1], ["advance", one, 500, 1], ["advance", one, 200, 1]]
    assert await notebook.marks("a") == [None, one]


async def test_a_crash_between_those_transactions_loses_nothing(notebook: Any, timer: Timer, log: Any, handle: Any) -> None:
    timer.due = 1_200
    one = after(log, 1)
    batch = [log.event("a", 1), log.watermark(one), log.event("a", 2)]
    advance = timer.advance

    async def dying(tx: Any, *given: Any) -> bool:
        if len(await timer.log()) == 1:
            raise Busy
        return await advance(tx, *given)

    timer.advance = dying  # type: ignore[method-assign]
    with pytest.raises(Busy):
        await handle(notebook.subscription(clock=timer), *batch)
    assert (await place(notebook))["watermark"] is None
    timer.advance = advance  # type: ignore[method-assign]
    await handle(notebook.subscription(clock=timer), *batch)

    assert [entry[2] for entry in await timer.log()] == [500, 500, 200]
    assert await notebook.texts("a") == ["1", "2"]


async def test_idle_partitions_cost_one_question_and_one_statement(notebook: Any, timer: Timer, new_log: Any, handle: Any) -> None:
    logs = [new_log(partition=partition) for partition in range(6)]
    subscription = notebook.subscription(clock=timer)
    await handle(subscription, *(log.watermark(after(log, 1)) for log in logs))
    await notebook.database.command({"profile": 2})

    await handle(subscription, *(log.watermark(after(log, second)) for log in logs for second in (2, 3)))

    await notebook.database.command({"profile": 0})
    wanted = {"ns": f"{notebook.database.name}.{POSITIONS}"}
    seen = await notebook.database["system.profile"].find(wanted).to_list(None)
    assert [row["op"] for row in seen] == ["update"] * 6, "the profiler lists each update of the one statement"
    assert len({row["command"].get("txnNumber") or row.get("txnNumber") for row in seen} - {None}) <= 1
    assert timer.asked[-1] == {(TICKETS.name, partition): after(logs[0], 3) for partition in range(6)}
    assert {(await place(notebook, partition))["watermark"] for partition in range(6)} == {after(logs[0], 3)}
    assert (await place(notebook))["offset"] == 2
    assert await timer.log() == []


async def test_idle_partitions_with_something_due_move_one_watermark_at_a_time(notebook: Any, timer: Timer, log: Any, handle: Any) -> None:
    timer.due = 1
    await handle(notebook.subscription(clock=timer), log.watermark(after(log, 1)), log.watermark(after(log, 2)))

    assert [entry[1] for entry in await timer.log()] == [after(log, 1), after(log, 2)]


async def test_a_clock_that_fails_is_passed_over_and_the_events_go_on(notebook: Any, timer: Timer, log: Any, handle: Any) -> None:
    timer.fails = KeyError("cycle")
    subscription = notebook.subscription(clock=timer)

    await handle(subscription, log.event("a", 1), log.watermark(after(log, 1)), log.event("a", 2))
    await handle(subscription, log.watermark(after(log, 2)))
    assert await notebook.texts("a") == ["1", "2"]
    assert (await place(notebook))["watermark"] is None

    timer.fails = None
    await handle(subscription, log.event("a", 3), log.watermark(after(log, 3)))
    assert (await place(notebook))["watermark"] == after(log, 3)


async def test_a_parked_record_freezes_its_subject_once(notebook: Any, timer: Timer, log: Any, handle: Any) -> None:
    await handle(notebook.subscription(clock=timer), log.event("a", 1), log.event("a", 3), log.event("a", 4))

    assert await timer.log() == [["freeze", "a", 1]]


async def test_what_was_parked_follows_the_missing_event_with_its_own_watermarks(
    notebook: Any, timer: Timer, log: Any, handle: Any
) -> None:
    one, two, three = after(log, 1), after(log, 2), after(log, 3)
    subscription = notebook.subscription(clock=timer)
    await handle(subscription, log.event("a", 1), log.watermark(one), log.event("a", 3), log.watermark(two), log.event("a", 4))
    assert [row.sequence for row in await parked(notebook.database, subject="a")] == [3, 4]

    await handle(subscription, log.watermark(three), log.event("a", 2), log.event("a", 5))

    assert await notebook.texts("a") == ["1", "2", "3", "4", "5"]
    assert await notebook.marks("a") == [None, one, one, two, three], "the missing one takes the first parked one's"
    assert [entry for entry in await timer.log() if entry[0] != "advance"] == [["freeze", "a", 1], ["thaw", "a", three, 4]]
