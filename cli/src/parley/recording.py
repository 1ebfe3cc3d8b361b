"""A record as one line of JSON, and back: what `tail --json` prints, `validate` reads and `replay` sends."""

from base64 import b64decode, b64encode
from datetime import datetime
from typing import Any

from parley_contracts.envelope import Envelope, Malformed, read, timestamp
from parley_contracts.records import Record
from parley_contracts.topics import TOPICS, Topic
from pydantic_core import from_json

from parley.problem import CannotDo

_BY_NAME = {topic.name: topic for topic in TOPICS}


def topic_named(name: str) -> Topic:
    """A topic of the catalogue."""
    if name not in _BY_NAME:
        raise CannotDo(f"There is no topic {name}; there are: {', '.join(_BY_NAME)}.")
    return _BY_NAME[name]


def line_of(record: Record, *, whole: bool = False) -> dict[str, Any]:
    """What people and programs read of a record; ``whole``: with its bytes, so that it can be checked and sent again."""
    line: dict[str, Any] = {"topic": record.topic.name, "partition": record.partition, "offset": record.offset}
    try:
        event = read(record.headers, record.value)
        line |= attributes(event)
        line["data"] = None if event.value is None else from_json(event.value)
    except Malformed as error:
        line |= {"subject": (record.key or b"").decode(errors="replace"), "unreadable": str(error)}
    except ValueError:
        line["unreadable"] = "the data is not JSON"
    if whole:
        headers = [[name, _text(value)] for name, value in record.headers]
        kept = {"timestamp": timestamp(record.timestamp), "key": _text(record.key), "value": _text(record.value), "headers": headers}
        line["record"] = kept
    return line


def attributes(event: Envelope) -> dict[str, Any]:
    """The attributes of an event by their names in CloudEvents."""
    return {
        "type": event.type,
        "source": event.source,
        "subject": event.subject,
        "sequence": event.sequence,
        "time": timestamp(event.time),
        "id": event.id,
        "correlationid": event.correlationid,
        "causationid": event.causationid,
        "traceparent": event.traceparent,
    }


def record_of(line: Any, place: str) -> Record:
    """The record of a whole line at its place in a file; raises CannotDo where it is none."""
    try:
        kept = line["record"]
        return Record(
            topic_named(line["topic"]),
            int(line["partition"]),
            int(line["offset"]),
            datetime.fromisoformat(kept["timestamp"]),
            _bytes(kept["key"]),
            _bytes(kept["value"]),
            tuple((str(name), _bytes(value)) for name, value in kept["headers"]),
        )
    except (KeyError, TypeError, ValueError):
        raise CannotDo(f"{place} holds no record: write the file with `parley tail --whole`.") from None


def _text(raw: bytes | None) -> str | None:
    return None if raw is None else b64encode(raw).decode()


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else b64decode(text, validate=True)
