"""The runner of use cases: one transaction each, again where the database asks for it, never twice for one command."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from pymongo import ReturnDocument
from pymongo.errors import ConnectionFailure, OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from parley_chassis.commands import Answer, Busy, ClockSkew, CommandKey, KeyReused, RequestRunning, UnknownOutcome
from parley_chassis.mongo.documents import Unit
from parley_chassis.mongo.driver import Database, Session, database_now, session, start_transaction
from parley_chassis.mongo.indexes import Index
from parley_chassis.outbox import OUTBOX

Tx = TypeVar("Tx")
P = ParamSpec("P")
R = TypeVar("R")

COMMANDS = "commands"
KEPT = timedelta(days=7)
"""How long a request is answered again with its first answer."""

INDEXES = (
    Index(COMMANDS, [("at", 1)], expire_after=KEPT),
    Index(OUTBOX, [("at", 1)]),
    Index(OUTBOX, [("key", 1), ("sequence", 1), ("at", 1)]),
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


class Transactions(Generic[Tx]):
    """Runs use cases against one database; ``open_`` wraps a Unit into what the service's use cases take."""

    def __init__(
        self,
        database: Database,
        open_: Callable[[Unit], Tx],
        *,
        limits: Limits = Limits(),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.database = database
        self._open = open_
        self._limits = limits
        self._clock = clock
        self._jitter = jitter
        self._write = WriteConcern(w="majority", j=True, wtimeout=limits.commit_ms)

    async def __call__(self, use_case: Callable[Concatenate[Tx, P], Awaitable[R]], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run the use case in one transaction; its body may run several times, its effects happen once."""
        return await self.in_unit(lambda _, tx: use_case(tx, *args, **kwargs))

    async def in_unit(self, body: Callable[[Unit, Tx], Awaitable[R]]) -> R:
        """The same for the chassis, whose own rows change together with the service's."""

        async def attempt(session: Session, _: int) -> tuple[R, bool]:
            before = self._clock()
            unit = Unit(self.database, session, await database_now(self.database, session=session))
            self._check_clock(before, unit.now)
            result = await body(unit, self._open(unit))
            await unit.flush()
            return result, True

        return await self._run(attempt)

    async def once(
        self, key: CommandKey, use_case: Callable[Concatenate[Tx, P], Awaitable[Answer]], /, *args: P.args, **kwargs: P.kwargs
    ) -> Answer:
        """Run the command once for its key: a repeated request gets the stored answer, and nothing is done."""

        async def attempt(session: Session, tries: int) -> tuple[Answer, bool]:
            before = self._clock()
            row = await self._take(key, session, tries)
            if row["fingerprint"] != key.fingerprint:
                raise KeyReused
            if stored := row.get("answer"):
                # Committed all the same: only then is the answer known to be one that a majority of the nodes keeps.
                return Answer(**stored, replayed=True), True
            unit = Unit(self.database, session, row["seen"])
            self._check_clock(before, unit.now)
            answer = await use_case(self._open(unit), *args, **kwargs)
            if not answer.accepted:
                return answer, False
            await self._keep(key, answer, session)
            await unit.flush()
            return answer, True

        return await self._run(attempt)

    async def _run(self, attempt: Callable[[Session, int], Awaitable[tuple[R, bool]]]) -> R:
        """The attempts: the whole body again after a transient error, until patience ends."""
        deadline = time.monotonic() + self._limits.patience
        tries = 0
        while True:
            tries += 1
            try:
                async with session(self.database.client) as opened:
                    await start_transaction(opened, read=_SNAPSHOT, write=self._write, max_commit_ms=self._limits.commit_ms)
                    result, keep = await attempt(opened, tries)
                    if keep:
                        await self._commit(opened, deadline)
                    return result
            except PyMongoError as error:
                if not is_transient(error):
                    raise
                if time.monotonic() >= deadline:
                    raise Busy from error
            await self._pause(tries)

    async def _commit(self, opened: Session, deadline: float) -> None:
        """Commit, and again while nobody knows whether the last attempt did."""
        tries = 0
        while True:
            tries += 1
            try:
                await opened.commit_transaction()
            except PyMongoError as error:
                if not error.has_error_label("UnknownTransactionCommitResult"):
                    raise
                if time.monotonic() >= deadline:
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
        """The first statement: make or find the key's row, which also locks it, and read the time."""
        fresh = {
            "principal": {"$literal": key.principal},
            "route": {"$literal": key.route},
            "fingerprint": {"$ifNull": ["$fingerprint", {"$literal": key.fingerprint}]},
            "at": {"$ifNull": ["$at", "$$NOW"]},
            "seen": "$$NOW",
        }
        try:
            row = await self.database[COMMANDS].find_one_and_update(
                {"_id": key.id}, [{"$set": fresh}], upsert=True, return_document=ReturnDocument.AFTER, session=opened
            )
        except OperationFailure as error:
            # A later attempt may meet its own first one, which the server has not yet given up.
            if error.code == _WRITE_CONFLICT and tries == 1:
                raise RequestRunning from error
            raise
        assert row is not None
        return row

    async def _keep(self, key: CommandKey, answer: Answer, opened: Session) -> None:
        """Store the answer beside the key, in the same transaction as the command's effects."""
        stored = {"status": answer.status, "body": answer.body, "etag": answer.etag, "location": answer.location}
        await self.database[COMMANDS].update_one({"_id": key.id}, {"$set": {"answer": stored}}, session=opened)
