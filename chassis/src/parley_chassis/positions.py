"""How far each partition and each subject was applied: one collection, so that a batch reads and writes it once."""

from datetime import timedelta

from parley_chassis.mongo.indexes import Index

POSITIONS = "positions"

INDEXES = (Index(POSITIONS, [("expires", 1)], expire_after=timedelta(0), where={"expires": {"$exists": True}}),)


def place_id(topic: str, partition: int) -> str:
    """The row of a partition: its last applied ``offset``, its ``watermark``, and where the group ``began``."""
    return f"{topic}#{partition}"


def subject_id(topic: str, subject: str) -> str:
    """The row of a subject: its last ``sequence``, or on a compacted topic the ``time`` of its newest record."""
    return f"{topic}/{subject}"
