"""Records without a subject: the watermark, which carries time, and the tick, which lets a compacted topic clean itself."""

from datetime import datetime
from typing import ClassVar

from parley_contracts.envelope import CONTENT_TYPE, EventData, Headers, Instant, timestamp
from parley_contracts.topics import TICK, WATERMARK

TICK_KEY = b"tick"


class Watermark(EventData):
    """Every event of this source with a time at or before ``at`` stands before this record; what still comes is a repeat."""

    type: ClassVar[str] = WATERMARK

    at: Instant


class Tick(EventData):
    """Nothing happened; a segment of a restricted topic rolls only on append, and an erased address would stay otherwise."""

    type: ClassVar[str] = TICK


def watermark_record(*, id: str, source: str, at: datetime, time: datetime) -> tuple[Headers, bytes]:
    """Headers and value of a watermark: no key, no subject, no sequence; one id in all partitions."""
    return _headers(WATERMARK, id, source, time), Watermark(at=at).model_dump_json().encode()


def tick_record(*, id: str, source: str, time: datetime) -> tuple[Headers, bytes]:
    """Headers and value of a tick; its key is ``TICK_KEY``, in every partition."""
    return _headers(TICK, id, source, time), Tick().model_dump_json().encode()


def _headers(type: str, id: str, source: str, time: datetime) -> Headers:
    attributes = {
        "ce_specversion": "1.0",
        "ce_id": id,
        "ce_source": source,
        "ce_type": type,
        "ce_time": timestamp(time),
        "content-type": CONTENT_TYPE,
    }
    return tuple((name, text.encode()) for name, text in attributes.items())
