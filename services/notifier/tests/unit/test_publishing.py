"""Each end of a delivery is one event, the same for ever, without an address."""

from datetime import timedelta

import pytest
from notifier.domain.delivery import Delivery
from notifier.domain.recipients import queue, side
from notifier.domain.words import Audience, State
from notifier.publishing import envelope
from notifier.testing.builders import AT, a_delivery
from parley_contracts import notifier as contract
from parley_contracts.words import Role

HOUR = timedelta(hours=1)
CLAIMED = a_delivery().claim(AT, HOUR)


def unconfirmed() -> Delivery:
    delivery = a_delivery()
    for attempt in range(1, 6):
        delivery = delivery.claim(AT, HOUR).reach_dot(attempt, AT, HOUR).left_open(attempt, AT, reason="no reply")
    return delivery


ENDS = [
    (CLAIMED.sent(1, AT, 250), contract.NotificationSent),
    (CLAIMED.rejected(1, AT, reason="no", code=550), contract.NotificationFailed),
    (a_delivery().expired(AT), contract.NotificationFailed),
    (a_delivery(created=AT - timedelta(days=5)).searched(AT, 0.0), contract.NotificationFailed),
    (unconfirmed(), contract.NotificationFailed),
    (a_delivery().suppressed(AT, "a test"), contract.NotificationSuppressed),
    (a_delivery().obsolete(AT), contract.NotificationSuppressed),
    (a_delivery().fold_into("d-2", AT), contract.NotificationSuppressed),
    (a_delivery().erased(AT), contract.NotificationSuppressed),
]


@pytest.mark.parametrize(("ended", "event"), ENDS, ids=[str(ended.state) for ended, _ in ENDS])
def test_each_end_has_its_event(ended: Delivery, event: type[contract.Notification]) -> None:
    told = envelope(ended, 7, AT)
    data = event.model_validate_json(told.value or b"")

    assert told.type == event.type
    assert (told.traceparent, told.first_traceparent) == ended.trace
    assert (told.subject, told.sequence, told.source, told.causationid, told.correlationid) == ("c-1", 7, "/notifier", "e-1", "e-0")
    assert (data.delivery_id, data.event_id, data.recipient_id) == ("d-1", "e-1", "anna")
    assert getattr(data, "reason", str(State.SENT)) == ended.state
    assert envelope(ended, 8, AT).id == told.id


def test_every_state_that_ends_has_an_event() -> None:
    assert {ended.state for ended, _ in ENDS} == {state for state in State if state.terminal}


def test_a_queue_is_named_by_what_it_is_for() -> None:
    ended = a_delivery(recipient=queue(Audience.SUPPORT, "north"), audience=Audience.SUPPORT).suppressed(AT, "a test")
    data = contract.NotificationSuppressed.model_validate_json(envelope(ended, 1, AT).value or b"")

    assert (data.recipient_id, data.recipient_role) == ("support", Role.SUPPORT)


def test_a_side_of_which_nobody_was_known_is_named_by_its_shop() -> None:
    ended = a_delivery(recipient=side("shop"), audience=Audience.SELLER).expired(AT)

    assert contract.NotificationFailed.model_validate_json(envelope(ended, 1, AT).value or b"").recipient_id == "shop"


def test_a_delivery_that_goes_on_is_told_to_nobody() -> None:
    with pytest.raises(ValueError, match="only one that has ended"):
        envelope(a_delivery(), 1, AT)
