"""A compacted topic holds the newest state of each subject: the newest record counts, a tombstone erases, poison freezes nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from parley_chassis.decisions import DECISIONS, Verb, decide
from parley_chassis.parking import PARKED, REFUSED, Poison, parked
from parley_chassis.positions import POSITIONS, place_id
from parley_contracts.topics import PARTIES
from parley_contracts.watermark import TICK_KEY, tick_record

ABOUT_P = {"topic": PARTIES.name, "subject": "p", "by": "oncall-1", "reason": "looked at"}


@pytest.fixture
def parties(new_log: Any) -> Any:
    return new_log(topic=PARTIES)


@pytest.fixture
def subscription(notebook: Any) -> Any:
    made = notebook.subscription(topics=[PARTIES])

    async def erase(unit: Any, tombstone: Any) -> None:
        if failure := notebook.fails.get("tombstone"):
            raise failure
        unit.documents("notes").put({"_id": tombstone.subject, "texts": [f"erased at {tombstone.time.isoformat()}"], "marks": []})

    made.on_tombstone(PARTIES, erase)
    return made


async def test_an_older_record_is_dropped_and_of_the_same_time_the_higher_offset_wins(
    notebook: Any, subscription: Any, parties: Any, handle: Any
) -> None:
    now = parties.now
    batch = [
        parties.event("p", None, "first", time=now),
        parties.event("p", None, "older", time=now - timedelta(seconds=1)),
        parties.event("p", None, "same time", id="3", time=now),
        parties.event("p", None, "newer", id="4", time=now + timedelta(seconds=1, microseconds=1)),
    ]
    await handle(subscription, *batch)
    await handle(subscription, *batch)

    assert await notebook.texts("p") == ["first", "same time", "newer"]


async def test_a_tombstone_erases_and_what_is_older_does_not_come_back(notebook: Any, subscription: Any, parties: Any, handle: Any) -> None:
    now = parties.now
    await handle(
        subscription,
        parties.event("p", None, "known", time=now - timedelta(seconds=9)),
        parties.tombstone("p", time=now - timedelta(seconds=5)),
        parties.event("p", None, "late", time=now - timedelta(seconds=6)),
    )
    assert await notebook.texts("p") == [f"erased at {(now - timedelta(seconds=5)).isoformat()}"]

    row = await notebook.database[POSITIONS].find_one({"_id": f"{PARTIES.name}/p"})
    assert row is not None
    assert timedelta(days=29) < row["expires"] - datetime.now(UTC) < timedelta(days=31)
    index = (await notebook.database[POSITIONS].index_information())["expires_1"]
    assert index["expireAfterSeconds"] == 0

    await handle(subscription, parties.event("p", None, "again", id="5", time=now))
    assert (await notebook.texts("p"))[-1] == "again"
    assert "expires" not in await notebook.database[POSITIONS].find_one({"_id": f"{PARTIES.name}/p"})


async def test_an_erasure_with_more_to_do_goes_on_in_further_transactions(notebook: Any, parties: Any, handle: Any) -> None:
    async def erase(unit: Any, tombstone: Any) -> bool:
        row = await unit.documents("notes").get(tombstone.subject) or {"_id": tombstone.subject, "texts": [], "marks": []}
        unit.documents("notes").put({**row, "texts": [*row["texts"], unit.now.isoformat()]})
        return len(row["texts"]) < 2

    made = notebook.subscription(topics=[PARTIES])
    made.on_tombstone(PARTIES, erase)

    tombstone = parties.tombstone("p")
    await handle(made, tombstone)
    await handle(made, tombstone)

    assert len(set(await notebook.texts("p"))) == 3


async def test_a_tombstone_without_headers_has_the_time_of_its_record(notebook: Any, subscription: Any, parties: Any, handle: Any) -> None:
    await handle(subscription, parties.tombstone("p"))

    assert await notebook.texts("p") == [f"erased at {parties.now.isoformat()}"]


async def test_structured_mode_is_read(notebook: Any, subscription: Any, parties: Any, handle: Any) -> None:
    body = (
        b'{"specversion": "1.0", "id": "x", "source": "/shop", "type": "parley.reply.posted.v1", "subject": "p",'
        b' "time": "2026-11-24T12:00:00Z", "data": {"text": "structured"}}'
    )
    await handle(subscription, parties.raw(key=b"p", value=body, headers=[("content-type", b"application/cloudevents+json")]))

    assert await notebook.texts("p") == ["structured"]


async def test_a_tick_says_how_far_its_topic_was_read_and_else_nothing(notebook: Any, subscription: Any, parties: Any, handle: Any) -> None:
    headers, value = tick_record(id="t", source="/shop", time=parties.now)

    await handle(subscription, parties.event("p", None, "known"))
    await handle(subscription, parties.raw(key=TICK_KEY, value=value, headers=headers))

    place = await notebook.database[POSITIONS].find_one({"_id": place_id(PARTIES.name, 0)})
    assert place is not None
    assert place["offset"] == 1
    assert await parked(notebook.database) == []
    assert await notebook.database[REFUSED].count_documents({}) == 0
    assert await notebook.database[POSITIONS].count_documents({"time": {"$exists": True}}) == 1


async def test_poison_is_parked_and_the_next_record_replaces_it(notebook: Any, subscription: Any, parties: Any, handle: Any) -> None:
    notebook.fails["bad"] = Poison("no such market")
    await handle(
        subscription,
        parties.event("p", None, "bad"),
        parties.event("p", None, value=b"{"),
        parties.raw(key=b"p", value=b"{}"),
        parties.event("p", None, "good"),
    )

    assert await notebook.texts("p") == ["good"]
    assert [row.reason[:14] for row in await parked(notebook.database, subject="p")] == [
        "no such market",
        "data: Invalid ",
        "ce_specversion",
    ]


async def test_an_erasure_takes_the_parked_records_of_its_subject_with_it(
    notebook: Any, subscription: Any, parties: Any, handle: Any
) -> None:
    await handle(subscription, parties.event("p", None, value=b"{"), parties.event("q", None, value=b"{"))

    await handle(subscription, parties.tombstone("p"))

    assert [row.subject for row in await parked(notebook.database)] == ["q"]


async def test_a_tombstone_that_cannot_be_applied_is_parked_and_can_be_redriven(
    notebook: Any, subscription: Any, parties: Any, handle: Any
) -> None:
    notebook.fails["tombstone"] = Poison("still in an open ticket")
    await handle(subscription, parties.event("p", None, "known"), parties.tombstone("p"))
    assert await notebook.texts("p") == ["known"]

    notebook.fails.clear()
    await decide(notebook.database, Verb.REDRIVE, id="d1", **ABOUT_P)
    assert await subscription.carry_out() == 1

    assert (await notebook.texts("p"))[0].startswith("erased")
    assert await parked(notebook.database) == []


async def test_a_redriven_record_does_not_replace_a_newer_one(notebook: Any, subscription: Any, parties: Any, handle: Any) -> None:
    notebook.fails["old"] = Poison("no such market")
    await handle(subscription, parties.event("p", None, "old"), parties.event("p", None, "new"))
    notebook.fails.clear()

    await decide(notebook.database, Verb.REDRIVE, id="d1", **ABOUT_P)
    await subscription.carry_out()

    assert await notebook.texts("p") == ["new"]
    assert await parked(notebook.database) == []


async def test_a_person_may_discard_and_has_no_gap_to_release(notebook: Any, subscription: Any, parties: Any, handle: Any) -> None:
    await handle(subscription, parties.event("p", None, value=b"{"))
    await decide(notebook.database, Verb.RELEASE, id="d1", **ABOUT_P)
    await decide(notebook.database, Verb.REDRIVE, id="d2", **ABOUT_P)
    await decide(notebook.database, Verb.DISCARD, id="d3", **ABOUT_P)

    await subscription.carry_out()

    results = [row["result"] for row in await notebook.database[DECISIONS].find().sort("_id", 1).to_list(None)]
    assert [result.split(":")[0] for result in results] == ["refused", "still parked", "done"]
    assert await parked(notebook.database) == []


async def test_what_is_refused_on_a_restricted_topic_is_kept_without_its_value(
    notebook: Any, subscription: Any, parties: Any, handle: Any
) -> None:
    await handle(subscription, parties.event("p", None, "an address", ce_subject=b"q"))

    row = await notebook.database[REFUSED].find_one()
    assert row is not None
    assert row["value"] is None
    assert row["key"] == b"p"
    assert await notebook.database[PARKED].count_documents({}) == 0
