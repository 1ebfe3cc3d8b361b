"""The waits of one conversation as its service sees them; when they are due is the response clock's word."""

from dataclasses import dataclass, replace
from datetime import datetime

from parley_conversation.domain.words import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """The buyer waits for this side. ``due`` is known once the clock announced the wait."""

    owed_by: Side
    opened_by: str
    """The id of the event that opened it."""
    since: datetime
    due: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The clock's announcement of a wait."""

    owed_by: Side
    opened_by: str
    start: datetime
    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """The event that begins, ends or moves waits: its id, its place and its time."""

    id: str
    sequence: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """At most one open wait for each side; ``unanswered`` is the buyer's last public message, waited for or not."""

    open: tuple[Wait, ...] = ()
    unanswered: bool = False
    moved_at: int = 0
    """The sequence of the last event that began, ended or moved a wait."""

    def of(self, side: Side) -> Wait | None:
        return next((wait for wait in self.open if wait.owed_by is side), None)

    def buyer_wrote(self, handler: Side, event: Happened) -> "Waits":
        """A public message of the buyer's, or a reopen. Later messages do not move a wait."""
        if self.open:
            return replace(self, unanswered=True)
        return self._now((_wait(handler, event),), event, unanswered=True)

    def answered_by(self, side: Side, event: Happened) -> "Waits":
        """A public answer ends all waits if its side owes one; it counts as nothing while only the other side does."""
        if not self.open:
            return replace(self, unanswered=False)
        return self._now((), event, unanswered=False) if self.of(side) else self

    def handed_over(self, event: Happened, *, because_overdue: bool) -> "Waits":
        """Support owes the answer from now on. Only an overdue wait of the seller's goes on beside it."""
        kept = self.open if because_overdue else tuple(wait for wait in self.open if wait.owed_by is Side.SUPPORT)
        if self.unanswered and not any(wait.owed_by is Side.SUPPORT for wait in kept):
            kept = (*kept, _wait(Side.SUPPORT, event))
        return self if kept == self.open else self._now(kept, event, unanswered=self.unanswered)

    def handed_back(self, event: Happened) -> "Waits":
        """The seller owes the answer again, if the buyer still waits for one; every older wait ends."""
        opened = (_wait(Side.SELLER, event),) if self.unanswered else ()
        return self._now(opened, event, unanswered=self.unanswered) if self.open or opened else self

    def ended(self, event: Happened, *, unanswered: bool) -> "Waits":
        """Closed or waived: nobody owes anything."""
        return self._now((), event, unanswered=unanswered) if self.open else replace(self, unanswered=unanswered)

    def announced(self, expected: Expected) -> "Waits":
        """The clock says until when. A wait that is over is not touched; one that was excused begins anew, later."""
        wait = self.of(expected.owed_by)
        if wait is None:
            return self
        excused = wait.due is not None and expected.start > wait.since
        if expected.opened_by != wait.opened_by and not excused:
            return self
        return replace(self, open=tuple(replace(each, due=expected.due) if each is wait else each for each in self.open))

    def _now(self, open: tuple[Wait, ...], event: Happened, *, unanswered: bool) -> "Waits":
        return Waits(open=open, unanswered=unanswered, moved_at=event.sequence)


def _wait(side: Side, event: Happened) -> Wait:
    return Wait(owed_by=side, opened_by=event.id, since=event.at)
