"""Deliveries that wait together go out together."""

from datetime import timedelta
from typing import Any

import pytest
from notifier.domain.recipients import party, queue
from notifier.domain.rules import Rules
from notifier.domain.words import Audience, Notice, State
from notifier.ports import Job
from notifier.testing.builders import a_delivery, a_party, a_story
from notifier.use_cases.claiming import Claimed, claim


async def take(desk: Any, rules: Rules) -> Claimed:
    return await claim(desk, rules, limit=10, jitter=lambda: 0.0, resting={})


async def one_job(desk: Any, rules: Rules) -> Job:
    (job,) = (await take(desk, rules)).jobs
    return job


async def test_deliveries_of_one_kind_that_wait_go_out_as_one_mail(desk: Any, rules: Rules) -> None:
    desk.people.put(a_party("anna"))
    for n in range(3):
        desk.deliveries.put(
            a_delivery(id=f"d-{n}", due=desk.now - timedelta(minutes=3 - n), story=a_story(at=desk.now + timedelta(seconds=n)))
        )

    job = await one_job(desk, rules)

    assert (job.delivery.id, job.delivery.folds) == ("d-0", 2)
    assert {row.state for id, row in desk.deliveries.rows.items() if id != "d-0"} == {State.FOLDED}
    assert {row.into for id, row in desk.deliveries.rows.items() if id != "d-0"} == {"d-0"}
    assert len(desk.published) == 2


async def test_only_the_same_kind_for_the_same_person_and_conversation_is_folded(desk: Any, rules: Rules) -> None:
    desk.people.put(a_party("anna"))
    desk.people.put(a_party("bea"))
    desk.deliveries.put(a_delivery(id="d-1"))
    desk.deliveries.put(a_delivery(id="d-2", notice=Notice.CLOSED))
    desk.deliveries.put(a_delivery(id="d-3", conversation_id="c-2"))
    desk.deliveries.put(a_delivery(id="d-4", recipient=party("bea")))

    assert len((await take(desk, rules)).jobs) == 4


async def test_what_was_attempted_is_neither_folded_nor_folds(desk: Any, rules: Rules) -> None:
    desk.people.put(a_party("anna"))
    desk.deliveries.put(a_delivery(id="d-1"))
    (first,) = (await take(desk, rules)).jobs
    desk.deliveries.put(first.delivery.failed(1, desk.now, reason="later", code=451, jitter=0.0))
    desk.deliveries.put(a_delivery(id="d-2", due=desk.later(minutes=1)))

    jobs = (await take(desk, rules)).jobs

    assert {(job.delivery.id, job.delivery.folds) for job in jobs} == {("d-1", 0), ("d-2", 0)}


@pytest.mark.parametrize(
    ("notice", "audience"), [(Notice.ONCALL_OVERDUE, Audience.ONCALL), (Notice.SHOPS_GONE, Audience.SUPPORT)], ids=["on-call", "support"]
)
async def test_a_queue_gets_one_mail_about_all_conversations(desk: Any, rules: Rules, notice: Notice, audience: Audience) -> None:
    for n in range(4):
        desk.deliveries.put(
            a_delivery(
                id=f"d-{n}",
                notice=notice,
                audience=audience,
                recipient=queue(audience, "north"),
                conversation_id=f"c-{n}",
                story=a_story(number=f"T-{n}", conversation_id=f"c-{n}"),
                due=desk.now + timedelta(seconds=n * 20),
            )
        )

    job = await one_job(desk, rules)

    assert {story.number for story in (job.delivery.story, *job.delivery.folded)} == {"T-0", "T-1", "T-2", "T-3"}
