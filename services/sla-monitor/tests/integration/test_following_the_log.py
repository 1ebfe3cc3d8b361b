"""Overdue exactly once, whatever is read again, and nothing lost when a transaction fails between two."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from parley_chassis import telemetry
from parley_chassis.positions import POSITIONS, place_id
from parley_contracts.partitions import partition_of
from parley_contracts.topics import TICKETS
from parley_contracts.words import Role
from sla_monitor.store import Due, Measures
from sla_monitor.testing import Log, T
from sla_monitor.use_cases import following, questions

HOUR = timedelta(hours=1)
SUBJECT = "019ab7c4-0001-7e31-9a52-6d0c4f1b8e01"
HERE = partition_of(SUBJECT.encode())


def same_partition(count: int) -> list[str]:
    """Ids of conversations that share a partition."""
    found, number = [], 0
    while len(found) < count:
        if partition_of(f"c-{number}".encode()) == HERE:
            found.append(f"c-{number}")
        number += 1
    return found


def kinds(rows: list[dict[str, Any]]) -> list[str]:
    return [row["type"].removeprefix("parley.response.").removesuffix(".v1") for row in rows]


async def test_a_conversation_that_nobody_answers_is_overdue_exactly_once(reader: Any, log: Log) -> None:
    await reader.read([log.created(SUBJECT), *log.watermarks(1 * HOUR)])
    await reader.read(log.watermarks(37 * HOUR))
    await reader.read(log.watermarks(48 * HOUR))
    await reader.read(log.watermarks(48 * HOUR + timedelta(milliseconds=1)))
    await reader.read(log.watermarks(60 * HOUR))

    told = await reader.told(subject=SUBJECT)
    assert kinds(told) == ["expected", "due_soon", "due_soon", "overdue"]
    assert [row["sequence"] for row in told] == [1, 2, 3, 4]


async def test_a_restart_and_a_redelivery_of_everything_change_nothing(reader: Any, log: Log) -> None:
    records = [
        log.created(SUBJECT),
        *log.watermarks(37 * HOUR),
        *log.watermarks(49 * HOUR),
        log.replied(SUBJECT, at=50 * HOUR),
        *log.watermarks(51 * HOUR),
    ]
    await reader.read(records)
    before = await reader.told(), await reader.rows("conversations"), await reader.rows("cycles")

    reader.restart()
    await reader.read(records)
    await reader.read([log.again(record) for record in records])
    for record in records:
        await reader.read([record])

    assert (await reader.told(), await reader.rows("conversations"), await reader.rows("cycles")) == before
    assert kinds(before[0]) == ["expected", "due_soon", "overdue", "settled"]


async def test_an_answer_in_the_same_batch_as_the_watermark_after_it_is_in_time(reader: Any, log: Log) -> None:
    await reader.read([log.created(SUBJECT), log.replied(SUBJECT, at=48 * HOUR), *log.watermarks(60 * HOUR)])

    assert kinds(await reader.told()) == ["expected", "settled"]


async def test_the_facts_of_a_conversation_share_its_thread_and_time_never_goes_back(reader: Any, log: Log) -> None:
    await reader.read([log.created(SUBJECT), *log.watermarks(49 * HOUR)])
    await reader.read([log.replied(SUBJECT, at=50 * HOUR), log.replied(SUBJECT, Role.BUYER, at=51 * HOUR)])

    told = await reader.told()
    assert kinds(told) == ["expected", "overdue", "settled", "expected"]
    assert {row["headers"]["ce_correlationid"] for row in told} == {log.first_ids[SUBJECT].encode()}
    assert [row["at"] for row in told] == sorted(row["at"] for row in told)


async def test_a_watermark_of_six_hundred_cycles_takes_several_transactions_and_the_last_one_stores_it(
    reader: Any, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = same_partition(600)
    await reader.read([log.created(id) for id in ids])
    let_time_pass, transactions = following.let_time_pass, []

    async def killed_once(*args: Any) -> bool:
        if len(transactions) == 1:
            transactions.append("killed")
            raise asyncio.CancelledError
        more = await let_time_pass(*args)
        transactions.append("more" if more else "done")
        return more

    monkeypatch.setattr(following, "let_time_pass", killed_once)
    answered = log.replied(ids[0], at=50 * HOUR)
    batch = [log.watermark(49 * HOUR, HERE), answered]
    with pytest.raises(asyncio.CancelledError):
        await reader.read(batch)
    overdue = await reader.told("overdue")
    place = (await reader.rows(POSITIONS, _id=place_id(TICKETS.name, HERE)))[0]

    await reader.read(batch)

    assert len(overdue) == 500
    assert place["watermark"] is None, "it is stored when all that it makes due is done"
    assert transactions == ["more", "killed", "done"]
    assert len(await reader.told("overdue")) == 600
    assert kinds(await reader.told("settled")) == ["settled"]
    place = (await reader.rows(POSITIONS, _id=place_id(TICKETS.name, HERE)))[0]
    assert (place["watermark"], place["offset"]) == (T + 49 * HOUR, answered.offset)


async def test_a_watermark_that_makes_nothing_due_costs_one_small_query_however_many_clocks_are_open(reader: Any, log: Log) -> None:
    await reader.read([log.created(f"c-{number}") for number in range(400)])
    await reader.read(log.watermarks(1 * HOUR))
    before = await reader.told(), await reader.rows("conversations")

    await reader.read(log.watermarks(2 * HOUR))

    assert (await reader.told(), await reader.rows("conversations")) == before
    assert {row["watermark"] for row in await reader.rows(POSITIONS, watermark={"$exists": True})} == {T + 2 * HOUR}
    places = [{"topic": TICKETS.name, "partition": number, "next": {"$lt": T + 3 * HOUR}} for number in range(6)]
    explained = await reader.database.command(
        "explain", {"find": "conversations", "filter": {"$or": places}, "limit": 1}, verbosity="executionStats"
    )
    assert explained["executionStats"]["totalDocsExamined"] == 0
    assert explained["executionStats"]["totalKeysExamined"] <= 6
    assert "COLLSCAN" not in str(explained["queryPlanner"]["winningPlan"])


async def test_it_is_known_whether_anything_is_due(reader: Any, log: Log) -> None:
    await reader.read([log.created(SUBJECT)])
    due = Due(reader.database)

    assert await due.nothing({(TICKETS.name, HERE): T + 36 * HOUR})
    assert not await due.nothing({(TICKETS.name, HERE): T + 37 * HOUR})
    assert await due.nothing({(TICKETS.name, (HERE + 1) % 6): T + 37 * HOUR})


async def test_a_batch_reads_all_its_conversations_at_once(reader: Any, log: Log) -> None:
    ids = same_partition(300)
    await reader.read([log.created(id) for id in ids])
    asked: list[str] = []
    collection = type(reader.database["conversations"])

    def counted(method: Any) -> Any:
        def count(self: Any, *args: Any, **kwargs: Any) -> Any:
            asked.append(self.name)
            return method(self, *args, **kwargs)

        return count

    with pytest.MonkeyPatch.context() as patch:
        for name in ("find", "find_one"):
            patch.setattr(collection, name, counted(getattr(collection, name)))
        await reader.read([log.replied(id, at=1 * HOUR) for id in ids])

    assert asked.count("conversations") == 1
    assert len(await reader.told("settled")) == 300


async def test_a_broken_watermark_promise_is_retracted_counted_and_alarmed(
    reader: Any, log: Log, capsys: pytest.CaptureFixture[str]
) -> None:
    retracted = 'parley_responses_retracted_total{market="de",reason="answered_in_time",side="seller"}'
    before = metrics().get(retracted, 0)

    await reader.read([log.created(SUBJECT), *log.watermarks(49 * HOUR), log.replied(SUBJECT, at=47 * HOUR), *log.watermarks(60 * HOUR)])

    assert kinds(await reader.told()) == ["expected", "overdue", "overdue_retracted", "settled"]
    assert metrics()[retracted] == before + 1
    assert "a watermark promise was broken" in capsys.readouterr().out
    row = (await reader.rows("cycles"))[0]
    assert (row["retracted"], row["settled"]["outcome"]) == ("answered_in_time", "met")


async def test_what_happened_to_cycles_is_measured_without_any_id(reader: Any, log: Log) -> None:
    settled = 'parley_responses_settled_total{market="de",outcome="late",side="seller"}'
    detected = 'parley_response_detection_seconds_count{market="de",side="seller"}'
    before = metrics()

    await reader.read([log.created(SUBJECT), *log.watermarks(49 * HOUR), log.replied(SUBJECT, at=50 * HOUR)])

    after = metrics()
    assert after[settled] == before.get(settled, 0) + 1
    assert after[detected] == before.get(detected, 0) + 1
    assert not [name for name in after if SUBJECT in name]


async def test_frozen_clocks_and_how_far_the_log_was_read_are_measured(reader: Any, log: Log) -> None:
    read_to = f'parley_clock_read_to_timestamp_seconds{{topic="{TICKETS.name}"}}'
    measures = Measures(reader.database)
    await reader.read([log.created(SUBJECT), log.watermark(1 * HOUR, HERE)])
    log.sequences[SUBJECT] += 1
    await reader.read([log.replied(SUBJECT, at=2 * HOUR)])

    await measures.take()
    early = metrics()
    await reader.read([*log.watermarks(3 * HOUR), log.watermark(4 * HOUR, HERE)])
    await measures.take()

    assert (early["parley_frozen_clocks"], early[read_to]) == (1, 0)
    assert metrics()[read_to] == (T + 3 * HOUR).timestamp()
    assert [kept.conversation.id for kept in await reader.transact(questions.list_frozen, limit=10)] == [SUBJECT]


def metrics() -> dict[str, float]:
    """Every series that `/metrics` shows."""
    lines = (line for line in telemetry.exposition().decode().splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}
