"""Whatever a record holds, it is seen for what it is; reading one never fails."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parley_contracts.envelope import Envelope
from parley_contracts.inquiries import GuestRegistered
from parley_contracts.reading import milliseconds
from parley_contracts.records import AHEAD, Erasure, Event, Mark, Nothing, Record, Refusal, Unreadable, classify
from parley_contracts.registry import data_of
from parley_contracts.topics import ORDERS, PARTIES, RESPONSES, TICKETS, TOPICS, Topic
from parley_contracts.watermark import TICK_KEY, watermark_record

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HEADERS = {
    "ce_specversion": b"1.0",
    "ce_id": b"e1",
    "ce_source": b"/ticketing",
    "ce_type": b"parley.ticket.created.v1",
    "ce_subject": b"t1",
    "ce_time": b"2026-11-24T11:59:59.123Z",
    "ce_sequence": b"1",
    "content-type": b"application/json",
}


def record(topic: Topic = TICKETS, *, key: bytes | None = b"t1", value: bytes | None = b"{}", **headers: bytes | None) -> Record:
    merged = {**HEADERS, **headers}
    return Record(topic, 0, 7, NOW, key, value, tuple(merged.items()))


def test_a_good_event_is_one() -> None:
    item = classify(record())

    assert isinstance(item, Event)
    assert (item.subject, item.sequence, item.envelope.id) == ("t1", 1, "e1")


def test_a_watermark_is_one_where_watermarks_are_and_nothing_elsewhere() -> None:
    at = NOW - timedelta(seconds=10)
    headers, value = watermark_record(id="w", source="/ticketing", at=at, time=NOW)

    assert classify(Record(TICKETS, 0, 1, NOW, None, value, headers)) == Mark(Record(TICKETS, 0, 1, NOW, None, value, headers), at)
    assert isinstance(classify(Record(RESPONSES, 0, 1, NOW, None, value, headers)), Nothing)


def test_a_watermark_with_a_key_is_refused() -> None:
    headers, value = watermark_record(id="w", source="/ticketing", at=NOW, time=NOW)

    assert isinstance(classify(Record(TICKETS, 0, 1, NOW, b"t1", value, headers)), Refusal)


@pytest.mark.parametrize("topic", [PARTIES, ORDERS])
def test_a_null_value_erases_on_a_compacted_topic_alone(topic: Topic) -> None:
    assert isinstance(classify(record(topic, value=None)), Erasure)
    assert isinstance(classify(record(TICKETS, value=None)), Unreadable)


def test_a_tombstone_for_somebody_else_or_from_the_future_is_refused() -> None:
    assert isinstance(classify(record(PARTIES, value=None, ce_subject=b"t2")), Refusal)
    assert isinstance(classify(record(PARTIES, value=None, ce_time=b"2026-11-24T12:02:00Z")), Refusal)


def test_a_tombstone_with_spoiled_headers_erases_at_its_records_time() -> None:
    assert classify(record(PARTIES, value=None, ce_time=b"yesterday")) == Erasure(
        record(PARTIES, value=None, ce_time=b"yesterday"), "t1", NOW
    )


def test_the_reason_of_poison_keeps_its_sequence_where_it_can_be_read() -> None:
    unreadable = classify(record(value=None))
    assert isinstance(unreadable, Unreadable)
    assert unreadable.sequence == 1


_bytes = st.binary(max_size=40) | st.none()
_names = st.sampled_from([*HEADERS, "x-other", "traceparent"])


@given(
    topic=st.sampled_from(TOPICS),
    key=_bytes | st.sampled_from([b"t1", b"tick"]),
    value=_bytes | st.sampled_from([b"{}", b'{"at": "0001-01-01T00:00:00+14:00"}', b'{"at": "9999-12-31T23:59:59-14:00"}']),
    headers=st.lists(
        st.tuples(_names, _bytes | st.sampled_from([b"parley.watermark.v1", b"parley.tick.v1", *HEADERS.values()])), max_size=12
    ),
)
def test_no_record_makes_reading_fail(topic: Topic, key: bytes | None, value: bytes | None, headers: list[tuple[str, Any]]) -> None:
    read = Record(topic, 0, 7, NOW, key, value, tuple(headers))

    item = classify(read)

    assert item.record is read
    if not key:
        assert isinstance(item, Mark | Refusal | Nothing)


@given(
    topic=st.sampled_from([topic for topic in TOPICS if not topic.compacted]),
    subject=st.text(min_size=1, max_size=60).filter(lambda subject: subject.encode() != TICK_KEY),
    sequence=st.integers(min_value=1, max_value=2**53 - 1),
    age=st.timedeltas(min_value=-AHEAD, max_value=timedelta(days=400)),
)
def test_what_a_relay_writes_is_the_event_that_is_read(topic: Topic, subject: str, sequence: int, age: timedelta) -> None:
    data = GuestRegistered(id="g", inquiry_id="i", name="Zoë", email="zoe@example.org", language="en", market="de")
    ids = {"id": "e2", "correlationid": "e1", "causationid": "e1", "source": "/inquiries"}
    written = Envelope.of(data, subject=subject, time=NOW - age, sequence=sequence, **ids)

    item = classify(Record(topic, 0, 7, NOW, written.key, written.value, tuple(written.headers())))

    assert isinstance(item, Event)
    assert (item.subject, item.sequence, data_of(item.envelope)) == (subject, sequence, data)
    assert item.envelope == replace(written, time=milliseconds(written.time))
