"""The runner of use cases: in one transaction, again where the database asks for it, never twice for one command."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar

from pymongo.errors import ConnectionFailure, OperationFailure, PyMongoError, WriteConcernError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from parley_chassis import tracing
from parley_chassis.commands import Answer, Busy, ClockSkew, CommandKey, RequestRunning, UnknownOutcome
from parley_chassis.mongo import answers
from parley_chassis.mongo.documents import Unit
from parley_chassis.mongo.driver import Database, Session, database_now, session, start_transaction
from parley_chassis.mongo.indexes import Index
from parley_chassis.mongo.sharing import Command, Sharing
from parley_chassis.outbox import OUTBOX, TOMBSTONES

Tx = TypeVar("Tx")
P = ParamSpec("P")
R = TypeVar("R")

Attempted = tuple[R, Sequence[Callable[[], None]] | None]
"""What an attempt came to, and what to call once it is committed; None: nothing is to be kept."""

INDEXES = (
    Index(answers.COMMANDS, [("at", 1)], expire_after=answers.KEPT),
    Index(OUTBOX, [("at", 1)]),
    Index(OUTBOX, [("key", 1), ("sequence", 1), ("at", 1)]),
    Index(TOMBSTONES, [("due", 1)]),
)
"""What every service's database needs. The outbox by time for its clean-up, by subject for publishing again and erasure."""

_SNAPSHOT = ReadConcern("snapshot")
_WRITE_CONFLICT = 112


@dataclass(frozen=True, slots=True)
class Limits:
    """How long one use case may take, its attempts and commits together, and how far two clocks may differ."""

    patience: float = 3.0
    commit_ms: int = 3_000
    skew: timedelta = timedelta(seconds=2)
    pause: float = 0.02
    longest_pause: float = 0.25


def is_transient(error: BaseException) -> bool:
    """Whether the database's error says: nothing was changed, run the whole body again."""
    if not isinstance(error, PyMongoError):
        return False
    return error.has_error_label("TransientTransactionError") or isinstance(error, ConnectionFailure)


def _is_conflict(error: PyMongoError) -> bool:
    return isinstance(error, OperationFailure) and error.code == _WRITE_CONFLICT


class NotTogether(Exception):
    """An answer that leaves nothing behind cannot share a transaction with others that do."""


def is_unconfirmed(error: PyMongoError) -> bool:
    """Whether a commit may have happened. The driver's label is missing where the wait for the other nodes was interrupted."""
    return error.has_error_label("UnknownTransactionCommitResult") or isinstance(error, WriteConcernError)


class Transactions(Generic[Tx]):
    """Runs use cases against one database; ``open_`` wraps a Unit into what the service's use cases take."""

    def __init__(
        self,
        database: Database,
        open_: Callable[[Unit], Tx],
        *,
        prefetch: Callable[[Tx, Sequence[str]], Awaitable[None]] | None = None,
        limits: Limits = Limits(),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.database = database
        self._open = open_
        self._prefetch = prefetch
        self._about: tuple[str, ...] = ()
        self._limits = limits
        self._clock = clock
        self._jitter = jitter
        self._write = WriteConcern(w="majority", j=True, wtimeout=limits.commit_ms)
        self._sharing: Sharing[Tx] = Sharing(self._alone, self._together, patience=limits.patience)

    async def __call__(self, use_case: Callable[Concatenate[Tx, P], Awaitable[R]], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run the use case in one transaction; its body may run several times, its effects happen once."""
        return await self.in_unit(lambda _, tx: use_case(tx, *args, **kwargs))

    async def in_unit(self, body: Callable[[Unit, Tx], Awaitable[R]]) -> R:
        """The same for the chassis, whose own rows change together with the service's."""

        async def attempt(session: Session, _: int) -> Attempted[R]:
            before = self._clock()
            unit = Unit(self.database, session, await database_now(self.database, session=session))
            self._check_clock(before, unit.now)
            result = await body(unit, self._open(unit))
            await unit.flush()
            return result, unit.once_committed

        return await self._run(attempt)

    async def once(
        self, key: CommandKey | None, use_case: Callable[Concatenate[Tx, P], Awaitable[Answer]], /, *args: P.args, **kwargs: P.kwargs
    ) -> Answer:
        """Run the command once for its key: a repeated request gets the stored answer, and nothing is done.

        Commands that wait at the same moment share one transaction, also those that came without a key.
        """
        return await self._sharing.run(Command(key, lambda tx: use_case(tx, *args, **kwargs), about=self._about))

    def about(self, *ids: str) -> Self:
        """The same runner for a command that will read these: those that share a transaction read them together."""
        told = copy(self)
        told._about = ids
        return told

    async def _alone(self, command: Command[Tx]) -> Answer:
        async def attempt(session: Session, tries: int) -> Attempted[Answer]:
            before = self._clock()
            row = await self._take(command.key, session, tries) if command.key else None
            if row and command.key and (known := answers.known_answer(row, command.key)):
                # Committed all the same: only then is the answer known to be one that a majority of the nodes keeps.
                return known, ()
            unit = Unit(self.database, session, row["seen"] if row else await database_now(self.database, session=session))
            self._check_clock(before, unit.now)
            answer = await command.run(self._open(unit))
            if not answer.accepted:
                return answer, None
            if command.key:
                await answers.keep(self.database, {command.key.id: answer}, session)
            await unit.flush()
            return answer, unit.once_committed

        return await self._run(attempt)

    async def _together(self, commands: Sequence[Command[Tx]]) -> Sequence[Answer]:
        """All in one transaction, or an exception and nothing; a conflict with somebody else is not tried again here."""

        async def attempt(session: Session, _: int) -> Attempted[Sequence[Answer]]:
            before = self._clock()
            now, rows = await answers.take_all(self.database, [each.key for each in commands if each.key], session)
            unit = Unit(self.database, session, now)
            self._check_clock(before, now)
            if self._prefetch:
                await self._prefetch(self._open(unit), sorted({id for each in commands for id in each.about}))
            given = [await self._beside_others(each, rows, unit) for each in commands]
            new = {each.key.id: answer for each, answer in zip(commands, given, strict=True) if each.key and not answer.replayed}
            await answers.keep(self.database, new, session)
            await unit.flush()
            return given, unit.once_committed

        return await self._run(attempt, again_after_conflict=False)

    async def _beside_others(self, command: Command[Tx], rows: Mapping[str, dict[str, Any]], unit: Unit) -> Answer:
        known = answers.known_answer(rows[command.key.id], command.key) if command.key else None
        with tracing.under(command.trace):
            answer = known or await command.run(self._open(unit))
        if not answer.accepted:
            raise NotTogether
        return answer

    async def _run(self, attempt: Callable[[Session, int], Awaitable[Attempted[R]]], *, again_after_conflict: bool = True) -> R:
        """The attempts: the whole body again after a transient error, until patience ends."""
        deadline = asyncio.get_running_loop().time() + self._limits.patience
        tries = 0
        while True:
            tries += 1
            try:
                async with session(self.database.client) as opened:
                    await start_transaction(opened, read=_SNAPSHOT, write=self._write, max_commit_ms=self._limits.commit_ms)
                    result, then = await attempt(opened, tries)
                    if then is not None:
                        await self._commit(opened, deadline)
            except PyMongoError as error:
                if not is_transient(error) or (_is_conflict(error) and not again_after_conflict):
                    raise
                if asyncio.get_running_loop().time() >= deadline:
                    raise Busy from error
            else:
                for tell in then or ():
                    tell()
                return result
            await self._pause(tries)

    async def _commit(self, opened: Session, deadline: float) -> None:
        """Commit, and again while nobody knows whether the last attempt did."""
        tries = 0
        while True:
            tries += 1
            try:
                await opened.commit_transaction()
            except PyMongoError as error:
                if not is_unconfirmed(error):
                    raise
                if asyncio.get_running_loop().time() >= deadline:
                    raise UnknownOutcome from error
                await self._pause(tries)
            else:
                return

    async def _pause(self, tries: int) -> None:
        longest = min(self._limits.longest_pause, self._limits.pause * 2 ** (tries - 1))
        await asyncio.sleep(longest * (0.5 + self._jitter()))

    def _check_clock(self, before: datetime, now: datetime) -> None:
        if not before - self._limits.skew <= now <= self._clock() + self._limits.skew:
            raise ClockSkew

    async def _take(self, key: CommandKey, opened: Session, tries: int) -> dict[str, Any]:
        """The key's row, by the first statement."""
        try:
            return await answers.take(self.database, key, opened)
        except OperationFailure as error:
            # A later attempt may meet its own first one, which the server has not yet given up.
            if _is_conflict(error) and tries == 1:
                raise RequestRunning from error
            raise
