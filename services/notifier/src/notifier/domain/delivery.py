"""One mail to one recipient about one event, and everything that can become of it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from notifier.domain.news import Health, Refund, Wait
from notifier.domain.recipients import Recipient
from notifier.domain.words import Audience, Author, Kind, Notice, State

RETRIES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60, 120, 240))
LONGEST_JITTER = 0.2
GIVE_UP = timedelta(days=5)
STALE = timedelta(days=7)
AMBIGUOUS_REST = timedelta(minutes=15)
MOST_AMBIGUOUS = 5
MOST_TOLD = 50


def retry_delay(attempts: int, jitter: float) -> timedelta:
    """The wait after so many failed attempts (from 1 on), up to a fifth longer; ``jitter`` is drawn from 0 to 1."""
    return RETRIES[min(attempts, len(RETRIES)) - 1] * (1 + LONGEST_JITTER * jitter)


class NotResendable(Exception):
    """This mail was sent, is being sent, may have arrived a moment ago, or is not needed any more: there is nothing to resend."""


class LeaseLost(Exception):
    """Another sender has this delivery now: leave it alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What a mail tells, without a word that anybody wrote. A folded delivery leaves its story with the one that is sent."""

    kind: Kind
    variant: str
    author: Author
    actor_id: str
    at: datetime
    conversation_id: str
    source: str
    number: str
    wait: Wait | None = None
    refund: Refund | None = None
    health: Health | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Why a delivery ended, in words that support may read."""

    reason: str = ""
    code: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A row of the outgoing post. ``due`` is when something must be done next; an ended delivery has none.

    ``epoch`` grows with each claim, so that only the sender that holds the row can settle it. ``held`` means that the
    mail waits a moment for the clock to say until when an answer is expected. ``searches`` counts how often nobody with
    an address was found, ``attempts`` how often a server was asked; ``untried`` says that it was this mail's turn and no
    server took the connection. ``resent`` is when a person gave it another five days. ``trace`` is that of its news.
    """

    id: str
    event_id: str
    conversation_id: str
    correlation_id: str
    source: str
    market: str
    notice: Notice
    audience: Audience
    recipient: Recipient
    language: str
    message_id: str
    story: Story
    created: datetime
    due: datetime | None
    state: State = State.PENDING
    held: bool = False
    epoch: int = 0
    attempts: int = 0
    ambiguous: int = 0
    searches: int = 0
    unknown: bool = False
    folded: tuple[Story, ...] = ()
    folds: int = 0
    into: str | None = None
    ended: datetime | None = None
    ending: Ending = Ending()
    untried: bool = False
    resends: int = 0
    resent: datetime | None = None
    trace: tuple[str, str] | None = None

    @property
    def fold_key(self) -> str:
        """Deliveries with the same key that were never attempted go out as one mail."""
        about = self.market if self.notice.grouped else self.conversation_id
        return f"{self.notice}|{self.audience}|{self.recipient.key}|{about}"

    @property
    def begun(self) -> datetime:
        """When its five days began."""
        return self.resent or self.created

    @property
    def resendable(self) -> bool:
        """Whether a person may have it sent (now, or after all) without a copy beyond the ambiguous attempts that are recorded."""
        return self.state in _RESENDABLE

    @property
    def untouched(self) -> bool:
        return self.state is State.PENDING and self.epoch == 0 and not self.folds

    # what a sender does

    def claim(self, at: datetime, lease: timedelta) -> Self:
        """Somebody will send it now, and says so again before the lease ends."""
        return replace(self, state=State.CLAIMED, epoch=self.epoch + 1, due=at + lease, held=False, unknown=False)

    def absorb(self, others: "tuple[Delivery, ...]") -> Self:
        """Tell of these too. What is told is fixed with the first claim."""
        stories = self.folded + tuple(other.story for other in others)
        return replace(self, folded=stories[-MOST_TOLD:], folds=self.folds + len(others))

    def reach_dot(self, epoch: int, at: datetime, lease: timedelta) -> Self:
        """The text is about to leave: from here on nobody can know whether a lost connection lost the mail."""
        if self.epoch != epoch or self.state is not State.CLAIMED:
            raise LeaseLost
        return replace(self, state=State.DOT, due=at + lease)

    def sent(self, epoch: int, at: datetime, code: int) -> Self:
        """The server owns it now."""
        self._held_by(epoch)
        return replace(self, attempts=self.attempts + 1)._end(State.SENT, at, code=code)

    def failed(self, epoch: int, at: datetime, *, reason: str, code: int | None, jitter: float) -> Self:
        """Definitely not taken, perhaps later."""
        self._held_by(epoch)
        tried = replace(self, attempts=self.attempts + 1, untried=False, ending=Ending(reason=reason, code=code))
        next_time = at + retry_delay(tried.attempts, jitter)
        if next_time >= self.begun + GIVE_UP:
            return tried._end(State.EXPIRED, at, reason=reason, code=code)
        return replace(tried, state=State.RETRY, due=next_time)

    def rejected(self, epoch: int, at: datetime, *, reason: str, code: int) -> Self:
        """Definitely not taken, and never will be."""
        self._held_by(epoch)
        return replace(self, attempts=self.attempts + 1)._end(State.REJECTED, at, reason=reason, code=code)

    def left_open(self, epoch: int, at: datetime, *, reason: str) -> Self:
        """The text left and no reply came: the server may have it. The same mail goes again, a few times and not soon."""
        self._held_by(epoch)
        return self._ambiguous(at, reason)

    def handed_back(self, epoch: int, at: datetime, *, reason: str, delay: timedelta = timedelta()) -> Self:
        """Nothing was tried, through no fault of this mail: it waits without being charged an attempt."""
        self._held_by(epoch)
        if at + delay >= self.begun + GIVE_UP:
            return self._end(State.EXPIRED, at, reason=reason)
        untried = self.untried or delay > timedelta()
        return replace(self, state=State.RETRY if self.attempts else State.PENDING, due=at + delay, untried=untried)

    # what happens to a row that nobody holds

    def lapse(self, at: datetime) -> Self:
        """The holder's lease ran out: before the dot nothing happened, after it nobody knows."""
        if self.state is State.DOT:
            return self._ambiguous(at, "the sender ended after the final dot")
        return replace(self, state=State.RETRY if self.attempts else State.PENDING, due=at)

    def searched(self, at: datetime, jitter: float) -> Self:
        """Nobody with an address is known yet: look again later, and give up after five days."""
        looked = replace(self, searches=self.searches + 1, unknown=True, held=False)
        next_time = at + retry_delay(looked.searches, jitter)
        if next_time >= self.begun + GIVE_UP:
            return looked._end(State.NO_ADDRESS, at, reason="nobody with an address became known in five days")
        return replace(looked, due=next_time)

    def wake(self, at: datetime) -> Self:
        """What it waited for has come."""
        return replace(self, due=at, held=False)

    def resend(self, at: datetime) -> Self:
        """A person wants it sent: the same mail with the same Message-ID, with five more days to try."""
        if not self.resendable:
            raise NotResendable
        if not self.state.terminal:
            return replace(self.wake(at), resent=at)
        # Never pending again: another delivery must not take this one into its own mail.
        # The next epoch: whoever held it before has nothing to say any more.
        again = replace(self, state=State.RETRY, epoch=self.epoch + 1, due=at, ended=None, ending=Ending(), resent=at)
        return replace(again, resends=self.resends + 1)

    def postpone(self, at: datetime, delay: timedelta) -> Self:
        """The recipient's mail host is busy: not now, and nothing is charged."""
        return replace(self, due=at + delay)

    def expired(self, at: datetime) -> Self:
        return self._end(State.EXPIRED, at, reason="the event is too old to be told")

    def suppressed(self, at: datetime, reason: str) -> Self:
        return self._end(State.SUPPRESSED, at, reason=reason)

    def obsolete(self, at: datetime) -> Self:
        return self._end(State.OBSOLETE, at, reason="the wait that it warned of has ended")

    def fold_into(self, other: str, at: datetime) -> Self:
        return replace(self, into=other)._end(State.FOLDED, at, reason="told in another mail")

    def erased(self, at: datetime) -> Self:
        return self._end(State.ERASED, at, reason="the recipient was erased")

    def _held_by(self, epoch: int) -> None:
        # An ambiguous row of the same epoch is still ours: the reply came after the lease, and says what nobody else knows.
        if self.epoch != epoch or self.state.terminal:
            raise LeaseLost

    def _ambiguous(self, at: datetime, reason: str) -> Self:
        tried = replace(
            self,
            attempts=self.attempts + (self.state is not State.AMBIGUOUS),
            ambiguous=self.ambiguous + (self.state is not State.AMBIGUOUS),
            untried=False,
        )
        if tried.ambiguous >= MOST_AMBIGUOUS:
            return tried._end(State.UNCONFIRMED, at, reason=reason)
        return replace(tried, state=State.AMBIGUOUS, due=at + AMBIGUOUS_REST, ending=Ending(reason=reason))

    def _end(self, state: State, at: datetime, *, reason: str = "", code: int | None = None) -> Self:
        ending = Ending(reason=reason, code=code)
        return replace(self, state=state, due=None, held=False, unknown=False, untried=False, ended=at, ending=ending)


_RESENDABLE = frozenset({State.PENDING, State.RETRY, State.EXPIRED, State.REJECTED, State.SUPPRESSED, State.NO_ADDRESS, State.UNCONFIRMED})
"""Not what was sent or is on its way, not what needs no mail, and not what rests because a copy may have arrived."""
