"""The AsyncAPI document says of every topic and type what the catalogue and the models say."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from jsonschema import Draft7Validator
from parley_contracts.asyncapi import document
from parley_contracts.committed import committed
from parley_contracts.envelope import Envelope
from parley_contracts.registry import MODELS
from parley_contracts.topics import EVENT_TYPES, TOPICS, Tier, Topic

DOCUMENT = document(MODELS)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def message(type: str) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["components"]["messages"][type]
    return found


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_every_topic_is_a_channel_with_all_its_types_and_one_operation(topic: Topic) -> None:
    channel = DOCUMENT["channels"][topic.name]
    [operation] = [each for each in DOCUMENT["operations"].values() if each["channel"]["$ref"] == f"#/channels/{topic.name}"]

    assert set(channel["messages"]) == set(topic.types)
    assert len(operation["messages"]) == len(topic.types)
    assert channel["tags"] == [{"name": topic.tier.value}]
    assert operation["action"] == ("receive" if topic.publisher == "marketplace" else "send")
    assert ("personal data: only principals with a named ACL" in channel["description"]) == (topic.tier is Tier.RESTRICTED)


def test_no_type_is_left_out() -> None:
    assert set(DOCUMENT["components"]["messages"]) == set(MODELS)


@pytest.mark.parametrize("type", sorted(EVENT_TYPES))
def test_the_headers_of_an_event_are_as_described(type: str) -> None:
    topic = EVENT_TYPES[type][0]
    example = MODELS[type].model_validate_json(min((committed() / "examples" / type).glob("*.json")).read_bytes())
    event = Envelope.of(
        example,
        id="e-2",
        source="/ticketing",
        subject="t-1",
        time=NOON,
        sequence=None if topic.compacted else 2,
        correlationid="e-1",
        causationid="e-1",
    )
    headers = {name: value.decode() for name, value in event.headers()}

    described = message(type)["headers"]
    assert not list(Draft7Validator(described).iter_errors(headers))
    assert set(headers) <= set(described["properties"])
    for needed in set(described["required"]):
        assert list(Draft7Validator(described).iter_errors({name: value for name, value in headers.items() if name != needed}))


@pytest.mark.parametrize("type", sorted(EVENT_TYPES))
def test_every_golden_example_fits_the_payload(type: str) -> None:
    whole = {**DOCUMENT, **message(type)["payload"]}
    for example in (committed() / "examples" / type).glob("*.json"):
        assert not list(Draft7Validator(whole).iter_errors(json.loads(example.read_bytes()))), example.name
    assert list(Draft7Validator(whole).iter_errors({}))
