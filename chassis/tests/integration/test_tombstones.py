"""A tombstone is written again an hour later, through restarts, and erases nobody who came back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from parley_chassis.mongo import Database, Transactions, Unit
from parley_chassis.parking import PARKED
from parley_chassis.positions import POSITIONS, place_id, subject_id
from parley_chassis.relay import tombstones
from parley_chassis.relay.sending import NotSent
from parley_chassis.relay.tombstones import LATER, any_due, unread, write_again
from parley_contracts.envelope import Envelope
from parley_contracts.partitions import partition_of
from parley_contracts.topics import GUESTS, ORDERS, PARTIES, Topic

WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


async def write(database: Database, subject: str, value: bytes | None, *, topic: Topic = PARTIES, at: datetime = WRITTEN) -> None:
    envelope = Envelope(
        id=f"{subject}-{topic.name}-{value!r}",
        source="/marketplace",
        type="parley.party.changed.v1",
        subject=subject,
        time=at,
        sequence=None,
        dataschema="urn:x",
        correlationid="c",
        causationid="command:1",
        value=value,
    )

    async def tell(unit: Unit) -> None:
        unit.outbox.add(envelope, topic, written=WRITTEN)

    await Transactions(database, lambda unit: unit)(tell)


class Log:
    """What was sent, unless Kafka is down."""

    def __init__(self) -> None:
        self.records: list[tuple[str, str, bytes | None, bytes]] = []
        self.down = False

    async def __call__(self, rows: list[dict[str, Any]]) -> None:
        if self.down:
            raise NotSent
        self.records += [(row["topic"], row["key"], row["value"], row["headers"]["ce_time"]) for row in rows]

    @property
    def subjects(self) -> list[str]:
        return [subject for _, subject, _, _ in self.records]


async def test_it_is_written_again_an_hour_later_and_then_no_more(service_database: Database) -> None:
    log = Log()
    await write(service_database, "gone", None)
    await write(service_database, "there", b"{}")

    assert await write_again(service_database, WRITTEN + HOUR - timedelta(milliseconds=1), log) == 0
    assert await write_again(service_database, WRITTEN + HOUR, log) == 1
    assert await write_again(service_database, WRITTEN + 9 * HOUR, log) == 0

    assert log.records == [(PARTIES.name, "gone", None, b"2026-01-01T00:00:00.000Z")]


async def test_what_kafka_did_not_take_is_written_by_the_next_relay(service_database: Database) -> None:
    log = Log()
    await write(service_database, "gone", None)
    log.down = True
    with pytest.raises(NotSent):
        await write_again(service_database, WRITTEN + HOUR, log)
    log.down = False

    assert await write_again(service_database, WRITTEN + HOUR, log) == 1


async def test_who_came_back_is_not_erased_by_the_old_tombstone(service_database: Database) -> None:
    """Compaction keeps the last record: behind the newer word the tombstone would take it away."""
    log = Log()
    for subject in ("told", "heard", "erased", "elsewhere"):
        await write(service_database, subject, None)
    await write(service_database, "told", b"{}", at=WRITTEN + timedelta(minutes=5))
    await write(service_database, "elsewhere", b"{}", topic=ORDERS)
    later = {"heard": WRITTEN + timedelta(minutes=5), "erased": WRITTEN}
    await service_database[POSITIONS].insert_many(
        [{"_id": subject_id(PARTIES.name, subject), "time": time, "offset": 7} for subject, time in later.items()]
    )

    assert await write_again(service_database, WRITTEN + HOUR, log) == 2
    assert sorted(log.subjects) == ["elsewhere", "erased"]
    assert await write_again(service_database, WRITTEN + 9 * HOUR, log) == 0


async def test_who_comes_back_while_it_is_sent_stands_behind_it(service_database: Database) -> None:
    log = Log()
    await write(service_database, "gone", None)
    await write(service_database, "back", None)

    async def told_meanwhile(rows: list[dict[str, Any]]) -> None:
        if not log.records:
            await write(service_database, "back", b"{}", at=WRITTEN + HOUR)
        await log(rows)

    assert await write_again(service_database, WRITTEN + HOUR, told_meanwhile) == 2

    assert [value for _, subject, value, _ in log.records if subject == "back"] == [None, b"{}"]


async def test_it_waits_where_the_topic_is_read_late(service_database: Database) -> None:
    """What the marketplace wrote since is not known yet: the tombstone behind it would be what compaction keeps."""
    log = Log()
    for subject in ("gone", "late"):
        await write(service_database, subject, None)
    behind = {(PARTIES.name, partition_of(b"late"))}
    assert partition_of(b"gone") != partition_of(b"late")

    assert await write_again(service_database, WRITTEN + HOUR, log, unread=behind) == 1
    assert log.subjects == ["gone"]

    assert not await any_due(service_database, WRITTEN + HOUR)
    assert await any_due(service_database, WRITTEN + HOUR + LATER)
    assert await write_again(service_database, WRITTEN + HOUR + LATER, log) == 1
    assert log.subjects == ["gone", "late"]


async def test_a_partition_is_read_late_until_its_tick_was_read(service_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tombstones, "LOOKS", 0)
    ticks = {(topic.name, partition): 7 for topic in (PARTIES, GUESTS) for partition in range(3)} | {(PARTIES.name, 3): -1}
    read = {0: 7, 1: 6, 3: 9}
    await service_database[POSITIONS].insert_many([{"_id": place_id(PARTIES.name, at), "offset": offset} for at, offset in read.items()])

    late = await unread(service_database, ticks)

    assert late == {(PARTIES.name, partition) for partition in (1, 2, 3)}, "of guests this service reads nothing"


async def test_a_newer_word_that_waits_for_a_person_is_newer_too(service_database: Database) -> None:
    log = Log()
    await write(service_database, "parked", None)
    await service_database[PARKED].insert_one({"_id": "p", "topic": PARTIES.name, "subject": "parked"})

    assert await write_again(service_database, WRITTEN + HOUR, log) == 0
    assert log.records == []
