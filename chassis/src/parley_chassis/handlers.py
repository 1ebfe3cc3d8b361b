"""What a service does with what it reads: a handler for each event type, for tombstones, and perhaps a clock."""

import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from parley_contracts.envelope import Envelope, EventData, faults
from pydantic import ValidationError
from pymongo.errors import OperationFailure

from parley_chassis.commands import NotRun
from parley_chassis.mongo.transactions import is_transient
from parley_chassis.parking import Poison
from parley_chassis.records import Received, Tombstone

R = TypeVar("R")
Tx = TypeVar("Tx")
Tx_contra = TypeVar("Tx_contra", contravariant=True)

Handler = Callable[[Tx, Received[Any]], Awaitable[None]]
TombstoneHandler = Callable[[Tx, Tombstone], Awaitable[bool | None]]
"""True if there is more to erase, which is asked for again in a transaction of its own."""
Prefetch = Callable[[Tx, Sequence[Received[Any]]], Awaitable[None]]


class Clock(Protocol[Tx_contra]):
    """A service whose time arrives in the stream: watermarks move it, and a parked record freezes its subject."""

    async def nothing_due(self, marks: Mapping[tuple[str, int], datetime]) -> bool:
        """Whether no partition has anything due at its new watermark: one cheap query, outside any transaction."""
        ...

    async def advance(self, tx: Tx_contra, topic: str, partition: int, at: datetime) -> bool:
        """Do at most 500 things that are due; True if there is more, which is asked for again in a transaction of its own."""
        ...

    async def freeze(self, tx: Tx_contra, topic: str, subject: str) -> None:
        """A record of the subject is parked: its time stands still."""
        ...

    async def thaw(self, tx: Tx_contra, topic: str, subject: str, at: datetime | None) -> None:
        """Nothing of the subject is parked any more: it sees the partition's present watermark."""
        ...


@dataclass(frozen=True, slots=True)
class Handlers(Generic[Tx]):
    """The service's side of a subscription."""

    clock: Clock[Tx] | None = None
    prefetch: Prefetch[Tx] | None = None
    events: dict[str, tuple[type[EventData], Handler[Tx]]] = field(default_factory=dict)
    tombstones: dict[str, TombstoneHandler[Tx]] = field(default_factory=dict)

    def data_of(self, envelope: Envelope) -> EventData | None:
        """The event's data by its contract, None where nobody listens for the type; raises Poison."""
        wanted = self.events.get(envelope.type)
        if wanted is None:
            return None
        try:
            return wanted[0].model_validate_json(envelope.value or b"")
        except ValidationError as error:
            raise Poison("; ".join(faults(error))) from None


class Spoilt(Exception):
    """Applying one record failed, and not by a fault of the database."""

    def __init__(self, offset: int, error: Exception) -> None:
        super().__init__(f"offset {offset}: {type(error).__name__}")
        self.offset = offset
        self.error = error

    @property
    def hopeless(self) -> bool:
        """Whether the handler itself said that trying again is in vain."""
        return isinstance(self.error, Poison)

    @property
    def reason(self) -> str:
        """In words that whoever is on call may read: what was raised and where. An unexpected error's own text may quote anything."""
        if isinstance(self.error, Poison):
            return self.error.reason
        code = f" (code {self.error.code})" if isinstance(self.error, OperationFailure) else ""
        place = traceback.extract_tb(self.error.__traceback__)[-1]
        return f"{type(self.error).__name__}{code} in {Path(place.filename).name}, line {place.lineno}"

    @property
    def where(self) -> str:
        """The place in the code, without the message."""
        return "".join(traceback.format_tb(self.error.__traceback__))


def passes(error: BaseException) -> bool:
    """Whether the failure is the database's and will pass: the record is not to blame and no attempt is counted."""
    return isinstance(error, NotRun) or is_transient(error)


async def blaming(offset: int, work: Awaitable[R]) -> R:
    """Await a service's code; what it raises, the database's own faults apart, is laid on the record at ``offset``."""
    try:
        return await work
    except Exception as error:
        if passes(error):
            raise
        raise Spoilt(offset, error) from error
