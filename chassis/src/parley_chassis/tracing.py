"""Which trace the work at hand belongs to (W3C trace context): of who asked, or of the event that it follows from."""

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple, Self

from parley_contracts.records import Record
from structlog.typing import EventDict, WrappedLogger

_READABLE = re.compile(r"(?!ff)[0-9a-f]{2}-((?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2})(?:-.*)?")
ANSWERED = "traceresponse"
"""The header in which an answer names its trace, so that who asked can tell it to whoever is on call."""

_HEADERS = ("traceparent", "ce_traceparent")
chance = random.Random()  # noqa: S311 names, no secrets
"""A source of its own: who seeds the common one for a test or a simulation would get the same traces in each process.

The simulation seeds this one.
"""


class Trace(NamedTuple):
    """One hop of a trace. ``first`` is the ``traceparent`` of the hop that the trace began with."""

    traceparent: str
    first: str

    @classmethod
    def begun(cls) -> Self:
        """A new trace."""
        traceparent = f"00-{chance.getrandbits(128) or 1:032x}-{chance.getrandbits(64) or 1:016x}-00"
        return cls(traceparent, traceparent)

    @classmethod
    def after(cls, traceparent: str | None, first: str | None = None) -> Self:
        """The hop that follows another; what cannot be read as one begins a new trace."""
        before = _READABLE.fullmatch(traceparent or "")
        if before is None:
            return cls.begun()
        began = _READABLE.fullmatch(first or "") or before
        return cls(f"00-{before[1][:33]}{chance.getrandbits(64) or 1:016x}{before[1][49:]}", f"00-{began[1]}")

    @classmethod
    def after_record(cls, record: Record) -> Self:
        """The hop that follows a record, whatever its headers hold."""
        said = {name: value.decode(errors="replace") for name, value in record.headers if value and name in _HEADERS}
        return cls.after(*(said.get(name) for name in _HEADERS))

    def headers(self) -> dict[str, bytes]:
        """How a record carries it."""
        return {"traceparent": self.traceparent.encode(), "ce_traceparent": self.first.encode()}

    @property
    def id(self) -> str:
        """What all hops of the trace have in common."""
        return self.traceparent[3:35]


_here: ContextVar[Trace | None] = ContextVar("trace", default=None)


def here() -> Trace | None:
    """The trace of the work at hand; None where nobody asked for it, as in a regular job."""
    return _here.get()


def enter(trace: Trace) -> None:
    """All that this task does from here on belongs to the trace."""
    _here.set(trace)


@contextmanager
def under(trace: Trace | None) -> Iterator[None]:
    """What is done, said and published inside belongs to this trace."""
    token = _here.set(trace)
    try:
        yield
    finally:
        _here.reset(token)


def name_trace(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """A log line says which trace it belongs to."""
    if trace := here():
        event["trace_id"] = trace.id
    return event
