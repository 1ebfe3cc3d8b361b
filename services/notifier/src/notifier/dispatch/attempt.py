"""One attempt at one mail: write it, hand it over, settle it, whatever happens on the way."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import structlog
from parley_chassis.commands import NotRun

from notifier.dispatch.lanes import HostStuck, Lane, Lanes
from notifier.domain.addresses import domain_of
from notifier.ports import CannotWrite, Job, Mailer, NotTried, Outcome, Render, Unanswered, Unwritten
from notifier.use_cases.settling import Hold

log = structlog.get_logger(__name__)

STOPPED = "this process stopped"


class Attempt:
    """Knows whether the text has left, and so what a stop in the middle means."""

    def __init__(
        self, job: Job, reach_dot: Callable[[Hold], Awaitable[frozenset[Hold]]], *, may_try: Callable[[], bool] = lambda: True
    ) -> None:
        self.job = job
        self._may_try = may_try
        self.hold = Hold(job.delivery.id, job.delivery.epoch)
        self.text_left = False
        self.over = False
        self._reach_dot = reach_dot

    @property
    def may_be_called_off(self) -> bool:
        return not self.text_left and not self.over

    async def run(self, render: Render, mailer: Mailer, lanes: Lanes) -> Outcome:
        """Hand the mail over when there is a place for it; a cancellation is an outcome too."""
        try:
            async with lanes.place(domain_of(self.job.address)) as lane:
                if not self._may_try():
                    return NotTried(reason="the mail server is left alone", by_choice=True)
                return await mailer.send(render(self.job), partial(self._before_text, lane))
        except HostStuck:
            return NotTried(reason="nothing moves at the recipient's mail host", by_choice=True, host_busy=True)
        except CannotWrite as error:
            log.error("A mail cannot be written", notice=self.job.delivery.notice, delivery_id=self.hold.id, reason=str(error))
            return Unwritten(reason="its template is broken")
        except asyncio.CancelledError:
            return Unanswered(reason=f"{STOPPED} after the final dot") if self.text_left else NotTried(reason=STOPPED, by_choice=True)
        finally:
            self.over = True

    async def _before_text(self, lane: Lane) -> bool:
        """Store that the text is about to leave. Where that cannot be stored, it does not leave."""
        try:
            with lane.our_turn():
                self.text_left = self.hold in await self._reach_dot(self.hold)
        except NotRun as error:
            log.warning("A mail was called off: the database did not store that its text is about to leave", reason=repr(error))
        return self.text_left
