"""Whatever stands in the log: a reason is kept, only its own conversation stops, everything behind it goes on."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from parley_chassis import parking
from parley_chassis.decisions import Verb, decide
from parley_contracts.topics import INQUIRIES, TICKETS
from sla_monitor.domain.policy import Policy
from sla_monitor.testing import Log, T
from sla_monitor.use_cases.policies import adopt

HOUR = timedelta(hours=1)
GOOD, BAD = "c-7", "c-13"
ASKED = {"by": "oncall-1", "reason": "looked at"}


@pytest.fixture
async def both(reader: Any, log: Log) -> Any:
    """Two conversations of one partition, both waiting."""
    first, second = log.created(GOOD), log.created(BAD)
    assert first.partition == second.partition
    await reader.read([first, second, log.watermark(1 * HOUR, first.partition)])
    return reader


async def overdue(reader: Any) -> list[str]:
    return [row["key"] for row in await reader.told("overdue.v1")]


def with_headers(written: Any, **changes: bytes | None) -> Any:
    return replace(written, headers=tuple((name, changes.get(name, value)) for name, value in written.headers))


POISON = {
    "a header that is not UTF-8": lambda written: with_headers(written, ce_source=b"\xff\xfe"),
    "a header that is null": lambda written: with_headers(written, ce_id=None),
    "no headers at all": lambda written: replace(written, headers=()),
    "a sequence that is no number": lambda written: with_headers(written, ce_sequence=b"two"),
    "a time that is none": lambda written: with_headers(written, ce_time=b"yesterday"),
    "data that is no JSON": lambda written: replace(written, value=b"{"),
    "data that is not UTF-8": lambda written: replace(written, value=b"\xff"),
    "data of another shape": lambda written: replace(written, value=b"[]"),
    "data with a field of another type": lambda written: replace(written, value=written.value.replace(b'"length":10', b'"length":"ten"')),
    "data without a field": lambda written: replace(written, value=b'{"number": "T-1"}'),
    "a null value": lambda written: replace(written, value=None),
}


@pytest.mark.parametrize("spoil", POISON.values(), ids=POISON.keys())
async def test_poison_freezes_its_own_conversation_alone(spoil: Any, both: Any, log: Log) -> None:
    bad = spoil(log.replied(BAD, at=2 * HOUR))
    good = log.replied(GOOD, at=3 * HOUR)

    await both.read([bad, good, log.watermark(100 * HOUR, bad.partition)])

    parked = await parking.parked(both.database)
    assert [(row.subject, bool(row.reason)) for row in parked] == [(BAD, True)]
    assert await overdue(both) == []
    assert [row["key"] for row in await both.told("settled")] == [GOOD]
    kept = (await both.rows("conversations", _id=BAD))[0]
    assert kept["frozen"]
    assert "next" not in kept


async def test_a_gap_holds_the_clock_until_the_missing_record_comes(both: Any, log: Log) -> None:
    missing = log.replied(BAD, at=2 * HOUR)
    partition = missing.partition
    await both.read([log.replied(BAD, at=3 * HOUR), log.watermark(100 * HOUR, partition)])
    assert await overdue(both) == [GOOD]

    await both.read([log.again(missing)])

    assert await overdue(both) == [GOOD]
    assert [row["key"] for row in await both.told("settled")] == [BAD]
    assert not await parking.parked(both.database)


async def test_what_a_person_discards_is_counted_as_read_and_time_goes_on(both: Any, log: Log) -> None:
    bad = replace(log.replied(BAD, at=2 * HOUR), value=b"{")
    await both.read([bad, log.watermark(100 * HOUR, bad.partition)])

    await decide(both.database, Verb.DISCARD, id="decision-1", topic=TICKETS.name, subject=BAD, **ASKED)
    await both.follower.carry_out()

    assert sorted(await overdue(both)) == [BAD, GOOD]


async def test_a_market_without_a_policy_is_parked_until_it_has_one(reader: Any, log: Log) -> None:
    record = log.created(BAD, market="atlantis")
    await reader.read([record, log.watermark(1 * HOUR, record.partition)])
    parked = await parking.parked(reader.database)
    assert "market atlantis has no response policy; add its file" in parked[0].reason

    await reader.transact(adopt, {"de": Policy(), "atlantis": Policy()})
    await decide(reader.database, Verb.REDRIVE, id="decision-1", topic=TICKETS.name, subject=BAD, **ASKED)
    await reader.follower.carry_out()

    assert not await parking.parked(reader.database)
    assert [row["type"] for row in await reader.told()] == ["parley.response.expected.v1"]


async def test_the_same_id_on_both_topics_is_parked_and_disturbs_no_clock(both: Any, log: Log) -> None:
    other = Log().created(BAD)
    other = replace(other, topic=INQUIRIES.name)
    await both.read([other, log.watermark(100 * HOUR, other.partition)])

    parked = await parking.parked(both.database)
    assert [(row.topic, "same id" in row.reason) for row in parked] == [(INQUIRIES.name, True)]
    assert sorted(await overdue(both)) == [BAD, GOOD]


async def test_two_records_that_claim_one_sequence_count_once(both: Any, log: Log) -> None:
    reply = log.replied(BAD, at=2 * HOUR)
    rival = with_headers(log.again(reply), ce_id=b"another-id")

    await both.read([reply, rival])

    assert [row["key"] for row in await both.told("settled")] == [BAD]


async def test_types_and_fields_of_the_future_are_passed_over(both: Any, log: Log) -> None:
    future = with_headers(log.replied(BAD, at=2 * HOUR), ce_type=b"parley.ticket.sung.v1")
    version = with_headers(log.replied(BAD, at=3 * HOUR), ce_type=b"parley.reply.posted.v2")
    known = log.replied(BAD, at=4 * HOUR)
    assert known.value
    known = replace(known, value=known.value.replace(b'"length":10', b'"length":10,"mood":"good"').replace(b'"ticket"', b'"riddle"'))

    await both.read([future, version, known])

    assert [row["key"] for row in await both.told("settled")] == [BAD]
    assert not await parking.parked(both.database)


REFUSED = {
    "no key": lambda written: replace(written, key=None),
    "a key that is not UTF-8": lambda written: replace(written, key=b"\xff"),
    "a key that is not the subject": lambda written: replace(written, key=b"c-19"),
    "a time far ahead": lambda written: with_headers(written, ce_time=b"2099-01-01T00:00:00.000Z"),
}


@pytest.mark.parametrize("spoil", REFUSED.values(), ids=REFUSED.keys())
async def test_what_cannot_come_from_a_relay_holds_nothing(spoil: Any, both: Any, log: Log) -> None:
    refused = spoil(Log().replied(BAD, at=2 * HOUR))
    refused = replace(refused, partition=log.replied(GOOD, at=2 * HOUR).partition, offset=100)

    await both.read([refused, log.watermark(100 * HOUR, refused.partition)])

    assert len(await both.rows("refused")) == 1
    assert sorted(await overdue(both)) == [BAD, GOOD]


async def test_a_watermark_from_the_future_makes_nothing_overdue(both: Any, log: Log) -> None:
    mark = log.watermark(timedelta(days=9999), log.created("c-19").partition)
    broken = replace(log.again(mark), value=b'{"at": "soon"}')

    await both.read([mark, broken])

    assert await overdue(both) == []
    assert len(await both.rows("refused")) == 2


async def test_times_at_the_edge_of_the_calendar_do_not_stop_the_partition(both: Any, log: Log) -> None:
    ancient = with_headers(log.created("c-19"), ce_time=b"0001-01-01T00:00:00.000Z")
    ancient = replace(ancient, partition=log.replied(GOOD, at=2 * HOUR).partition, offset=50)

    await both.read([ancient, log.watermark(3 * HOUR, ancient.partition)])

    told = await both.told(subject="c-19")
    assert [row["type"] for row in told] == ["parley.response.expected.v1"], "it starts after the watermark before it"
    cycle = (await both.rows("cycles", conversation_id="c-19"))[0]
    assert cycle["cycle"]["start"] == T + 1 * HOUR + timedelta(milliseconds=1)
