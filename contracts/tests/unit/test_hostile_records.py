"""Whatever stands on a topic is an envelope or Malformed with its reason; nothing else is ever raised."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parley_contracts.envelope import Envelope, EventData, Malformed, read
from parley_contracts.registry import MODELS, data_of
from pydantic import ValidationError

EXAMPLES = Path(__file__).parents[2] / "examples"

GOOD: dict[str, bytes | None] = {
    "ce_specversion": b"1.0",
    "ce_id": b"event-1",
    "ce_source": b"/ticketing",
    "ce_type": b"parley.watermark.v1",
    "ce_subject": b"ticket-1",
    "ce_time": b"2026-03-02T10:00:00.123Z",
    "ce_sequence": b"1",
    "content-type": b"application/json",
}


def read_with(value: bytes | None = b"{}", **changes: bytes | None) -> Envelope:
    return read([*{**GOOD, **{name.replace("__", "-"): raw for name, raw in changes.items()}}.items()], value)


@pytest.mark.parametrize("name", ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time"])
@pytest.mark.parametrize("raw", [None, b""])
def test_a_needed_attribute_that_is_null_or_empty_is_named(name: str, raw: bytes | None) -> None:
    with pytest.raises(Malformed, match=name):
        read_with(**{name: raw})
    with pytest.raises(Malformed, match=name):
        read([(key, value) for key, value in GOOD.items() if key != name], b"{}")


@pytest.mark.parametrize("name", sorted(GOOD))
def test_an_attribute_that_is_not_utf_8_is_malformed(name: str) -> None:
    with pytest.raises(Malformed, match="not UTF-8"):
        read_with(**{name: b"\xff\xfe"})


def test_foreign_headers_may_hold_anything() -> None:
    assert read_with(**{"x-b3": b"\xff\xfe", "ce_unknown": None, "": b"\x00"}) == read_with()


@pytest.mark.parametrize(
    "sequence", [b"0", b"-1", b"+1", b"1.0", b"01x", b"", b" 1", "١".encode(), b"1e3", b"9007199254740992", b"9" * 5000]
)
def test_a_sequence_is_a_decimal_number_from_1_on(sequence: bytes) -> None:
    with pytest.raises(Malformed, match="ce_sequence"):
        read_with(ce_sequence=sequence)


def test_a_null_sequence_is_none_given() -> None:
    assert read_with(ce_sequence=None).sequence is None


@pytest.mark.parametrize(
    "time", [b"yesterday", b"1772445600", b"2026-13-01T00:00:00Z", b"0001-01-01T00:00:00+14:00", b"2026-03-02T10:00:60Z"]
)
def test_a_time_is_rfc_3339(time: bytes) -> None:
    with pytest.raises(Malformed, match="ce_time is not"):
        read_with(ce_time=time)


@pytest.mark.parametrize("time", [b"2026-03-02T10:00:00", b"2026-03-02"])
def test_a_time_has_a_zone(time: bytes) -> None:
    with pytest.raises(Malformed, match="zone"):
        read_with(ce_time=time)


def test_no_headers_at_all_are_malformed() -> None:
    with pytest.raises(Malformed, match="not a CloudEvent"):
        read([], b"{}")


def test_the_last_of_repeated_headers_counts() -> None:
    assert read([*GOOD.items(), ("ce_id", b"event-2")], b"{}").id == "event-2"


@pytest.mark.parametrize("value", [b"", b"not json", b"\xff", b"[", b"x" * 1_000_000])
def test_the_value_of_binary_mode_is_never_looked_at(value: bytes) -> None:
    assert read_with(value).value == value


def test_a_tombstone_keeps_its_attributes() -> None:
    assert read_with(None).value is None


HEADER_VALUES = st.none() | st.binary(max_size=40) | st.sampled_from([raw for raw in GOOD.values() if raw is not None])
STRUCTURED = st.just(b"application/cloudevents+json") | HEADER_VALUES


@given(
    headers=st.lists(st.tuples(st.sampled_from(sorted(GOOD)) | st.text(max_size=10), HEADER_VALUES), max_size=12),
    content_type=STRUCTURED,
    value=st.none()
    | st.binary(max_size=60)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=9) | st.integers(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "type", "specversion", "time", "data"]), inner),
        max_leaves=9,
    ).map(lambda data: json.dumps(data).encode()),
)
def test_nothing_but_malformed_is_ever_raised(
    headers: list[tuple[str, bytes | None]], content_type: bytes | None, value: bytes | None
) -> None:
    with suppress(Malformed):
        read([*headers, ("content-type", content_type)], value)


def structured(content_type: bytes = b"application/cloudevents+json", **changes: Any) -> tuple[list[tuple[str, bytes | None]], bytes]:
    event = {
        "specversion": "1.0",
        "id": "event-1",
        "source": "/shop",
        "type": "parley.party.changed.v1",
        "subject": "buyer-1",
        "time": "2026-03-02T10:00:00Z",
        "data": {"id": "buyer-1", "kind": "buyer", "display_name": "Zoë", "market": "de"},
    }
    return [("content-type", content_type), ("traceparent", b"00-hop")], json.dumps({**event, **changes}).encode()


@pytest.mark.parametrize("content_type", [b"application/cloudevents+json", b"application/cloudevents+json; charset=utf-8"])
def test_structured_mode_is_read_as_if_it_were_binary(content_type: bytes) -> None:
    event = read(*structured(content_type, sequence=3))
    assert (event.id, event.subject, event.sequence, event.traceparent) == ("event-1", "buyer-1", 3, "00-hop")
    assert json.loads(event.value or b"")["display_name"] == "Zoë"
    data = data_of(event)
    assert data is not None
    assert data.type == "parley.party.changed.v1"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"data": None}, "no JSON data"),
        ({"id": None}, "ce_id is missing"),
        ({"id": ["a"]}, "neither text nor a number"),
        ({"time": 1.5}, "neither text nor a number"),
        ({"specversion": "0.3"}, "ce_specversion"),
        ({"sequence": 0}, "ce_sequence"),
        ({"data": {"price": float("nan")}}, "not JSON"),
    ],
)
def test_a_faulty_structured_event_is_malformed(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        read(*structured(**changes))


@pytest.mark.parametrize("value", [b"", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"data":NaN}', b'{"data":"\\ud800"}', b"9" * 5000])
def test_a_structured_value_that_is_not_a_json_object_is_malformed(value: bytes) -> None:
    with pytest.raises(Malformed):
        read([("content-type", b"application/cloudevents+json")], value)


def test_the_batch_mode_is_refused() -> None:
    with pytest.raises(Malformed, match="neither application/json nor"):
        read([("content-type", b"application/cloudevents-batch+json")], b"[]")


def test_an_unknown_type_has_no_model_and_is_no_error() -> None:
    assert data_of(read_with(ce_type=b"parley.ticket.teleported.v9")) is None
    assert data_of(read_with(None)) is None


@pytest.mark.parametrize("type", sorted(set(MODELS) - {"parley.tick.v1"}))
@pytest.mark.parametrize("value", [b"", b"{", b"[]", b"null", b'"text"', b"{}", b"\xff\xfe", b'{"at": 5e99}', b"[" * 100_000])
def test_data_that_is_not_what_its_type_promises_is_a_validation_error(type: str, value: bytes) -> None:
    with pytest.raises(ValidationError):
        data_of(read_with(value, ce_type=type.encode()))


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9) | st.datetimes().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@given(model=st.sampled_from(sorted(MODELS.values(), key=lambda model: model.type)), spoilt=st.data())
def test_no_data_whatever_makes_reading_it_fail_otherwise(model: type[EventData], spoilt: st.DataObject) -> None:
    """An example of the type with any of its fields spoilt, or any bytes at all."""
    (example, *_) = sorted((EXAMPLES / model.type).glob("*.json"))
    said = json.loads(example.read_text("utf-8"))
    changes = spoilt.draw(st.dictionaries(st.sampled_from(sorted(said) or ["none"]), _JSON, max_size=4))
    value = spoilt.draw(st.just(json.dumps(said | changes).encode()) | st.binary(max_size=60))

    with suppress(ValidationError):
        data = data_of(read_with(value, ce_type=model.type.encode()))
        assert isinstance(data, model)
        assert model.model_validate_json(data.model_dump_json()) == data
