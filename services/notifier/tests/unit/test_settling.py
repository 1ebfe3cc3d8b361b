"""What became of an attempt is written down, and only by whom it belongs to."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from notifier.domain.dead_addresses import hashed
from notifier.domain.delivery import Delivery
from notifier.domain.recipients import queue
from notifier.domain.rules import Rules
from notifier.domain.words import Audience, State
from notifier.ports import Accepted, Delayed, NotTried, Outcome, Refused, Unanswered, Withdrawn
from notifier.testing.builders import a_delivery
from notifier.use_cases.settling import Hold, Settlement, reach_dot, settle

HOLD = Hold("d-1", 1)


@pytest.fixture
def claimed(desk: Any, rules: Rules) -> Delivery:
    delivery = a_delivery().claim(desk.now, rules.claim_lease)
    desk.deliveries.put(delivery)
    return delivery


async def told(desk: Any, rules: Rules, outcome: Outcome, hold: Hold = HOLD) -> Delivery:
    await settle(desk, [Settlement(hold, outcome, "anna@people.example")], jitter=lambda: 0.0)
    row = desk.deliveries.rows["d-1"]
    assert isinstance(row, Delivery)
    return row


async def test_the_dot_is_stored_for_those_who_hold_the_delivery(desk: Any, rules: Rules, claimed: Delivery) -> None:
    assert await reach_dot(desk, rules, [HOLD, Hold("d-1", 7), Hold("unknown", 1)]) == {HOLD}
    assert desk.deliveries.rows["d-1"].state is State.DOT
    assert desk.deliveries.rows["d-1"].due == desk.now + rules.dot_lease


@pytest.mark.parametrize(
    ("outcome", "state", "due"),
    [
        (Accepted(code=250), State.SENT, None),
        (Refused(reason="RCPT: 550", code=550), State.REJECTED, None),
        (Delayed(reason="RCPT: 451", code=451), State.RETRY, timedelta(minutes=1)),
        (Unanswered(reason="no reply"), State.AMBIGUOUS, timedelta(minutes=15)),
        (NotTried(reason="connect"), State.PENDING, timedelta(seconds=30)),
        (NotTried(reason="stop", by_choice=True), State.PENDING, timedelta()),
        (Withdrawn(), State.CLAIMED, timedelta(seconds=90)),
    ],
)
async def test_each_outcome_has_its_state(
    desk: Any, rules: Rules, claimed: Delivery, outcome: Outcome, state: State, due: timedelta | None
) -> None:
    row = await told(desk, rules, outcome)

    assert (row.state, row.due) == (state, None if due is None else desk.now + due)
    assert len(desk.published) == state.terminal


async def test_a_sender_that_lost_its_lease_changes_nothing(desk: Any, rules: Rules, claimed: Delivery) -> None:
    assert await told(desk, rules, Accepted(code=250), Hold("d-1", 0)) == claimed
    assert desk.published == []


async def test_an_address_that_the_server_does_not_know_is_remembered(desk: Any, rules: Rules, claimed: Delivery) -> None:
    await told(desk, rules, Refused(reason="RCPT: 550 5.1.1", code=550, dead=True))

    (dead,) = desk.dead_addresses.rows.values()
    assert dead.holds(desk.now)
    assert not dead.holds(desk.now + timedelta(days=180))
    assert (dead.market, dead.recipient_id, dead.masked) == ("north", "anna", "a•••@p•••.example")
    assert "anna@" not in str(dead)


async def test_a_refusal_that_may_mean_the_address_buries_it_with_the_third_in_thirty_days(desk: Any, rules: Rules) -> None:
    async def refused_again() -> bool:
        delivery = a_delivery(id="d-1", created=desk.now).claim(desk.now, rules.claim_lease)
        desk.deliveries.put(delivery)
        await told(desk, rules, Refused(reason="RCPT: 550", code=550, doubtful=True))
        return bool(desk.dead_addresses.rows[hashed("anna@people.example")].holds(desk.now))

    assert not await refused_again()
    desk.later(days=31)
    assert not await refused_again()
    desk.later(days=10)
    assert not await refused_again()
    desk.later(days=10)
    assert await refused_again()


async def test_a_refusal_for_another_reason_says_nothing_about_the_address(desk: Any, rules: Rules, claimed: Delivery) -> None:
    await told(desk, rules, Refused(reason="text: 554 spam", code=554))

    assert desk.dead_addresses.rows == {}


async def test_a_market_s_own_queue_is_never_given_up(desk: Any, rules: Rules, claimed: Delivery) -> None:
    desk.deliveries.put(replace(claimed, audience=Audience.SUPPORT, recipient=queue(Audience.SUPPORT, "north")))

    await told(desk, rules, Refused(reason="RCPT: 550 5.1.1", code=550, dead=True))

    assert desk.dead_addresses.rows == {}
