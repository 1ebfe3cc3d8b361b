"""Each event of a partition is applied exactly once and in order, or parked where a person sees it; nothing blocks the partition."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from parley_chassis.commands import Busy
from parley_chassis.delivery import ATTEMPTS, RECORDS
from parley_chassis.parking import PARKED, REFUSED, Poison, parked
from parley_chassis.testing import eventually
from parley_contracts.topics import INQUIRIES, TICKETS


def counted(outcome: str, topic: str = TICKETS.name) -> float:
    return RECORDS.labels("test", topic, outcome)._value.get()


async def reasons(notebook: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in await parked(notebook.database):
        found.setdefault(row.subject, []).append(row.reason.partition(", line ")[0])
    return found


async def refused(notebook: Any) -> list[str]:
    return [row["reason"] for row in await notebook.database[REFUSED].find().sort("offset", 1).to_list(None)]


async def test_events_are_applied_in_order_and_once_however_often_they_come(notebook: Any, log: Any, handle: Any) -> None:
    subscription = notebook.subscription()
    first = [log.event("a", 1), log.event("b", 1), log.event("a", 2)]

    await handle(subscription, *first)
    await handle(subscription, *first, log.event("a", 3), log.event("a", 2), log.event("b", 2))
    await handle(notebook.subscription(), *first)

    assert await notebook.texts("a") == ["1", "2", "3"]
    assert await notebook.texts("b") == ["1", "2"]
    assert await notebook.database["outbox"].count_documents({}) == 5, "one effect each"


async def test_sequences_belong_to_a_topic_and_a_subject(notebook: Any, new_log: Any, handle: Any) -> None:
    subscription = notebook.subscription(topics=[TICKETS, INQUIRIES])
    tickets, inquiries = new_log(), new_log(topic=INQUIRIES)

    await handle(subscription, tickets.event("a", 1, "ticket"), inquiries.event("a", 1, "inquiry", id="other"))

    assert sorted(await notebook.texts("a")) == ["inquiry", "ticket"]


async def test_a_type_that_nobody_knows_moves_the_sequence(notebook: Any, log: Any, handle: Any) -> None:
    await handle(notebook.subscription(), log.event("a", 1), log.event("a", 2, type="parley.unheard.of.v9", value=b"{"), log.event("a", 3))

    assert await notebook.texts("a") == ["1", "3"]
    assert await reasons(notebook) == {}


async def test_two_events_with_one_sequence_are_an_alarm(notebook: Any, log: Any, handle: Any) -> None:
    before = counted("conflicting")
    await handle(notebook.subscription(), log.event("a", 1), log.event("a", 1), log.event("a", 1, id="another"))

    assert counted("conflicting") == before + 1
    assert await notebook.texts("a") == ["1"]


async def test_a_batch_is_prefetched_once_with_all_that_it_holds(notebook: Any, log: Any, handle: Any) -> None:
    await handle(notebook.subscription(), log.event("a", 1), log.event("b", 1, "two"), log.event("b", 2, type="parley.unheard.of.v9"))

    assert notebook.prefetched == [["1", "two"]]


async def test_a_gap_freezes_its_subject_alone_and_closes_when_the_missing_event_comes(notebook: Any, log: Any, handle: Any) -> None:
    subscription = notebook.subscription()

    await handle(subscription, log.event("a", 1), log.event("a", 3), log.event("b", 1), log.event("a", 4), log.event("a", 3))
    assert await notebook.texts("a") == ["1"]
    assert await notebook.texts("b") == ["1"]
    assert await reasons(notebook) == {"a": ["sequence 2 is missing before it", "a record of its subject is parked before it"]}

    await handle(subscription, log.event("a", 5), log.event("a", 2), log.event("a", 6))
    assert await notebook.texts("a") == ["1", "2", "3", "4", "5", "6"]
    assert await reasons(notebook) == {}


async def test_of_two_gaps_each_closes_by_itself(notebook: Any, log: Any, handle: Any) -> None:
    subscription = notebook.subscription()
    await handle(subscription, log.event("a", 1), log.event("a", 5), log.event("a", 3))

    await handle(subscription, log.event("a", 2))
    assert await notebook.texts("a") == ["1", "2", "3"]

    await handle(subscription, log.event("a", 4), log.event("a", 6))
    assert await notebook.texts("a") == ["1", "2", "3", "4", "5", "6"]


async def test_the_first_event_of_a_subject_has_sequence_one(notebook: Any, log: Any, handle: Any) -> None:
    await handle(notebook.subscription(), log.event("a", 2), first=0)

    assert await reasons(notebook) == {"a": ["sequence 1 is missing before it"]}


async def test_where_records_were_gone_before_the_group_began_a_subject_may_begin_anywhere(notebook: Any, log: Any, handle: Any) -> None:
    before = counted("partial")
    await handle(notebook.subscription(), log.event("a", 7), log.event("a", 8), log.event("a", 10), first=40)
    # Where the group began is kept: what is readable later does not matter.
    await handle(notebook.subscription(), log.event("b", 3), first=0)

    assert await notebook.texts("a") == ["7", "8"]
    assert await notebook.texts("b") == ["3"]
    assert counted("partial") == before + 2
    assert await reasons(notebook) == {"a": ["sequence 9 is missing before it"]}


@pytest.mark.parametrize(
    ("spoiled", "reason"),
    [
        ({"ce_time": b"\xff\xfe"}, "a header is not UTF-8"),
        ({"ce_id": None}, "ce_id is missing"),
        ({"ce_specversion": b"0.3"}, "ce_specversion is not 1.0"),
        ({"ce_sequence": b""}, "ce_sequence is missing"),
        ({"ce_sequence": b"nine"}, "ce_sequence is not a decimal number"),
        ({"value": b"{not json"}, "data: Invalid JSON"),
        ({"value": b"[]"}, "data: Input should be an object"),
        ({"value": b'{"text": 5}'}, "text: Input should be a valid string"),
        ({"value": b"\xff\xfe\x00"}, "data: Invalid JSON"),
    ],
)
async def test_poison_is_parked_whole_and_freezes_its_subject(
    notebook: Any, log: Any, handle: Any, spoiled: dict[str, Any], reason: str
) -> None:
    poison = log.event("a", 2, **spoiled)
    await handle(notebook.subscription(), log.event("a", 1), poison, log.event("a", 3), log.event("b", 1))

    assert await notebook.texts("a") == ["1"]
    assert await notebook.texts("b") == ["1"]
    rows = await parked(notebook.database, subject="a")
    assert len(rows) == 2
    assert rows[0].reason.startswith(reason)
    kept = await notebook.database[PARKED].find_one({"offset": poison.offset})
    assert kept is not None
    assert (kept["key"], kept["value"]) == (poison.key, poison.value)
    assert [tuple(header) for header in kept["headers"]] == list(poison.headers)


async def test_a_header_that_no_contract_knows_may_hold_anything(notebook: Any, log: Any, handle: Any) -> None:
    event = log.event("a", 1)
    event.headers = (*event.headers, ("x-null", None), ("x-binary", b"\xff\xfe"), ("reply_to", b"evil"))

    await handle(notebook.subscription(), event)

    assert await notebook.texts("a") == ["1"]


async def test_a_null_value_on_a_topic_without_tombstones_is_parked(notebook: Any, log: Any, handle: Any) -> None:
    event = log.event("a", 1)
    event.value = None

    await handle(notebook.subscription(), event)

    assert (await reasons(notebook))["a"] == ["the value is null, and this topic has no tombstones"]


async def test_what_the_handler_calls_poison_leaves_no_trace_but_its_parked_record(notebook: Any, log: Any, handle: Any) -> None:
    notebook.fails["2"] = Poison("the order is from another market")

    await handle(notebook.subscription(), log.event("a", 1), log.event("b", 1), log.event("a", 2), log.event("b", 2, "fine"))

    assert await notebook.texts("a") == ["1"]
    assert await notebook.texts("b") == ["1", "fine"]
    assert await reasons(notebook) == {"a": ["the order is from another market"]}
    assert await notebook.database["outbox"].count_documents({}) == 3


async def test_a_batch_full_of_poison_is_parked_without_running_again_for_each(notebook: Any, log: Any, handle: Any) -> None:
    notebook.fails["bad"] = Poison("bad")
    events = [log.event(f"s{number}", 1, "bad") for number in range(40)]

    await handle(notebook.subscription(), *events, log.event("a", 1))

    assert len(await reasons(notebook)) == 40
    assert await notebook.texts("a") == ["1"]


async def test_a_handler_that_keeps_failing_gets_five_attempts_and_then_the_record_is_parked(notebook: Any, log: Any, handle: Any) -> None:
    notebook.fails["2"] = KeyError("lena@example.org")

    await handle(notebook.subscription(), log.event("a", 1), log.event("a", 2), log.event("b", 1))

    assert await notebook.texts("a") == ["1"]
    assert await notebook.texts("b") == ["1"]
    assert await reasons(notebook) == {"a": ["KeyError in conftest.py"]}, "what was raised and where, and nothing of its text"
    # Once in the batch, which counts for nobody; five times alone.
    assert [batch for batch in notebook.prefetched if "2" in batch] == [["1", "2", "1"], *([["2"]] * 6)]
    assert await notebook.database[ATTEMPTS].count_documents({}) == 0


async def test_attempts_are_counted_through_a_restart(notebook: Any, log: Any, handle: Any) -> None:
    notebook.fails["1"] = KeyError("seller")
    events = [log.event("a", 1)]
    interrupted = asyncio.create_task(handle(notebook.subscription(pauses=(0.0, 0.0, 60.0, 0.0)), *events))
    await eventually(lambda: notebook.database[ATTEMPTS].count_documents({"count": 3}))
    interrupted.cancel()
    await asyncio.wait({interrupted})

    notebook.prefetched.clear()
    await handle(notebook.subscription(), *events)

    assert await reasons(notebook) == {"a": ["KeyError in conftest.py"]}
    assert len(notebook.prefetched) == 4, "in the batch, twice alone, and once to park it"


async def test_a_record_that_recovers_is_applied_and_its_attempts_are_forgotten(notebook: Any, log: Any, handle: Any) -> None:
    notebook.fails["1"] = KeyError("seller")
    notebook.recovers_after["1"] = 4

    await handle(notebook.subscription(), log.event("a", 1))

    assert await notebook.texts("a") == ["1"]
    assert await notebook.database[ATTEMPTS].count_documents({}) == 0
    assert await reasons(notebook) == {}


async def test_a_fault_of_the_database_is_raised_counts_no_attempt_and_the_batch_comes_again(notebook: Any, log: Any, handle: Any) -> None:
    notebook.fails["1"] = Busy()
    subscription = notebook.subscription()
    events = [log.event("a", 1)]

    with pytest.raises(Busy):
        await handle(subscription, *events)
    assert await notebook.database[ATTEMPTS].count_documents({}) == 0
    notebook.fails.clear()
    await handle(subscription, *events)

    assert await notebook.texts("a") == ["1"]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (lambda log: log.raw(key=None, value=b"{}"), "the key is missing"),
        (lambda log: log.raw(key=b"", value=b"{}"), "the key is missing"),
        (lambda log: log.raw(key=b"\xff\xfe", value=b"{}"), "the key is not UTF-8"),
        (lambda log: log.raw(key=b"k" * 600, value=b"{}"), "the key is not UTF-8 text of at most 512 bytes"),
        (lambda log: log.event("a", 1, ce_subject=b"b"), "the key is not the event's subject"),
        (lambda log: log.event("a", 1, time=log.now + timedelta(seconds=61)), "the event's time is more than 60 s ahead"),
        (lambda log: log.raw(key=None, value=b"{", headers=[("ce_type", b"parley.watermark.v1")]), "the watermark's data"),
        (lambda log: log.watermark(log.now + timedelta(seconds=61)), "the watermark is more than 60 s ahead"),
    ],
)
async def test_what_cannot_come_from_a_relay_is_refused_and_holds_nothing_up(
    notebook: Any, log: Any, handle: Any, record: Any, reason: str
) -> None:
    spoiled = record(log)
    await handle(notebook.subscription(), spoiled, log.event("a", 1))
    await handle(notebook.subscription(), spoiled)

    assert await notebook.texts("a") == ["1"]
    assert [each.startswith(reason) for each in await refused(notebook)] == [True]
    assert await reasons(notebook) == {}


async def test_an_event_just_within_a_minute_ahead_is_accepted(notebook: Any, log: Any, handle: Any) -> None:
    await handle(notebook.subscription(), log.event("a", 1, time=log.now + timedelta(seconds=60)))

    assert await notebook.texts("a") == ["1"]


async def test_a_service_without_a_clock_does_no_database_work_for_watermarks(notebook: Any, log: Any, handle: Any) -> None:
    await notebook.database.command({"profile": 2})

    await handle(notebook.subscription(), *(log.watermark(log.now + timedelta(seconds=n)) for n in range(3)))

    await notebook.database.command({"profile": 0})
    seen = await notebook.database["system.profile"].find({"ns": {"$ne": f"{notebook.database.name}.system.profile"}}).to_list(None)
    assert [row for row in seen if row["op"] != "command"] == []


async def test_a_long_batch_takes_several_transactions(notebook: Any, log: Any, handle: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parley_chassis.delivery.LONGEST", -1.0)

    await handle(notebook.subscription(), *(log.event("a", n) for n in range(1, 6)))

    assert await notebook.texts("a") == ["1", "2", "3", "4", "5"]
    assert len(notebook.prefetched) == 5
