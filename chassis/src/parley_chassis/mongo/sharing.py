"""Commands that wait at the same moment share one transaction: a commit costs the same for one and for many."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Generic, TypeVar

from parley_chassis import tracing
from parley_chassis.commands import Answer, Busy, ClockSkew, CommandKey, NotRun, RequestRunning, UnknownOutcome
from parley_chassis.tracing import Trace

Tx = TypeVar("Tx")

MOST = 64
"""Commands in one transaction."""


@dataclass(eq=False, slots=True)
class Command(Generic[Tx]):
    """One command that waits for its turn."""

    key: CommandKey | None
    run: Callable[[Tx], Awaitable[Answer]]
    about: tuple[str, ...] = ()
    """The ids of what it will read."""
    alone: bool = False
    """It was in a transaction that failed: only alone will it be seen whose fault that was."""
    outcome: Answer | NotRun | None = None
    since: float = 0.0
    trace: Trace | None = field(default_factory=tracing.here)
    """Whoever's turn it is runs it: what it does still belongs to who asked for it."""


class Sharing(Generic[Tx]):
    """One transaction at a time, so that the commands of this process never meet one another in the database.

    There is no timer: what arrives while a transaction runs shares the next one, and who comes alone waits for nobody.
    """

    def __init__(
        self,
        alone: Callable[[Command[Tx]], Awaitable[Answer]],
        together: Callable[[Sequence[Command[Tx]]], Awaitable[Sequence[Answer]]],
        *,
        patience: float,
        clock: Callable[[], float] = lambda: asyncio.get_running_loop().time(),
    ) -> None:
        self._alone = alone
        self._together = together
        self._patience = patience
        self._clock = clock
        self._turn = asyncio.Lock()
        self._waiting: dict[Command[Tx], None] = {}
        self._keys: set[str] = set()

    async def run(self, command: Command[Tx]) -> Answer:
        """Carry the command out, with those that wait beside it where that can be."""
        if command.key is None:
            return await self._in_turn(command)
        if command.key.id in self._keys:
            raise RequestRunning
        self._keys.add(command.key.id)
        try:
            return await self._in_turn(command)
        finally:
            self._keys.remove(command.key.id)

    async def _in_turn(self, command: Command[Tx]) -> Answer:
        self._waiting[command], command.since = None, self._clock()
        try:
            # The lock is fair: whose turn it is, is the first of those that wait.
            async with self._turn:
                if command.outcome is None and not command.alone:
                    if self._clock() - command.since > self._patience:
                        raise Busy
                    await self._share()
                if command.outcome is None:
                    return await self._alone(command)
        finally:
            self._waiting.pop(command, None)
        if isinstance(command.outcome, NotRun):
            raise command.outcome
        return command.outcome

    async def _share(self) -> None:
        batch = list(islice(self._waiting, MOST))
        for command in batch:
            del self._waiting[command]
        if len(batch) == 1:
            return
        for command in batch:
            # What the others are told if the one whose turn it is should be ended in the middle.
            command.outcome = UnknownOutcome()
        try:
            for command, answer in zip(batch, await self._together(batch), strict=True):
                command.outcome = answer
        except (Busy, ClockSkew, UnknownOutcome) as error:
            # The fault of none of them: each would only wait for the same again.
            for command in batch:
                command.outcome = type(error)(str(error))
        except Exception:
            for command in batch:
                command.outcome, command.alone = None, True
