"""Takes what is due as soon as it is, keeps so many mails under way, and leaves a failing server alone."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

import structlog
from parley_chassis import tracing
from parley_chassis.commands import NotRun
from parley_chassis.tracing import Trace

from notifier.dispatch import metrics
from notifier.dispatch.attempt import STOPPED, Attempt
from notifier.dispatch.gathering import Gathering
from notifier.dispatch.lanes import PATIENCE, Lanes
from notifier.domain.addresses import domain_of
from notifier.domain.limits import Breaker, Hosts
from notifier.domain.pauses import ALL
from notifier.domain.rules import Rules
from notifier.ports import Accepted, Delayed, Job, Mailer, NotTried, Outcome, Render, Unanswered, Unwritten, Withdrawn
from notifier.use_cases.claiming import Claimed, claim
from notifier.use_cases.settling import Hold, Settlement, reach_dot, settle

P = ParamSpec("P")
R = TypeVar("R")

LONGEST_REST = 5.0
"""Seconds after which the dispatcher looks by itself: another process may have made, or left behind, what is due."""

DRAIN = 15.0
"""Seconds that a stop waits for the replies to texts that have left."""

AHEAD = 8
"""How many mails are claimed for each that is under way: a claim costs the same for one and for many."""

_PAUSE = 0.5
_LONGEST_PAUSE = 5.0

log = structlog.get_logger(__name__)


class Transact(Protocol):
    """Runs a use case in one transaction."""

    async def __call__(self, use_case: Callable[Concatenate[Any, P], Awaitable[R]], /, *args: P.args, **kwargs: P.kwargs) -> R: ...


class Dispatcher:
    """``mails`` at once. ``wake`` says that something may be due."""

    def __init__(
        self,
        transact: Transact,
        mailer: Mailer,
        render: Render,
        rules: Rules,
        *,
        mails: int,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
        drain: float = DRAIN,
        patience: float = PATIENCE,
    ) -> None:
        self._transact = transact
        self._mailer = mailer
        self._render = render
        self._rules = rules
        self._lanes = Lanes(mails, patience=patience)
        self._most = mails * AHEAD
        self._backlog = False
        self._clock = clock
        self._jitter = jitter
        self._drain = drain
        self._woken = asyncio.Event()
        self._under_way: dict[asyncio.Task[None], Attempt] = {}
        self._claiming: asyncio.Future[Claimed] | None = None
        self._breaker = Breaker()
        self._hosts = Hosts()
        # Apart: a text that is about to leave holds a place, and would wait there for what became of others.
        self._dots: Gathering[Hold, frozenset[Hold]] = Gathering(self._reach_dots)
        self._books: Gathering[Settlement, None] = Gathering(self._write_down)

    def wake(self) -> None:
        """Something may be due now."""
        self._woken.set()

    async def run(self) -> None:
        """Send until cancelled; then wait for the replies to what has left, and give the rest back."""
        try:
            while True:
                self._woken.clear()
                rest = await self._turn()
                await self._wait(rest)
        finally:
            await self._stop()

    async def _turn(self) -> float:
        """Take what is due and start sending it; returns how long nothing more is to be done."""
        now = self._clock()
        free = self._most - len(self._under_way)
        room = self._breaker.allowed(now, free)
        metrics.BREAKER.set(self._breaker.open)
        if room <= 0 or (self._backlog and free < self._most // 2):
            return self._breaker.wait(now) or LONGEST_REST
        try:
            claimed = await self._claim(room)
        except NotRun as error:
            log.warning("Nothing could be claimed; tried again", reason=repr(error))
            return _PAUSE
        may_try = (lambda: True) if self._breaker.open else (lambda: not self._breaker.open)
        for job in claimed.jobs:
            attempt = Attempt(job, self._dots, may_try=may_try)
            self._under_way[asyncio.create_task(self._send(attempt))] = attempt
        if claimed.jobs:
            self._breaker.probing(now)
        wait = claimed.wait
        self._backlog = len(claimed.jobs) == room and wait is not None and wait.total_seconds() <= 0
        return LONGEST_REST if wait is None else min(LONGEST_REST, max(0.0, wait.total_seconds()))

    async def _claim(self, room: int) -> Claimed:
        resting = {host: timedelta(seconds=rest) for host, rest in self._hosts.resting(self._clock()).items()}
        metrics.RESTING.set(len(resting))
        work = self._transact(claim, self._rules, limit=room, jitter=self._jitter, resting=resting)
        self._claiming = asyncio.ensure_future(work)
        claimed = await asyncio.shield(self._claiming)
        self._claiming = None
        for state in claimed.ended:
            metrics.SETTLED.labels(state).inc()
        metrics.OLDEST.set(claimed.late.total_seconds())
        for scope in (ALL, *self._rules.markets):
            metrics.PAUSED.labels(scope).set(scope in claimed.paused)
        return claimed

    async def _wait(self, rest: float) -> None:
        """Until there is something to do: a wake-up, a free place where more was due, or the time itself."""
        woken = asyncio.ensure_future(self._woken.wait())
        busy = bool(self._under_way) and (self._backlog or len(self._under_way) >= self._most)
        try:
            await asyncio.wait({woken, *self._under_way}, timeout=None if busy else rest, return_when=asyncio.FIRST_COMPLETED)
        finally:
            woken.cancel()
        for task in [task for task in self._under_way if task.done()]:
            del self._under_way[task]
            task.result()
        metrics.UNDER_WAY.set(len(self._under_way))

    async def _send(self, attempt: Attempt) -> None:
        began = self._clock()
        with tracing.under(Trace.after(*(attempt.job.delivery.trace or (None,)))):
            outcome = await attempt.run(self._render, self._mailer, self._lanes)
        self._learn(attempt.job, outcome, self._clock() - began)
        await self._books(Settlement(attempt.hold, outcome, attempt.job.address))

    def _learn(self, job: Job, outcome: Outcome, took: float) -> None:
        """What an attempt says about the servers, and what is counted."""
        metrics.ATTEMPTS.labels(type(outcome).__name__.lower()).inc()
        now = self._clock()
        if isinstance(outcome, Delayed | NotTried) and outcome.host_busy:
            self._hosts.rest(domain_of(job.address), now)
        match outcome:
            case NotTried(by_choice=True) | Unwritten() | Withdrawn() | Delayed(code=None, host_busy=True):
                # This says nothing about the mail server: not even that the recipient's host let it wait.
                return
            case NotTried() | Unanswered() | Delayed(code=None) | Delayed(code=421):
                metrics.OPENED.inc(self._breaker.failed(now))
            case _:
                self._breaker.answered()
        metrics.BREAKER.set(self._breaker.open)
        if isinstance(outcome, Accepted) and job.delivery.attempts == 0:
            metrics.DELAY.observe(max(0.0, (job.at - job.delivery.story.at).total_seconds()) + took)

    async def _reach_dots(self, holds: Sequence[Hold]) -> frozenset[Hold]:
        """One transaction for all lanes whose texts are about to leave; returns whose may."""
        may_leave: frozenset[Hold] = await self._transact(reach_dot, self._rules, holds)
        return may_leave

    async def _write_down(self, settlements: Sequence[Settlement]) -> None:
        """What became of mails, in one transaction too. It must be written down: tried until the database takes it."""
        pause = _PAUSE
        while True:
            try:
                await self._transact(settle, settlements, jitter=self._jitter)
                return
            except NotRun as error:
                log.warning("What became of some mails could not be stored; tried again", mails=len(settlements), reason=repr(error))
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    async def _stop(self) -> None:
        """Call off what has not left; wait a while for the replies to what has."""
        await self._give_back_claimed()
        for task, attempt in self._under_way.items():
            if attempt.may_be_called_off:
                task.cancel()
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=self._drain)
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        await self._dots.finish()
        await self._books.finish()
        await self._mailer.close()

    async def _give_back_claimed(self) -> None:
        """A claim that was being made when the stop came: nobody else should have to wait for its leases to run out."""
        if self._claiming is None:
            return
        await asyncio.wait({self._claiming})
        if self._claiming.cancelled() or self._claiming.exception():
            return
        for job in self._claiming.result().jobs:
            outcome = NotTried(reason=STOPPED, by_choice=True)
            await self._books(Settlement(Hold(job.delivery.id, job.delivery.epoch), outcome, job.address))
