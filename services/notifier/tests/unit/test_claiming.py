"""What is due is taken: who gets it now, what needs no mail any more, and what goes out together."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from notifier.domain.conversation import Waits
from notifier.domain.delivery import GIVE_UP, Delivery, Story
from notifier.domain.news import Wait
from notifier.domain.recipients import party, queue, side
from notifier.domain.rules import Rules
from notifier.domain.words import Audience, Kind, Notice, State
from notifier.ports import Job
from notifier.use_cases.claiming import Claimed, claim

Make = Callable[..., Any]
ADelivery = Callable[..., Delivery]


async def take(desk: Any, rules: Rules, *, limit: int = 10, busy_hosts: frozenset[str] = frozenset()) -> Claimed:
    return await claim(desk, rules, limit=limit, jitter=lambda: 0.0, busy_hosts=busy_hosts)


async def one_job(desk: Any, rules: Rules) -> Job:
    (job,) = (await take(desk, rules)).jobs
    return job


async def test_a_due_delivery_is_claimed_with_all_that_its_mail_says(
    desk: Any, rules: Rules, a_delivery: ADelivery, a_conversation: Make, person: Make
) -> None:
    desk.people.put(person("anna", language="en-GB", time_zone="Europe/London"))
    desk.people.put(person("shop", kind="seller"))
    desk.conversations.put(a_conversation())
    desk.deliveries.put(a_delivery())

    job = await one_job(desk, replace(rules, language=lambda wanted: str(wanted[0])[:2]))

    assert job.address == "anna@people.example"
    assert (job.recipient_name, job.buyer_name, job.seller_name) == ("Anna", "Anna", "Shop")
    assert (job.delivery.language, job.time_zone) == ("en", "Europe/London")
    assert (job.delivery.state, job.delivery.epoch) == (State.CLAIMED, 1)
    assert job.delivery.due == desk.now + rules.claim_lease


async def test_what_is_claimed_is_claimed_once(desk: Any, rules: Rules, a_delivery: ADelivery, person: Make) -> None:
    desk.people.put(person("anna"))
    desk.deliveries.put(a_delivery())

    assert len((await take(desk, rules)).jobs) == 1
    assert (await take(desk, rules)).jobs == ()


async def test_what_is_not_due_yet_says_when_to_look_again(desk: Any, rules: Rules, a_delivery: ADelivery) -> None:
    desk.deliveries.put(a_delivery(due=desk.now + timedelta(seconds=7)))

    assert await take(desk, rules) == Claimed((), (), timedelta(seconds=7))


async def test_an_empty_post_says_that_nothing_waits(desk: Any, rules: Rules) -> None:
    assert await take(desk, rules) == Claimed((), (), None)


async def test_a_busy_market_leaves_room_for_a_quiet_one(desk: Any, rules: Rules, a_delivery: ADelivery, person: Make) -> None:
    desk.people.put(person("anna"))
    for n in range(20):
        desk.deliveries.put(a_delivery(id=f"n-{n}", conversation_id=f"c-{n}", due=desk.now - timedelta(minutes=1)))
    desk.deliveries.put(a_delivery(id="s-1", market="south", conversation_id="s"))

    jobs = (await take(desk, rules, limit=4)).jobs

    assert [job.delivery.market for job in jobs].count("south") == 1


async def test_without_an_address_it_waits_and_is_woken_by_one(desk: Any, rules: Rules, a_delivery: ADelivery) -> None:
    desk.deliveries.put(a_delivery())

    assert (await take(desk, rules)).jobs == ()
    row = desk.deliveries.rows["d-1"]
    assert (row.unknown, row.due, row.attempts) == (True, desk.now + timedelta(minutes=1), 0)


async def test_a_side_gives_way_to_its_people_once_they_are_known(
    desk: Any, rules: Rules, a_delivery: ADelivery, a_conversation: Make, person: Make
) -> None:
    desk.conversations.put(a_conversation())
    desk.deliveries.put(a_delivery(audience=Audience.SELLER, recipient=side("shop"), notice=Notice.OPENED))
    await take(desk, rules)
    assert desk.deliveries.rows["d-1"].unknown

    for id in ("jonas", "mia"):
        desk.people.put(person(id, kind="member", seller_id="shop"))
    desk.later(minutes=2)
    assert (await take(desk, rules)).jobs == ()
    jobs = (await take(desk, rules)).jobs

    assert {job.address for job in jobs} == {"jonas@people.example", "mia@people.example"}
    assert len({job.delivery.message_id for job in jobs}) == 2
    assert "d-1" not in desk.deliveries.rows


async def test_a_side_of_a_conversation_that_was_not_heard_of_waits(desk: Any, rules: Rules, a_delivery: ADelivery) -> None:
    desk.deliveries.put(a_delivery(audience=Audience.SELLER, recipient=side("shop")))

    await take(desk, rules)

    assert desk.deliveries.rows["d-1"].unknown


async def test_queues_are_where_the_market_says(desk: Any, rules: Rules, a_delivery: ADelivery) -> None:
    for audience in (Audience.SUPPORT, Audience.ONCALL):
        desk.deliveries.put(a_delivery(id=str(audience), audience=audience, recipient=queue(audience, "north")))

    jobs = (await take(desk, rules)).jobs

    assert {job.address for job in jobs} == {"support@north.example", "oncall@north.example"}


async def test_who_wants_no_mail_gets_none_but_what_they_ask_for(desk: Any, rules: Rules, a_delivery: ADelivery, person: Make) -> None:
    desk.people.put(person("anna", wants_mail=False))
    desk.deliveries.put(a_delivery())
    desk.deliveries.put(a_delivery(id="d-2", notice=Notice.NEW_LINK))

    job = await one_job(desk, rules)

    assert job.delivery.id == "d-2"
    assert desk.deliveries.rows["d-1"].state is State.SUPPRESSED
    assert [row.id for row in desk.published] == ["d-1"]


async def test_a_dead_address_gets_nothing_until_that_is_forgotten(desk: Any, rules: Rules, a_delivery: ADelivery, person: Make) -> None:
    desk.people.put(person("anna"))
    desk.dead_addresses.add("Anna@people.example", "550", desk.now + timedelta(days=180))
    desk.deliveries.put(a_delivery())
    await take(desk, rules)
    assert desk.deliveries.rows["d-1"].state is State.SUPPRESSED

    desk.later(days=181)
    desk.deliveries.put(a_delivery(id="d-2", created=desk.now))
    assert (await one_job(desk, rules)).delivery.id == "d-2"


async def test_an_erased_recipient_gets_nothing(desk: Any, rules: Rules, a_delivery: ADelivery) -> None:
    desk.people.erase("anna", desk.now)
    desk.deliveries.put(a_delivery())

    await take(desk, rules)

    assert desk.deliveries.rows["d-1"].state is State.ERASED


async def test_a_busy_host_is_left_alone_without_a_charge(desk: Any, rules: Rules, a_delivery: ADelivery, person: Make) -> None:
    desk.people.put(person("anna"))
    desk.deliveries.put(a_delivery())

    assert (await take(desk, rules, busy_hosts=frozenset({"people.example"}))).jobs == ()
    row = desk.deliveries.rows["d-1"]
    assert (row.state, row.attempts, row.due) == (State.PENDING, 0, desk.now + rules.busy_rest)


@pytest.mark.parametrize(
    ("known", "state"), [(True, State.EXPIRED), (False, State.NO_ADDRESS)], ids=["with an address", "without an address"]
)
async def test_what_nobody_looked_at_for_five_days_has_ended(
    desk: Any, rules: Rules, a_delivery: ADelivery, person: Make, known: bool, state: State
) -> None:
    if known:
        desk.people.put(person("anna"))
    desk.deliveries.put(a_delivery(created=desk.now - GIVE_UP))

    assert (await take(desk, rules)).ended == (state,)
    assert len(desk.published) == 1


async def test_deliveries_of_one_kind_that_wait_go_out_as_one_mail(
    desk: Any, rules: Rules, a_delivery: ADelivery, a_story: Callable[..., Story], person: Make
) -> None:
    desk.people.put(person("anna"))
    for n in range(3):
        desk.deliveries.put(
            a_delivery(id=f"d-{n}", due=desk.now - timedelta(minutes=3 - n), story=a_story(at=desk.now + timedelta(seconds=n)))
        )

    job = await one_job(desk, rules)

    assert (job.delivery.id, job.delivery.folds) == ("d-0", 2)
    assert {row.state for id, row in desk.deliveries.rows.items() if id != "d-0"} == {State.FOLDED}
    assert {row.into for id, row in desk.deliveries.rows.items() if id != "d-0"} == {"d-0"}
    assert len(desk.published) == 2


async def test_only_the_same_kind_for_the_same_person_and_conversation_is_folded(
    desk: Any, rules: Rules, a_delivery: ADelivery, person: Make
) -> None:
    desk.people.put(person("anna"))
    desk.people.put(person("bea"))
    desk.deliveries.put(a_delivery(id="d-1"))
    desk.deliveries.put(a_delivery(id="d-2", notice=Notice.CLOSED))
    desk.deliveries.put(a_delivery(id="d-3", conversation_id="c-2"))
    desk.deliveries.put(a_delivery(id="d-4", recipient=party("bea")))

    assert len((await take(desk, rules)).jobs) == 4


async def test_what_was_attempted_is_neither_folded_nor_folds(desk: Any, rules: Rules, a_delivery: ADelivery, person: Make) -> None:
    desk.people.put(person("anna"))
    desk.deliveries.put(a_delivery(id="d-1"))
    (first,) = (await take(desk, rules)).jobs
    desk.deliveries.put(first.delivery.failed(1, desk.now, reason="later", code=451, jitter=0.0))
    desk.deliveries.put(a_delivery(id="d-2", due=desk.later(minutes=1)))

    jobs = (await take(desk, rules)).jobs

    assert {(job.delivery.id, job.delivery.folds) for job in jobs} == {("d-1", 0), ("d-2", 0)}


async def test_on_call_gets_one_mail_about_all_conversations(
    desk: Any, rules: Rules, a_delivery: ADelivery, a_story: Callable[..., Story]
) -> None:
    for n in range(4):
        desk.deliveries.put(
            a_delivery(
                id=f"d-{n}",
                notice=Notice.ONCALL_OVERDUE,
                audience=Audience.ONCALL,
                recipient=queue(Audience.ONCALL, "north"),
                conversation_id=f"c-{n}",
                story=a_story(number=f"T-{n}", conversation_id=f"c-{n}"),
                due=desk.now + timedelta(seconds=n * 20),
            )
        )

    job = await one_job(desk, rules)

    assert {story.number for story in (job.delivery.story, *job.delivery.folded)} == {"T-0", "T-1", "T-2", "T-3"}


@pytest.fixture
def a_warning(a_delivery: ADelivery, a_story: Callable[..., Story], a_wait: Callable[..., Wait]) -> Delivery:
    story = a_story(kind=Kind.DUE_SOON, variant="seller", wait=a_wait())
    return a_delivery(notice=Notice.DUE_SOON, audience=Audience.SELLER, recipient=party("shop"), story=story)


@pytest.fixture
def warned(desk: Any, a_warning: Delivery, a_conversation: Make, a_wait: Callable[..., Wait], person: Make) -> Any:
    """A desk on which a warning is due and right."""
    desk.people.put(person("shop", kind="seller"))
    desk.conversations.put(a_conversation())
    desk.waits.rows["c-1"] = _waits(a_wait())
    desk.deliveries.put(a_warning)
    return desk


def _waits(wait: Wait) -> Waits:
    return Waits(conversation_id="c-1").began(wait)


async def test_a_warning_of_a_wait_that_goes_on_is_sent(warned: Any, rules: Rules, a_wait: Callable[..., Wait]) -> None:
    assert (await one_job(warned, rules)).expected == a_wait().due


async def test_a_warning_of_a_wait_that_was_settled_is_obsolete(warned: Any, rules: Rules, a_wait: Callable[..., Wait]) -> None:
    warned.waits.rows["c-1"] = warned.waits.rows["c-1"].settled(a_wait())

    assert (await take(warned, rules)).ended == (State.OBSOLETE,)


async def test_a_warning_of_an_earlier_wait_is_obsolete(warned: Any, rules: Rules, a_wait: Callable[..., Wait]) -> None:
    warned.waits.rows["c-1"] = _waits(a_wait(cycle_id="cycle-2"))

    assert (await take(warned, rules)).ended == (State.OBSOLETE,)


async def test_a_warning_after_the_due_time_is_obsolete(warned: Any, rules: Rules) -> None:
    warned.later(hours=48)

    assert (await take(warned, rules)).ended == (State.OBSOLETE,)


async def test_a_warning_is_obsolete_as_soon_as_the_answer_is_known(warned: Any, rules: Rules, a_conversation: Make) -> None:
    warned.conversations.put(a_conversation(state="awaiting_buyer", at=warned.later(seconds=1)))

    assert (await take(warned, rules)).ended == (State.OBSOLETE,)


async def test_a_warning_is_not_obsolete_because_the_conversation_is_read_late(warned: Any, rules: Rules, a_conversation: Make) -> None:
    warned.conversations.put(a_conversation(state="awaiting_buyer", at=warned.now - timedelta(hours=1)))

    assert len((await take(warned, rules)).jobs) == 1


async def test_a_lease_that_ran_out_before_the_text_is_claimed_anew(desk: Any, rules: Rules, a_delivery: ADelivery, person: Make) -> None:
    desk.people.put(person("anna"))
    desk.deliveries.put(a_delivery().claim(desk.now, rules.claim_lease))
    desk.later(seconds=rules.claim_lease.total_seconds())

    job = await one_job(desk, rules)

    assert (job.delivery.epoch, job.delivery.ambiguous) == (2, 0)


async def test_a_lease_that_ran_out_after_the_dot_waits(desk: Any, rules: Rules, a_delivery: ADelivery, person: Make) -> None:
    desk.people.put(person("anna"))
    desk.deliveries.put(a_delivery().claim(desk.now, rules.claim_lease).reach_dot(1, desk.now, rules.dot_lease))
    desk.later(seconds=rules.dot_lease.total_seconds())

    assert (await take(desk, rules)).jobs == ()
    row = desk.deliveries.rows["d-1"]
    assert (row.state, row.due) == (State.AMBIGUOUS, desk.now + timedelta(minutes=15))
