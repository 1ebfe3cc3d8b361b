"""What an envelope looks like on the wire, and what it refuses to become."""

import json
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parley_contracts.conversation import ReplyPosted
from parley_contracts.envelope import MAX_HEADER_BYTES, SCHEMA_BASE, Envelope, derived_id, named_id, read, timestamp
from parley_contracts.inquiries import GuestRegistered
from parley_contracts.marketplace import PartyChanged, PartyKind
from parley_contracts.sla import ResponseOverdueRetracted
from parley_contracts.watermark import Tick, Watermark, tick_record, watermark_record

AT = datetime(2026, 3, 2, 10, 0, 0, 123456, tzinfo=UTC)
GUEST = GuestRegistered(id="guest-1", inquiry_id="inquiry-1", name="Zoë", email="zoe@example.org", language="en", market="de")


def an_event(**changes: object) -> Envelope:
    attributes: dict[str, object] = {
        "id": "event-1",
        "source": "/inquiries",
        "subject": "guest-1",
        "time": AT,
        "sequence": 7,
        "correlationid": "event-0",
        "causationid": "command:1",
    }
    return Envelope.of(GUEST, **{**attributes, **changes})  # type: ignore[arg-type]


def test_binary_mode_puts_attributes_into_headers_and_the_data_alone_into_the_value() -> None:
    headers = dict(an_event().headers())
    assert headers == {
        "ce_specversion": b"1.0",
        "ce_id": b"event-1",
        "ce_source": b"/inquiries",
        "ce_type": b"parley.guest.registered.v1",
        "ce_subject": b"guest-1",
        "ce_time": b"2026-03-02T10:00:00.123Z",
        "ce_sequence": b"7",
        "ce_dataschema": SCHEMA_BASE.encode() + b"parley.guest.registered.v1",
        "ce_correlationid": b"event-0",
        "ce_causationid": b"command:1",
        "content-type": b"application/json",
    }
    assert an_event().value == GUEST.model_dump_json().encode()
    assert an_event().key == b"guest-1"


def test_an_event_of_a_compacted_topic_has_no_sequence_header() -> None:
    assert "ce_sequence" not in dict(an_event(sequence=None).headers())


def test_the_trace_of_the_first_hop_stays_when_the_next_hop_writes_its_own() -> None:
    second = an_event().traced("00-first").traced("00-second")
    assert dict(second.headers())["traceparent"] == b"00-second"
    assert dict(second.headers())["ce_traceparent"] == b"00-first"
    assert an_event().traced("00-hop", first="00-from-a-browser").first_traceparent == "00-from-a-browser"


@given(
    id=st.text(min_size=1, max_size=50),
    subject=st.text(min_size=1, max_size=50),
    time=st.datetimes(timezones=st.timezones(), min_value=datetime(1971, 1, 1), max_value=datetime(9000, 1, 1)),  # noqa: DTZ001
    sequence=st.none() | st.integers(min_value=1, max_value=2**53 - 1),
)
def test_what_was_written_is_what_is_read(id: str, subject: str, time: datetime, sequence: int | None) -> None:
    event = an_event(id=id, subject=subject, time=time, sequence=sequence)
    again = read(event.headers(), event.value)
    assert again.time == time.astimezone(UTC) - timedelta(microseconds=time.microsecond % 1000)
    assert (again.id, again.subject, again.sequence, again.value) == (id, subject, sequence, event.value)
    assert (again.source, again.type, again.dataschema) == (event.source, event.type, event.dataschema)
    assert (again.correlationid, again.causationid) == (event.correlationid, event.causationid)


def test_times_are_written_in_utc_with_milliseconds() -> None:
    assert timestamp(datetime(2026, 3, 2, 11, 0, tzinfo=timezone(timedelta(hours=1)))) == "2026-03-02T10:00:00.000Z"
    with pytest.raises(ValueError, match="needs a zone"):
        timestamp(datetime(2026, 3, 2))  # noqa: DTZ001 - the mistake under test


def test_times_in_the_data_are_written_as_the_envelope_writes_its_own() -> None:
    mark = Watermark.model_validate_json('{"at": "2026-03-02T11:00:00.5+01:00"}')
    assert mark.model_dump_json() == '{"at":"2026-03-02T10:00:00.500Z"}'
    assert mark.at == datetime(2026, 3, 2, 10, 0, 0, 500000, tzinfo=UTC)


@pytest.mark.parametrize("namespace", ["0199f0a0-0000-7000-8000-00000000000A", "order-10023", ""])
def test_a_named_id_is_the_uuid_of_version_5(namespace: str) -> None:
    try:
        space = UUID(namespace)
    except ValueError:
        space = uuid5(UUID("5c0e4d4e-9b3a-5d0f-8f5e-7a0a5a1c7e11"), namespace)
    for number in range(64):
        assert named_id(namespace, f"ä{number}") == str(uuid5(space, f"ä{number}"))


def test_a_derived_id_follows_from_its_cause_alone() -> None:
    cause = "019ab7c3-fe10-7a41-b2c9-1f7e6d5c4b3a"
    assert derived_id(cause, "/ticketing", "parley.ticket.escalated.v1") == str(
        uuid5(UUID(cause), "/ticketing/parley.ticket.escalated.v1/1")
    )
    assert derived_id(cause, "/ticketing", "x", 2) != derived_id(cause, "/ticketing", "x", 1)
    assert named_id("order-10023", "shop-88") == named_id("order-10023", "shop-88") != named_id("order-10024", "shop-88")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"subject": ""}, "subject is empty"),
        ({"causationid": ""}, "causationid must name"),
        ({"causationid": "event-1"}, "not itself"),
        ({"subject": "s" * MAX_HEADER_BYTES}, "headers may have 4096 bytes"),
        ({"time": AT.replace(tzinfo=None)}, "needs a zone"),
    ],
)
def test_an_event_that_breaks_the_contract_is_not_made(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        an_event(**changes)


def test_a_value_may_have_64_kib() -> None:
    large = GUEST.model_copy(update={"name": "n" * (64 * 1024)})
    with pytest.raises(ValueError, match="a value may have 65536 bytes"):
        Envelope.of(large, id="1", source="/x", subject="s", time=AT, sequence=1, correlationid="1", causationid="command:1")


def test_fields_without_a_value_are_absent_and_not_null() -> None:
    party = PartyChanged(id="guest-1", kind=PartyKind.BUYER, display_name="Zoë", market="de")
    event = Envelope.of(party, id="1", source="/x", subject="guest-1", time=AT, sequence=None, correlationid="1", causationid="command:1")
    assert json.loads(event.value or b"").keys() == {"id", "kind", "display_name", "market", "wants_mail", "has_account"}


@pytest.mark.parametrize(
    ("record", "model", "type"),
    [
        (watermark_record(id="beat", source="/ticketing", at=AT, time=AT), Watermark, b"parley.watermark.v1"),
        (tick_record(id="beat", source="/inquiries", time=AT), Tick, b"parley.tick.v1"),
    ],
)
def test_watermark_and_tick_have_six_attributes_and_no_subject(
    record: tuple[tuple[tuple[str, bytes], ...], bytes], model: type[Watermark | Tick], type: bytes
) -> None:
    headers, value = record
    assert set(dict(headers)) == {"ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "content-type"}
    assert dict(headers)["ce_type"] == type
    event = read(headers, value)
    assert (event.subject, event.sequence) == ("", None)
    model.model_validate_json(value)


def test_a_field_or_word_from_the_future_does_not_stop_a_reader() -> None:
    read_back = ResponseOverdueRetracted.model_validate_json(
        '{"cycle_id":"c","opened_by":"e","conversation_source":"/ticketing","number":"T","market":"de","seller_id":"s","buyer_id":"b",'
        '"owed_by":"a_third_side","start":"2026-03-02T10:00:00Z","due":"2026-03-04T10:00:00Z","policy":"p","policy_version":1,'
        '"reason":"a_new_reason","a_new_field":{"deep":[1]}}'
    )
    assert (read_back.owed_by, read_back.reason) == ("other", "other")


def test_one_event_type_serves_both_kinds_of_conversations() -> None:
    assert ReplyPosted.schema_id() == "urn:parley:schema:parley.reply.posted.v1"
