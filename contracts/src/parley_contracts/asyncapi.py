"""The catalogue as one AsyncAPI 3.0 document: every topic, every type on it, and how a record looks."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pydantic.json_schema import models_json_schema

from parley_contracts.documents import OpenSchema
from parley_contracts.envelope import CONTENT_TYPE, MAX_HEADER_BYTES, MAX_VALUE_BYTES, EventData
from parley_contracts.topics import PARTITIONS, TICK, TOPICS, WATERMARK, Tier, Topic
from parley_contracts.watermark import TICK_KEY

_KAFKA = {"bindingVersion": "0.5.0"}
_INFO = {
    "title": "Parley: the events",
    "version": "1",
    "description": (
        "CloudEvents 1.0 on Kafka in binary mode: attributes are `ce_` headers, the value is the data as JSON "
        f"(at most {MAX_VALUE_BYTES // 1024} KiB, headers {MAX_HEADER_BYTES // 1024} KiB). At least once; in order for each "
        "(topic, subject), by `ce_sequence` without gaps; no order across topics. Types and fields that a reader does not know are "
        "ignored, but move the last sequence; an unknown word of an `x-extensible-enum` reads as `other`. Within a topic version "
        "only optional fields, such words and new types are added. The partition is murmur2 of the key, as the Java client has it."
    ),
    "license": {"name": "Apache-2.0"},
}
_TEXT = {"type": "string", "minLength": 1}
_CAUSES = {
    "ce_dataschema": {"type": "string", "description": "The `$id` of the data's JSON Schema"},
    "ce_correlationid": {**_TEXT, "description": "The id of the conversation's first event"},
    "ce_causationid": {**_TEXT, "description": "The event or command that caused this one"},
    "ce_traceparent": {"type": "string", "description": "W3C trace context of the first hop"},
    "traceparent": {"type": "string", "description": "W3C trace context of this hop"},
}
_ALWAYS: dict[str, Any] = {
    "ce_specversion": {"type": "string", "const": "1.0"},
    "ce_id": _TEXT,
    "ce_source": {**_TEXT, "description": "`/` and the service that publishes, such as /ticketing"},
    "ce_time": {"type": "string", "format": "date-time", "description": "When it happened, by the database's clock"},
    "content-type": {"type": "string", "const": CONTENT_TYPE},
}
_SEQUENCE = {"type": "string", "pattern": "^[1-9][0-9]*$", "description": "1, 2, 3, … without gaps for each (topic, subject)"}
_MAY_READ = {
    Tier.PUBLIC: "Whoever is authenticated may read it; it has no personal data.",
    Tier.RESTRICTED: "It has personal data: only principals with a named ACL may read it.",
}
_OTHERS = {Tier.PUBLIC: ("anybody who is authenticated",), Tier.RESTRICTED: ()}


def document(models: Mapping[str, type[EventData]]) -> dict[str, Any]:
    """The document. Parley is the application: what it publishes is sent, and the marketplace's topics are received."""
    _, schemas = models_json_schema(
        [(model, "validation") for model in models.values()], ref_template="#/components/schemas/{model}", schema_generator=OpenSchema
    )
    return {
        "asyncapi": "3.0.0",
        "info": _INFO,
        "defaultContentType": CONTENT_TYPE,
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": {f"{_action(topic)}.{topic.name}": _operation(topic) for topic in TOPICS},
        "components": {
            "messages": {type: _message(topic, models[type]) for topic in TOPICS for type in topic.types if type in models},
            "schemas": dict(sorted(schemas["$defs"].items())),
        },
    }


def _action(topic: Topic) -> str:
    return "receive" if topic.publisher == "marketplace" else "send"


def _channel(topic: Topic) -> dict[str, Any]:
    policy: dict[str, Any] = {"cleanup.policy": ["compact" if topic.retention is None else "delete"]}
    if topic.retention is None:
        kept = "the newest of each key stays"
    else:
        policy["retention.ms"] = topic.retention // timedelta(milliseconds=1)
        kept = f"records stay {topic.retention.days} days"
    erases = "; a null value erases" if topic.tier is Tier.RESTRICTED else ""
    return {
        "address": topic.name,
        "description": f"Key: the {topic.key}. {kept.capitalize()}{erases}. {_MAY_READ[topic.tier]}",
        "tags": [{"name": topic.tier.value}],
        "messages": {type: {"$ref": f"#/components/messages/{type}"} for type in topic.types},
        "bindings": {"kafka": {"topic": topic.name, "partitions": PARTITIONS, "topicConfiguration": policy, **_KAFKA}},
    }


def _operation(topic: Topic) -> dict[str, Any]:
    channel = f"#/channels/{topic.name}"
    return {
        "action": _action(topic),
        "channel": {"$ref": channel},
        "summary": f"Published by {topic.publisher}; read by {', '.join((*topic.readers, *_OTHERS[topic.tier]))}",
        "messages": [{"$ref": f"{channel}/messages/{type}"} for type in topic.types],
    }


def _message(topic: Topic, model: type[EventData]) -> dict[str, Any]:
    described: dict[str, Any] = {"name": model.type, "title": model.__name__, "summary": model.__doc__, "contentType": CONTENT_TYPE}
    required, more = dict(_ALWAYS), {}
    if model.type not in (WATERMARK, TICK):
        described["correlationId"] = {"location": "$message.header#/ce_correlationid"}
        described["bindings"] = {"kafka": {"key": {**_TEXT, "description": f"The subject: the {topic.key}"}, **_KAFKA}}
        required |= {"ce_subject": {**_TEXT, "description": f"The {topic.key}, which is also the record's key"}}
        required |= {} if topic.compacted else {"ce_sequence": _SEQUENCE}
        more = _CAUSES
    elif model.type == TICK:
        described["bindings"] = {"kafka": {"key": {"type": "string", "const": TICK_KEY.decode()}, **_KAFKA}}
    required["ce_type"] = {"type": "string", "const": model.type}
    described["headers"] = {"type": "object", "required": sorted(required), "properties": required | more}
    described["payload"] = {"$ref": f"#/components/schemas/{model.__name__}"}
    return described
