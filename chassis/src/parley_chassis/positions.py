"""How far each partition and each subject was applied: one collection, so that a batch reads and writes it once."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from parley_chassis.mongo.indexes import Index

POSITIONS = "positions"

FORGOTTEN = timedelta(days=25 * 31)
"""How long nothing must have come of a subject before its row goes: 25 months. What comes then is as of a subject that is partial."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

INDEXES = (Index(POSITIONS, [("expires", 1)], expire_after=timedelta(0), where={"expires": {"$exists": True}}),)


def place_id(topic: str, partition: int) -> str:
    """The row of a partition: its last applied ``offset``, its ``watermark``, and where the group ``began``."""
    return f"{topic}#{partition}"


def subject_id(topic: str, subject: str) -> str:
    """The row of a subject: its last ``sequence``, or on a compacted topic the ``time`` of its newest record."""
    return f"{topic}/{subject}"


def born(id: str) -> datetime | None:
    """When an id was made that says so itself (UUIDv7): made once, it never begins again. Others can be made a second time."""
    try:
        read = UUID(id)
        return _EPOCH + timedelta(milliseconds=read.int >> 80) if read.version == 7 else None
    except (ValueError, OverflowError):
        return None
