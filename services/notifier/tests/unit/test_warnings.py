"""A warning is sent while it is true, and not a moment longer."""

from datetime import timedelta
from typing import Any

import pytest
from notifier.domain.conversation import Waits
from notifier.domain.news import Wait
from notifier.domain.recipients import party
from notifier.domain.rules import Rules
from notifier.domain.words import Audience, Kind, Notice, State
from notifier.ports import Job
from notifier.testing.builders import a_conversation, a_delivery, a_party, a_story, a_wait
from notifier.use_cases.claiming import Claimed, claim


async def take(desk: Any, rules: Rules) -> Claimed:
    return await claim(desk, rules, limit=10, jitter=lambda: 0.0, resting={})


async def one_job(desk: Any, rules: Rules) -> Job:
    (job,) = (await take(desk, rules)).jobs
    return job


@pytest.fixture
def warned(desk: Any) -> Any:
    """A desk on which a warning is due and right."""
    story = a_story(kind=Kind.DUE_SOON, variant="seller", wait=a_wait())
    desk.people.put(a_party("shop", kind="seller"))
    desk.conversations.put(a_conversation())
    desk.waits.rows["c-1"] = _waits(a_wait())
    desk.deliveries.put(a_delivery(notice=Notice.DUE_SOON, audience=Audience.SELLER, recipient=party("shop"), story=story))
    return desk


def _waits(wait: Wait) -> Waits:
    return Waits(conversation_id="c-1").began(wait)


async def test_a_warning_of_a_wait_that_goes_on_is_sent(warned: Any, rules: Rules) -> None:
    assert (await one_job(warned, rules)).expected == a_wait().due


async def test_a_warning_of_a_wait_that_was_settled_is_obsolete(warned: Any, rules: Rules) -> None:
    warned.waits.rows["c-1"] = warned.waits.rows["c-1"].settled(a_wait())

    assert (await take(warned, rules)).ended == (State.OBSOLETE,)


async def test_a_warning_of_an_earlier_wait_is_obsolete(warned: Any, rules: Rules) -> None:
    warned.waits.rows["c-1"] = _waits(a_wait(cycle_id="cycle-2"))

    assert (await take(warned, rules)).ended == (State.OBSOLETE,)


async def test_a_warning_after_the_due_time_is_obsolete(warned: Any, rules: Rules) -> None:
    warned.later(hours=48)

    assert (await take(warned, rules)).ended == (State.OBSOLETE,)


async def test_a_warning_is_obsolete_as_soon_as_the_answer_is_known(warned: Any, rules: Rules) -> None:
    warned.conversations.put(a_conversation(state="awaiting_buyer", at=warned.later(seconds=1)))

    assert (await take(warned, rules)).ended == (State.OBSOLETE,)


async def test_a_warning_is_not_obsolete_because_the_conversation_is_read_late(warned: Any, rules: Rules) -> None:
    warned.conversations.put(a_conversation(state="awaiting_buyer", at=warned.now - timedelta(hours=1)))

    assert len((await take(warned, rules)).jobs) == 1
