"""When a heartbeat becomes a watermark, and which: every condition under which the promise would be a guess holds it back."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

SKEW = timedelta(seconds=2)
"""How far the database's clock may be off a relay's, and off a service's when it begins a transaction (`Limits.skew`).

Of the grace, two lifetimes, a transaction can use one and a half: the server looks for old ones each half lifetime. The rest, 2.5 s of
10, is the margin for a clock that moves between a transaction and the heartbeat behind it, and SKEW stays within it.
"""
LEAP = timedelta(seconds=5)
"""How far the database's clock may get ahead of elapsed time unseen, as where it leaps together with the relay's own.

With such a leap the grace still covers a transaction of five seconds; ours end after three (`Limits.patience`). One whose process was
frozen in between may come late: it is published, counted and alarmed.
"""
REMEMBERED = 300.0
"""Seconds for which a reading of the transaction lifetime counts; the largest of them holds."""

_TICK = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """One heartbeat as it came back through the stream.

    ``at`` is the database's time, ``wall`` this host's when it was written, ``elapsed`` this host's clock that counts
    sleep too and never jumps (CLOCK_BOOTTIME, seconds).
    """

    at: datetime
    wall: datetime
    elapsed: float


class Watermarks:
    """Turns heartbeats into watermarks.

    ``last`` is the highest that went out and ``sent`` the heartbeat that it came from, if that is known: also before a restart.
    """

    def __init__(self, last: datetime | None = None, sent: Heartbeat | None = None) -> None:
        self.last = last
        self.sent = sent
        self.held: str | None = None
        """Why the newest heartbeat did not become a watermark."""
        self._lifetimes: deque[tuple[float, timedelta]] = deque()

    def read_lifetime(self, lifetime: timedelta, *, elapsed: float) -> None:
        """A reading of the primary's ``transactionLifetimeLimitSeconds``."""
        self._lifetimes.append((elapsed, lifetime))

    def grace(self, elapsed: float) -> timedelta | None:
        """Twice the largest lifetime of the last five minutes: no transaction can still be open that long."""
        while self._lifetimes and self._lifetimes[0][0] < elapsed - REMEMBERED:
            self._lifetimes.popleft()
        longest = max((each for _, each in self._lifetimes), default=None)
        return None if longest is None else 2 * longest

    def of(self, heartbeat: Heartbeat, *, accepted: bool = False) -> datetime | None:
        """The watermark that this heartbeat allows, or None; ``held`` says why, unless nothing was wrong.

        ``accepted`` passes over what a person has seen and found right: clocks that differ or leapt.
        """
        grace = self.grace(heartbeat.elapsed)
        if grace is None:
            self.held = "no_lifetime"
            return None
        self.held = None if accepted else self.doubt(heartbeat)
        if self.held:
            return None
        self.sent = heartbeat
        at = heartbeat.at - grace - _TICK
        if self.last is not None and at <= self.last:
            return None
        self.last = at
        return at

    def doubt(self, heartbeat: Heartbeat) -> str | None:
        """What is wrong with the clocks, by their names in the metric."""
        if abs(heartbeat.at - heartbeat.wall) > SKEW:
            return "clock_skew"
        if self.sent is not None and heartbeat.at - self.sent.at > timedelta(seconds=heartbeat.elapsed - self.sent.elapsed) + LEAP:
            return "clock_leap"
        return None

    def is_late(self, at: datetime) -> bool:
        """Whether an event of this time stands behind a watermark that excluded it."""
        return self.last is not None and at <= self.last
