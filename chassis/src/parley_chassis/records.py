"""What a handler gets of a record: an event at its place, typed, or a tombstone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from parley_contracts.envelope import Envelope
from parley_contracts.topics import Topic

D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class Received(Generic[D]):
    """An event at its place, as a handler gets it.

    ``watermark`` is the highest one of the partition before it; None where the service keeps no clock, or none came yet.
    """

    topic: Topic
    partition: int
    offset: int
    envelope: Envelope
    data: D
    watermark: datetime | None


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A null value on a compacted topic: erase what is known of the subject."""

    topic: Topic
    partition: int
    offset: int
    subject: str
    time: datetime
