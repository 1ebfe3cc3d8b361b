"""What becomes of a delivery, whatever happens to it."""

from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from notifier.domain.delivery import GIVE_UP, MOST_AMBIGUOUS, MOST_TOLD, LeaseLost, NotResendable, retry_delay
from notifier.domain.words import State
from notifier.store import INDEXES
from notifier.store.deliveries import DELIVERIES
from notifier.store.rows import delivery_row
from notifier.testing.builders import AT, a_delivery, a_story

LEASE = timedelta(minutes=3)
MINUTE = timedelta(minutes=1)


def test_retries_come_at_the_times_that_are_promised() -> None:
    minutes = [retry_delay(attempts, 0.0) / MINUTE for attempts in range(1, 11)]

    assert minutes == [1, 5, 15, 30, 60, 120, 240, 240, 240, 240]


def test_jitter_makes_a_retry_later_by_a_fifth_at_most() -> None:
    assert retry_delay(1, 1.0) == timedelta(seconds=72)


def test_a_delivery_goes_ninety_days_after_its_end_and_none_without_one() -> None:
    ended = a_delivery().claim(AT, LEASE).rejected(1, AT, reason="no", code=550)
    [(field, kept)] = [(index.keys, index.expire_after) for index in INDEXES if index.collection == DELIVERIES and index.expire_after]

    assert (field, kept) == ([("ended", 1)], timedelta(days=90))
    assert delivery_row(ended)["ended"] == AT
    assert "ended" not in delivery_row(a_delivery())


def test_a_mail_that_the_server_took_is_sent() -> None:
    sent = a_delivery().claim(AT, LEASE).reach_dot(1, AT, LEASE).sent(1, AT, 250)

    assert (sent.state, sent.due, sent.ended, sent.attempts) == (State.SENT, None, AT, 1)


def test_a_mail_that_was_not_taken_is_tried_again() -> None:
    tried = a_delivery().claim(AT, LEASE).failed(1, AT, reason="later", code=451, jitter=0.0)

    assert (tried.state, tried.due, tried.attempts) == (State.RETRY, AT + MINUTE, 1)


def test_a_mail_is_given_up_after_five_days() -> None:
    at, tried = AT, a_delivery()
    while not tried.state.terminal:
        at = tried.due or at
        tried = tried.claim(at, LEASE).failed(tried.epoch + 1, at, reason="later", code=451, jitter=0.0)

    assert tried.state is State.EXPIRED
    assert at < AT + GIVE_UP
    assert AT + GIVE_UP - at <= timedelta(hours=4)


def test_a_mail_without_a_reply_waits_a_quarter_of_an_hour_and_is_unconfirmed_after_five() -> None:
    open_ = a_delivery()
    for attempt in range(1, MOST_AMBIGUOUS):
        open_ = open_.claim(AT, LEASE).reach_dot(attempt, AT, LEASE).left_open(attempt, AT, reason="no reply")
        assert (open_.state, open_.due, open_.ambiguous) == (State.AMBIGUOUS, AT + timedelta(minutes=15), attempt)

    last = open_.claim(AT, LEASE).reach_dot(5, AT, LEASE).left_open(5, AT, reason="no reply")

    assert (last.state, last.due) == (State.UNCONFIRMED, None)


def test_a_sender_that_died_before_the_dot_left_nothing_behind() -> None:
    lapsed = a_delivery().claim(AT, LEASE).lapse(AT + LEASE)

    assert (lapsed.state, lapsed.due, lapsed.attempts, lapsed.ambiguous) == (State.PENDING, AT + LEASE, 0, 0)


def test_a_sender_that_died_after_the_dot_left_the_mail_open() -> None:
    lapsed = a_delivery().claim(AT, LEASE).reach_dot(1, AT, LEASE).lapse(AT + LEASE)

    assert (lapsed.state, lapsed.attempts, lapsed.ambiguous) == (State.AMBIGUOUS, 1, 1)


def test_a_reply_that_comes_after_the_lease_still_counts() -> None:
    lapsed = a_delivery().claim(AT, LEASE).reach_dot(1, AT, LEASE).lapse(AT + LEASE)

    assert lapsed.sent(1, AT + LEASE, 250).state is State.SENT


def test_the_same_lost_reply_is_counted_once() -> None:
    lapsed = a_delivery().claim(AT, LEASE).reach_dot(1, AT, LEASE).lapse(AT + LEASE)

    again = lapsed.left_open(1, AT + LEASE, reason="no reply")

    assert (again.attempts, again.ambiguous) == (1, 1)


def test_a_sender_that_lost_its_lease_cannot_send() -> None:
    taken_over = a_delivery().claim(AT, LEASE).lapse(AT).claim(AT, LEASE)

    with pytest.raises(LeaseLost):
        taken_over.reach_dot(1, AT, LEASE)
    with pytest.raises(LeaseLost):
        taken_over.sent(1, AT, 250)
    with pytest.raises(LeaseLost):
        a_delivery().claim(AT, LEASE).lapse(AT).reach_dot(1, AT, LEASE)


def test_an_ended_delivery_stays_ended() -> None:
    sent = a_delivery().claim(AT, LEASE).reach_dot(1, AT, LEASE).sent(1, AT, 250)

    with pytest.raises(LeaseLost):
        sent.failed(1, AT, reason="late", code=451, jitter=0.0)


def test_a_mail_that_no_server_was_asked_about_is_not_charged() -> None:
    back = a_delivery().claim(AT, LEASE).handed_back(1, AT, reason="no connection", delay=MINUTE)

    assert (back.state, back.due, back.attempts) == (State.PENDING, AT + MINUTE, 0)


def test_a_mail_that_no_server_could_be_asked_about_for_five_days_expires() -> None:
    at = AT + GIVE_UP - MINUTE

    assert a_delivery().claim(at, LEASE).handed_back(1, at, reason="no connection", delay=MINUTE).state is State.EXPIRED


def test_nobody_with_an_address_ends_after_five_days() -> None:
    at, sought = AT, a_delivery()
    while not sought.state.terminal:
        at = sought.due or at
        sought = sought.searched(at, 0.0)

    assert sought.state is State.NO_ADDRESS
    assert sought.attempts == 0


def test_a_mail_tells_of_the_latest_fifty_and_counts_the_rest() -> None:
    others = tuple(a_delivery(id=f"d-{n}", story=a_story(number=f"T-{n}")) for n in range(60))

    absorbed = a_delivery().absorb(others)

    assert absorbed.folds == 60
    assert [story.number for story in absorbed.folded] == [f"T-{n}" for n in range(10, 60)]
    assert len(absorbed.folded) == MOST_TOLD


ENDS = {
    State.PENDING: a_delivery(due=AT + GIVE_UP),
    State.CLAIMED: a_delivery().claim(AT, LEASE),
    State.DOT: a_delivery().claim(AT, LEASE).reach_dot(1, AT, LEASE),
    State.RETRY: a_delivery().claim(AT, LEASE).failed(1, AT, reason="later", code=451, jitter=0.0),
    State.AMBIGUOUS: a_delivery().claim(AT, LEASE).left_open(1, AT, reason="no reply"),
    State.SENT: a_delivery().claim(AT, LEASE).sent(1, AT, 250),
    State.REJECTED: a_delivery().claim(AT, LEASE).rejected(1, AT, reason="never", code=550),
    State.EXPIRED: a_delivery().expired(AT),
    State.SUPPRESSED: a_delivery().suppressed(AT, "dead"),
    State.NO_ADDRESS: a_delivery(state=State.NO_ADDRESS, due=None, ended=AT),
    State.OBSOLETE: a_delivery().obsolete(AT),
    State.FOLDED: a_delivery().fold_into("d-2", AT),
    State.UNCONFIRMED: a_delivery(state=State.UNCONFIRMED, due=None, ended=AT, ambiguous=MOST_AMBIGUOUS, epoch=9),
    State.ERASED: a_delivery().erased(AT),
}
LATER = AT + 2 * GIVE_UP


@pytest.mark.parametrize("state", State)
def test_a_person_can_have_a_mail_sent_unless_it_was_or_need_not_be(state: State) -> None:
    row = ENDS[state]
    if state in (State.CLAIMED, State.DOT, State.AMBIGUOUS, State.SENT, State.OBSOLETE, State.FOLDED, State.ERASED):
        assert not row.resendable
        with pytest.raises(NotResendable):
            row.resend(LATER)
        return

    again = row.resend(LATER)

    assert (again.due, again.ended, again.message_id) == (LATER, None, row.message_id)
    assert again.claim(LATER, LEASE).failed(again.epoch + 1, LATER, reason="later", code=451, jitter=0.0).state is State.RETRY
    assert again.resends == state.terminal


def test_a_mail_that_is_resent_is_not_told_in_another_one() -> None:
    assert not a_delivery().expired(AT).resend(LATER).untouched


def test_whoever_held_it_before_has_no_say_in_a_mail_that_is_resent() -> None:
    with pytest.raises(LeaseLost):
        ENDS[State.REJECTED].resend(LATER).rejected(1, LATER, reason="never", code=550)


def test_a_mail_whose_turn_it_was_is_untried_until_a_server_says_something() -> None:
    untried = a_delivery().claim(AT, LEASE).handed_back(1, AT, reason="no connection", delay=MINUTE)
    assert untried.untried
    assert untried.claim(AT, LEASE).untried
    assert not untried.claim(AT, LEASE).failed(2, AT, reason="later", code=451, jitter=0.0).untried
    assert not untried.claim(AT, LEASE).left_open(2, AT, reason="no reply").untried
    assert not untried.claim(AT, LEASE).sent(2, AT, 250).untried
    assert not a_delivery().claim(AT, LEASE).handed_back(1, AT, reason="stop").untried


class AnyLife(RuleBasedStateMachine):
    """Whatever happens in whatever order: no state is invented, nothing ended comes back, open attempts are bounded."""

    def __init__(self) -> None:
        super().__init__()
        self.now = AT
        self.row = a_delivery()
        self.dots = 0
        self.copies = 0
        """How many may have arrived: one that was taken, and each whose reply nobody heard."""

    @rule(minutes=st.integers(1, 2000))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @precondition(lambda self: self.row.due is not None and self.row.due <= self.now)
    @rule()
    def somebody_looks(self) -> None:
        if self.row.state in (State.CLAIMED, State.DOT):
            self.copies += self.row.state is State.DOT
            self.row = self.row.lapse(self.now)
        elif self.now < self.row.begun + GIVE_UP:
            self.row = self.row.claim(self.now, LEASE)
        else:
            self.row = self.row.expired(self.now)

    @precondition(lambda self: self.row.state is State.CLAIMED)
    @rule()
    def the_text_leaves(self) -> None:
        self.row = self.row.reach_dot(self.row.epoch, self.now, LEASE)
        self.dots += 1

    @precondition(lambda self: self.row.epoch > 0 and not self.row.state.terminal)
    @rule(what=st.sampled_from(["sent", "failed", "rejected", "left open", "handed back"]), late=st.integers(0, 2))
    def a_sender_reports(self, what: str, late: int) -> None:
        epoch = self.row.epoch - late
        if late:
            with pytest.raises(LeaseLost):
                self.row.sent(epoch, self.now, 250)
            return
        self.copies += what in ("sent", "left open") and self.row.state is not State.AMBIGUOUS
        match what:
            case "sent":
                self.row = self.row.sent(epoch, self.now, 250)
            case "failed":
                self.row = self.row.failed(epoch, self.now, reason="later", code=451, jitter=0.5)
            case "rejected":
                self.row = self.row.rejected(epoch, self.now, reason="never", code=550)
            case "left open":
                self.row = self.row.left_open(epoch, self.now, reason="no reply")
            case _:
                self.row = self.row.handed_back(epoch, self.now, reason="no connection")

    @precondition(lambda self: self.row.resendable)
    @rule()
    def somebody_resends(self) -> None:
        self.row = self.row.resend(self.now)

    @invariant()
    def there_is_one_mail(self) -> None:
        assert self.row.message_id == a_delivery().message_id
        assert self.copies <= 1 + self.row.ambiguous

    @invariant()
    def ended_means_that_nothing_is_due(self) -> None:
        assert (self.row.due is None) is self.row.state.terminal is (self.row.ended is not None)

    @invariant()
    def open_attempts_are_few(self) -> None:
        assert self.row.ambiguous <= MOST_AMBIGUOUS + self.row.resends
        assert (self.row.ambiguous >= MOST_AMBIGUOUS) <= (self.row.state.terminal or self.row.resends > 0)


TestAnyLife = AnyLife.TestCase
TestAnyLife.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
