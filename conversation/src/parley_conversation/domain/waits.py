"""The waits of one conversation as its service sees them; when they are due is the response clock's word."""

from dataclasses import dataclass, replace
from datetime import datetime

from parley_conversation.domain.words import Side

REMEMBERED = 500
"""Public messages that are remembered, as by the clock. A removal of an older one moves no wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """The buyer waits for this side. ``due`` is known once the clock announced the wait."""

    owed_by: Side
    opened_by: str
    """The id of the event that opened it."""
    since: datetime
    due: datetime | None = None
    message_id: str | None = None
    """The buyer's message that opened it, if one did."""


@dataclass(frozen=True, slots=True)
class Said:
    """A public message that a removal can still bring back into the reckoning: the buyer's waits, the others answer."""

    id: str
    waits: bool


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
    said: tuple[Said, ...] = ()
    ended: tuple[Wait, ...] = ()
    """What the last event that ended waits ended: a removed answer brings it back."""

    def of(self, side: Side) -> Wait | None:
        return next((wait for wait in self.open if wait.owed_by is side), None)

    def buyer_wrote(self, handler: Side, event: Happened, message_id: str) -> "Waits":
        """A public message of the buyer's, or a reopen. Later messages do not move a wait."""
        heard = replace(self, unanswered=True, said=_remembered(*self.said, Said(message_id, waits=True)))
        return heard if self.open else heard._now((_wait(handler, event, message_id),), event)

    def answered_by(self, side: Side, event: Happened, message_id: str) -> "Waits":
        """A public answer ends all waits if its side owes one; it counts as nothing while only the other side does."""
        if self.open and not self.of(side):
            return self
        # An answer to nothing cannot be missed when it is removed.
        said = _remembered(*self.said, Said(message_id, waits=False)) if self.said else ()
        answered = replace(self, unanswered=False, said=said)
        return answered._now((), event) if self.open else answered

    def handed_over(self, event: Happened, *, because_overdue: bool) -> "Waits":
        """Support owes the answer from now on. Only an overdue wait of the seller's goes on beside it."""
        kept = self.open if because_overdue else tuple(wait for wait in self.open if wait.owed_by is Side.SUPPORT)
        if self.unanswered and not any(wait.owed_by is Side.SUPPORT for wait in kept):
            kept = (*kept, _wait(Side.SUPPORT, event))
        return self if kept == self.open else self._now(kept, event)

    def handed_back(self, event: Happened) -> "Waits":
        """The seller owes the answer again, if the buyer still waits for one; every older wait ends."""
        opened = (_wait(Side.SELLER, event),) if self.unanswered else ()
        return self._now(opened, event) if self.open or opened else self

    def closed(self, event: Happened) -> "Waits":
        """Nobody owes anything."""
        return self._now((), event) if self.open else self

    def waived(self, event: Happened) -> "Waits":
        """Nobody owes anything, and whatever was said so far waits no more."""
        return replace(self.closed(event), unanswered=False, said=())

    def removed(self, message_id: str, handler: Side, event: Happened, *, spam: bool) -> "Waits":
        """As if it had not been said: without its answer the buyer waits again, and spam never waited."""
        gone = next((said for said in self.said if said.id == message_id), None)
        waiting = _waiting(left := tuple(said for said in self.said if said is not gone))
        without = replace(self, said=left, unanswered=bool(waiting))
        if gone and not gone.waits:
            if self.open or self.unanswered or not (waiting and self.ended):
                return without
            old = next((wait for wait in self.ended if wait.owed_by is handler), self.ended[0])
            return without._now((_wait(handler, event, old.message_id),), event)
        if not spam or not (gone or any(wait.message_id == message_id for wait in self.open)):
            return self
        kept = tuple(wait for wait in self.open if waiting and wait.message_id != message_id)
        if kept == self.open:
            return without
        again = () if kept or not waiting else (_wait(handler, event, waiting[0].id),)
        return replace(without._now(kept or again, event), ended=self.ended)

    def announced(self, expected: Expected) -> "Waits":
        """The clock says until when. A wait that is over is not touched; one that was excused begins anew, later."""
        wait = self.of(expected.owed_by)
        if wait is None:
            return self
        excused = wait.due is not None and expected.start > wait.since
        if expected.opened_by != wait.opened_by and not excused:
            return self
        return replace(self, open=tuple(replace(each, due=expected.due) if each is wait else each for each in self.open))

    def _now(self, open: tuple[Wait, ...], event: Happened) -> "Waits":
        ended = tuple(wait for wait in self.open if wait not in open)
        return replace(self, open=open, moved_at=event.sequence, ended=ended or self.ended)


def _wait(side: Side, event: Happened, message_id: str | None = None) -> Wait:
    return Wait(owed_by=side, opened_by=event.id, since=event.at, message_id=message_id)


def _remembered(*said: Said) -> tuple[Said, ...]:
    return said[-REMEMBERED:]


def _waiting(said: tuple[Said, ...]) -> tuple[Said, ...]:
    """The buyer's messages that nobody has answered, the oldest first."""
    answers = [place for place, each in enumerate(said, 1) if not each.waits]
    return said[answers[-1] if answers else 0 :]
