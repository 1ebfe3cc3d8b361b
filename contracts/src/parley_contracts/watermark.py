"""The watermark: every event of this source with a time at or before ``at`` stands before this record."""

from datetime import UTC, datetime
from typing import ClassVar

from pydantic import AwareDatetime

from parley_contracts.envelope import CONTENT_TYPE, EventData, Headers, timestamp
from parley_contracts.topics import WATERMARK


class Watermark(EventData):
    """Nothing of this source with a time at or before ``at`` is still to come in this partition."""

    type: ClassVar[str] = WATERMARK

    at: AwareDatetime


def watermark_record(*, id: str, source: str, at: datetime, time: datetime) -> tuple[Headers, bytes]:
    """Headers and value of a watermark: no key, no subject, no sequence; one id in all partitions."""
    headers = {
        "ce_specversion": "1.0",
        "ce_id": id,
        "ce_source": source,
        "ce_type": WATERMARK,
        "ce_time": timestamp(time),
        "content-type": CONTENT_TYPE,
    }
    value = f'{{"at":"{timestamp(at.astimezone(UTC))}"}}'
    return tuple((name, text.encode()) for name, text in headers.items()), value.encode()
