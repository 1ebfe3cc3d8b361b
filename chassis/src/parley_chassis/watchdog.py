"""Ends a worker whose consumer stands still, so that it is started again and reads on from its last commit."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from parley_chassis.assignment import Assignment


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds for which a consumer may wait for each of these; a record that fails takes 45 s and is no standstill."""

    fetch: float = 60.0
    step: float = 60.0
    assignment: float = 120.0


class Working(Protocol):
    """Something that handles batches step by step."""

    @property
    def step(self) -> float | None:
        """When the present batch made its last step, by the monotonic clock; None between batches."""
        ...


class Watchdog:
    """Looks at one consumer."""

    def __init__(self, assignment: Assignment, work: Working, patience: Patience, die: Callable[[str], Any]) -> None:
        self._assignment = assignment
        self._work = work
        self._patience = patience
        self._die = die
        self._idle_since = time.monotonic()

    async def look(self) -> None:
        """End the process where something is overdue."""
        now, patience, step = time.monotonic(), self._patience, self._work.step
        if step is not None:
            self._idle_since = now
            if now - step > patience.step:
                self._die(f"the consumer's batch has made no step for {patience.step:.0f} s")
        elif (since := self._assignment.waiting_since) is not None:
            if now - since > patience.assignment:
                self._die(f"the consumer has no assignment for {patience.assignment:.0f} s")
        elif now - max(self._idle_since, self._assignment.oldest_answer(now)) > patience.fetch:
            self._die(f"a partition of the consumer was not fetched for {patience.fetch:.0f} s")
