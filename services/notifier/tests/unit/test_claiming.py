"""What is due is taken: who gets it now, what needs no mail any more, and what goes out together."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from notifier.domain.delivery import GIVE_UP
from notifier.domain.pauses import ALL, Pause
from notifier.domain.recipients import queue, side
from notifier.domain.rules import Rules
from notifier.domain.words import Audience, Notice, State
from notifier.ports import Job
from notifier.testing.builders import a_conversation, a_dead_address, a_delivery, a_party, a_story, a_wait
from notifier.use_cases.claiming import Claimed, claim


async def take(desk: Any, rules: Rules, *, limit: int = 10, resting: dict[str, timedelta] | None = None) -> Claimed:
    return await claim(desk, rules, limit=limit, jitter=lambda: 0.0, resting=resting or {})


async def one_job(desk: Any, rules: Rules) -> Job:
    (job,) = (await take(desk, rules)).jobs
    return job


async def test_a_due_delivery_is_claimed_with_all_that_its_mail_says(desk: Any, rules: Rules) -> None:
    desk.people.put(a_party("anna", language="en-GB", time_zone="Europe/London"))
    desk.people.put(a_party("shop", kind="seller"))
    desk.conversations.put(a_conversation())
    desk.deliveries.put(a_delivery())

    job = await one_job(desk, replace(rules, language=lambda wanted: str(wanted[0])[:2]))

    assert job.address == "anna@people.example"
    assert (job.recipient_name, job.buyer_name, job.seller_name) == ("Anna", "Anna", "Shop")
    assert (job.delivery.language, job.time_zone) == ("en", "Europe/London")
    assert (job.delivery.state, job.delivery.epoch) == (State.CLAIMED, 1)
    assert job.delivery.due == desk.now + rules.claim_lease


async def test_what_is_claimed_is_claimed_once(desk: Any, rules: Rules) -> None:
    desk.people.put(a_party("anna"))
    desk.deliveries.put(a_delivery())

    assert len((await take(desk, rules)).jobs) == 1
    assert (await take(desk, rules)).jobs == ()


async def test_what_is_not_due_yet_says_when_to_look_again(desk: Any, rules: Rules) -> None:
    desk.deliveries.put(a_delivery(due=desk.now + timedelta(seconds=7)))

    assert await take(desk, rules) == Claimed((), (), timedelta(seconds=7), timedelta())


async def test_an_empty_post_says_that_nothing_waits(desk: Any, rules: Rules) -> None:
    assert await take(desk, rules) == Claimed((), (), None, timedelta())


async def test_a_busy_market_leaves_room_for_a_quiet_one(desk: Any, rules: Rules) -> None:
    desk.people.put(a_party("anna"))
    for n in range(20):
        desk.deliveries.put(a_delivery(id=f"n-{n}", conversation_id=f"c-{n}", due=desk.now - timedelta(minutes=1)))
    desk.deliveries.put(a_delivery(id="s-1", market="south", conversation_id="s"))

    jobs = (await take(desk, rules, limit=4)).jobs

    assert [job.delivery.market for job in jobs].count("south") == 1


async def test_without_an_address_it_waits_and_is_woken_by_one(desk: Any, rules: Rules) -> None:
    desk.deliveries.put(a_delivery())

    assert (await take(desk, rules)).jobs == ()
    row = desk.deliveries.rows["d-1"]
    assert (row.unknown, row.due, row.attempts) == (True, desk.now + timedelta(minutes=1), 0)


async def test_a_side_gives_way_to_its_people_once_they_are_known(desk: Any, rules: Rules) -> None:
    desk.conversations.put(a_conversation())
    desk.deliveries.put(a_delivery(audience=Audience.SELLER, recipient=side("shop"), notice=Notice.OPENED))
    await take(desk, rules)
    assert desk.deliveries.rows["d-1"].unknown

    for id in ("jonas", "mia"):
        desk.people.put(a_party(id, kind="member", seller_id="shop"))
    desk.later(minutes=2)
    assert (await take(desk, rules)).jobs == ()
    jobs = (await take(desk, rules)).jobs

    assert {job.address for job in jobs} == {"jonas@people.example", "mia@people.example"}
    assert len({job.delivery.message_id for job in jobs}) == 2
    assert "d-1" not in desk.deliveries.rows


async def test_a_side_of_a_conversation_that_was_not_heard_of_waits(desk: Any, rules: Rules) -> None:
    desk.deliveries.put(a_delivery(audience=Audience.SELLER, recipient=side("shop")))

    await take(desk, rules)

    assert desk.deliveries.rows["d-1"].unknown


async def test_queues_are_where_the_market_says(desk: Any, rules: Rules) -> None:
    for audience in (Audience.SUPPORT, Audience.ONCALL):
        desk.deliveries.put(a_delivery(id=str(audience), audience=audience, recipient=queue(audience, "north")))

    jobs = (await take(desk, rules)).jobs

    assert {job.address for job in jobs} == {"support@north.example", "oncall@north.example"}


async def test_who_wants_no_mail_gets_none_but_what_they_ask_for(desk: Any, rules: Rules) -> None:
    desk.people.put(a_party("anna", wants_mail=False))
    desk.deliveries.put(a_delivery())
    desk.deliveries.put(a_delivery(id="d-2", notice=Notice.NEW_LINK))

    job = await one_job(desk, rules)

    assert job.delivery.id == "d-2"
    assert desk.deliveries.rows["d-1"].state is State.SUPPRESSED
    assert [row.id for row in desk.published] == ["d-1"]


async def test_a_dead_address_gets_nothing_until_that_is_forgotten(desk: Any, rules: Rules) -> None:
    desk.people.put(a_party("anna"))
    desk.dead_addresses.put(a_dead_address("Anna@people.example"))
    desk.deliveries.put(a_delivery())
    await take(desk, rules)
    assert desk.deliveries.rows["d-1"].state is State.SUPPRESSED

    desk.later(days=181)
    desk.deliveries.put(a_delivery(id="d-2", created=desk.now))
    assert (await one_job(desk, rules)).delivery.id == "d-2"


async def test_an_erased_recipient_gets_nothing(desk: Any, rules: Rules) -> None:
    desk.people.erase("anna", desk.now)
    desk.deliveries.put(a_delivery())

    await take(desk, rules)

    assert desk.deliveries.rows["d-1"].state is State.ERASED


async def test_a_busy_host_is_left_alone_without_a_charge(desk: Any, rules: Rules) -> None:
    desk.people.put(a_party("anna"))
    desk.deliveries.put(a_delivery())

    assert (await take(desk, rules, resting={"people.example": timedelta(seconds=42)})).jobs == ()
    row = desk.deliveries.rows["d-1"]
    assert (row.state, row.attempts, row.due) == (State.PENDING, 0, desk.now + timedelta(seconds=42))


@pytest.mark.parametrize(
    ("known", "state"), [(True, State.EXPIRED), (False, State.NO_ADDRESS)], ids=["with an address", "without an address"]
)
async def test_what_nobody_looked_at_for_five_days_has_ended(desk: Any, rules: Rules, known: bool, state: State) -> None:
    if known:
        desk.people.put(a_party("anna"))
    desk.deliveries.put(a_delivery(created=desk.now - GIVE_UP))

    assert (await take(desk, rules)).ended == (state,)
    assert len(desk.published) == 1


async def test_a_lease_that_ran_out_before_the_text_is_claimed_anew(desk: Any, rules: Rules) -> None:
    desk.people.put(a_party("anna"))
    desk.deliveries.put(a_delivery().claim(desk.now, rules.claim_lease))
    desk.later(seconds=rules.claim_lease.total_seconds())

    job = await one_job(desk, rules)

    assert (job.delivery.epoch, job.delivery.ambiguous) == (2, 0)


async def test_a_lease_that_ran_out_after_the_dot_waits(desk: Any, rules: Rules) -> None:
    desk.people.put(a_party("anna"))
    desk.deliveries.put(a_delivery().claim(desk.now, rules.claim_lease).reach_dot(1, desk.now, rules.dot_lease))
    desk.later(seconds=rules.dot_lease.total_seconds())

    assert (await take(desk, rules)).jobs == ()
    row = desk.deliveries.rows["d-1"]
    assert (row.state, row.due) == (State.AMBIGUOUS, desk.now + timedelta(minutes=15))


async def test_paused_mail_waits_while_that_of_other_markets_goes_and_is_late_all_the_same(desk: Any, rules: Rules) -> None:
    desk.people.put(a_party("anna"))
    desk.deliveries.put(a_delivery(due=desk.now - timedelta(minutes=20)))
    desk.deliveries.put(a_delivery(id="s-1", market="south", conversation_id="s"))
    desk.pauses.put(Pause(scope="north", since=desk.now, by="sam", reason="wrong prices"))

    first, again = await take(desk, rules), await take(desk, rules)

    assert [job.delivery.id for job in first.jobs] == ["s-1"]
    assert first.paused == {"north"}
    # What is paused does not call for another look at once, and is not forgotten.
    assert (again.jobs, again.wait, again.late) == ((), rules.claim_lease, timedelta(minutes=20))
    desk.pauses.remove("north")
    assert [job.delivery.id for job in (await take(desk, rules)).jobs] == ["d-1"]


async def test_a_pause_of_all_mail_holds_every_market_and_no_warning_outlives_its_wait(desk: Any, rules: Rules) -> None:
    desk.people.put(a_party("anna"))
    wait = a_wait()
    desk.deliveries.put(a_delivery(id="w-1", notice=Notice.DUE_SOON, story=a_story(wait=wait)))
    desk.deliveries.put(a_delivery(id="s-1", market="south", conversation_id="s", created=desk.now - GIVE_UP))
    desk.pauses.put(Pause(scope=ALL, since=desk.now, by="sam", reason="wrong prices"))

    assert await take(desk, rules) == Claimed((), (), None, timedelta(), frozenset({ALL}))
    desk.pauses.remove(ALL)
    desk.later(minutes=1)
    assert (await take(desk, rules)).jobs == ()
    assert (desk.deliveries.rows["w-1"].state, desk.deliveries.rows["s-1"].state) == (State.OBSOLETE, State.EXPIRED)
