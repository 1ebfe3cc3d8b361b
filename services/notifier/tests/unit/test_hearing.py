"""An event is heard: who gets a delivery, whom it waits for, and what is kept for later mails."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from notifier.domain.conversation import Conversation
from notifier.domain.delivery import Delivery
from notifier.domain.identity import delivery_id
from notifier.domain.news import Parties
from notifier.domain.recipients import party, queue, side
from notifier.domain.rules import Rules
from notifier.domain.words import Audience, Author, Kind, Notice, State
from notifier.testing.builders import a_conversation, a_party, a_wait, some_news
from notifier.use_cases.hearing import hear

Told = set[tuple[str, str]]


def told(desk: Any) -> Told:
    """Who is told what."""
    return {(row.recipient.key, str(row.notice)) for row in desk.deliveries.rows.values()}


def only(desk: Any) -> Delivery:
    (delivery,) = desk.deliveries.rows.values()
    assert isinstance(delivery, Delivery)
    return delivery


async def test_a_new_ticket_is_told_to_the_shop_and_receipted_to_the_buyer(desk: Any, rules: Rules) -> None:
    desk.people.put(a_party("shop", kind="seller"))

    await hear(desk, rules, some_news(), a_conversation())

    assert told(desk) == {("party:anna", "receipt"), ("party:shop", "opened")}


async def test_what_a_seller_writes_to_a_buyer_has_a_twin_where_the_market_wants_copies(desk: Any, rules: Rules) -> None:
    north = rules.markets["north"]
    copying = replace(north, queues={**north.queues, Audience.COPY: "copies@north.example"})
    reply = some_news(Kind.REPLIED, Author.SELLER, variant="public")

    await hear(desk, replace(rules, markets={"north": copying}), reply, a_conversation())

    assert told(desk) == {("party:anna", "message"), ("queue:copy:north", "message")}
    assert len({row.message_id for row in desk.deliveries.rows.values()}) == 2


async def test_a_market_that_wants_no_copies_gets_none(desk: Any, rules: Rules) -> None:
    await hear(desk, rules, some_news(Kind.REPLIED, Author.SELLER, variant="public"), a_conversation())

    assert told(desk) == {("party:anna", "message")}


async def test_hearing_twice_keeps_what_the_first_time_made(desk: Any, rules: Rules) -> None:
    await hear(desk, rules, some_news(), a_conversation())
    id = delivery_id("e-1", party("anna").key, Notice.RECEIPT)
    desk.deliveries.put(desk.deliveries.rows[id].suppressed(desk.now, "a test"))

    await hear(desk, rules, some_news(), a_conversation())

    assert desk.deliveries.rows[id].state is State.SUPPRESSED


async def test_members_who_want_mail_stand_for_their_shop(desk: Any, rules: Rules) -> None:
    desk.people.put(a_party("shop", kind="seller"))
    for id, wants in (("jonas", True), ("mia", True), ("tom", False)):
        desk.people.put(a_party(id, kind="member", seller_id="shop", wants_mail=wants))
    desk.people.put(a_party("eve", kind="member", seller_id="shop", address=None))

    await hear(desk, rules, some_news(), a_conversation())

    assert {key for key, notice in told(desk) if notice == "opened"} == {"party:jonas", "party:mia"}


async def test_the_assignee_alone_stands_for_the_shop(desk: Any, rules: Rules) -> None:
    for id in ("jonas", "mia"):
        desk.people.put(a_party(id, kind="member", seller_id="shop"))
    assigned = Parties(buyer_id="anna", seller_id="shop", assignee_id="mia")

    await hear(desk, rules, some_news(Kind.REPLIED, variant="public"), a_conversation(parties=assigned))

    assert told(desk) == {("party:mia", "message")}


async def test_an_assignee_of_another_shop_is_not_told(desk: Any, rules: Rules) -> None:
    desk.people.put(a_party("mallory", kind="member", seller_id="other-shop"))
    assigned = Parties(buyer_id="anna", seller_id="shop", assignee_id="mallory")

    await hear(desk, rules, some_news(Kind.REPLIED, variant="public"), a_conversation(parties=assigned))

    assert told(desk) == {("side:shop", "message")}


async def test_a_side_of_which_nobody_is_known_has_one_row(desk: Any, rules: Rules) -> None:
    await hear(desk, rules, some_news(), a_conversation())

    assert ("side:shop", "opened") in told(desk)


async def test_the_agent_who_acknowledged_stands_for_support_else_the_queue(desk: Any, rules: Rules) -> None:
    with_support = {"handler": Audience.SUPPORT, "state": "awaiting_support"}
    reply = some_news(Kind.REPLIED, variant="public", handler=Audience.SUPPORT)
    await hear(desk, rules, reply, a_conversation(**with_support))
    assert told(desk) == {("queue:support:north", "message")}

    desk.people.put(a_party("agent", kind="support"))
    taken = Parties(buyer_id="anna", seller_id="shop", agent_id="agent")
    await hear(desk, rules, replace(reply, event_id="e-2"), a_conversation(**with_support, parties=taken))
    assert ("party:agent", "message") in told(desk)


async def test_nobody_is_told_what_they_did_themselves(desk: Any, rules: Rules) -> None:
    desk.people.put(a_party("jonas", kind="member", seller_id="shop"))
    desk.people.put(a_party("mia", kind="member", seller_id="shop"))
    back = some_news(Kind.HANDED_BACK, Author.SUPPORT, variant="support", actor_id="jonas")

    await hear(desk, rules, back, a_conversation())

    assert told(desk) == {("party:mia", "handed_back")}


async def test_a_new_link_goes_to_its_holder_alone(desk: Any, rules: Rules) -> None:
    await hear(desk, rules, some_news(Kind.LINK_REQUESTED, variant="buyer", concerns="anna", actor_id="anna"), a_conversation())

    assert told(desk) == {("party:anna", "new_link")}


async def test_a_removed_message_is_told_to_whoever_wrote_it(desk: Any, rules: Rules) -> None:
    await hear(desk, rules, some_news(Kind.MESSAGE_REMOVED, Author.SUPPORT, variant="seller", concerns="jonas"), a_conversation())

    assert told(desk) == {("party:jonas", "message_removed")}


async def test_a_seller_hears_nothing_of_a_conversation_that_it_may_not_see(desk: Any, rules: Rules) -> None:
    routed = {"handler": Audience.SUPPORT, "state": "awaiting_support"}
    await hear(desk, rules, some_news(handler=Audience.SUPPORT), a_conversation(**routed))
    await hear(
        desk,
        rules,
        some_news(Kind.REPLIED, Author.SUPPORT, variant="public", event_id="e-2", handler=Audience.SUPPORT),
        a_conversation(**routed | {"state": "awaiting_buyer"}),
    )
    assert told(desk) == {("party:anna", "receipt"), ("party:anna", "message")}

    await hear(desk, rules, some_news(Kind.HANDED_BACK, Author.SUPPORT, variant="support", event_id="e-3"), a_conversation())
    assert ("side:shop", "handed_back") in told(desk)


async def test_what_was_imported_is_mailed_to_nobody_and_still_known(desk: Any, rules: Rules) -> None:
    await hear(desk, rules, some_news(imported=True), a_conversation())

    assert told(desk) == set()
    assert await desk.conversations.get("c-1") is not None


async def test_what_happened_before_mail_from_is_mailed_to_nobody(desk: Any, rules: Rules) -> None:
    fresh = replace(rules, mail_from=desk.now)
    await hear(desk, fresh, some_news(at=desk.now - timedelta(seconds=1)), a_conversation())
    assert told(desk) == set()

    await hear(desk, fresh, some_news(event_id="e-2"), a_conversation())
    assert len(told(desk)) == 2


async def test_news_of_more_than_a_week_ago_make_rows_that_have_expired(desk: Any, rules: Rules) -> None:
    await hear(desk, rules, some_news(at=desk.now - timedelta(days=7, seconds=1)), a_conversation())

    assert {row.state for row in desk.deliveries.rows.values()} == {State.EXPIRED}
    assert len(desk.published) == 2


async def test_a_mail_that_names_the_answers_time_waits_for_it_a_moment(desk: Any, rules: Rules) -> None:
    await hear(desk, rules, some_news(), a_conversation())
    assert {row.due for row in desk.deliveries.rows.values()} == {desk.now + rules.answer_hold}

    desk.later(milliseconds=300)
    await hear(desk, rules, some_news(Kind.EXPECTED, Author.SYSTEM, variant="seller", wait=a_wait()))

    assert {row.due for row in desk.deliveries.rows.values()} == {desk.now}


async def test_a_mail_does_not_wait_for_a_time_that_is_known_already(desk: Any, rules: Rules) -> None:
    await hear(desk, rules, some_news(Kind.EXPECTED, Author.SYSTEM, variant="seller", wait=a_wait()))
    await hear(desk, rules, some_news(), a_conversation())

    assert {row.due for row in desk.deliveries.rows.values()} == {desk.now}


async def test_a_mail_to_somebody_who_waits_for_nothing_goes_at_once(desk: Any, rules: Rules) -> None:
    answered = a_conversation(state="awaiting_buyer")

    await hear(desk, rules, some_news(Kind.REPLIED, Author.SELLER, variant="public"), answered)

    assert only(desk).due == desk.now


async def test_on_call_is_told_of_several_at_once(desk: Any, rules: Rules) -> None:
    late = a_wait(owed_by=Audience.SUPPORT)

    await hear(desk, rules, some_news(Kind.OVERDUE, Author.SYSTEM, variant="support", wait=late))

    rows = {row.recipient: row for row in desk.deliveries.rows.values()}
    assert rows[queue(Audience.ONCALL, "north")].due == desk.now + rules.group_window
    assert rows[queue(Audience.SUPPORT, "north")].due == desk.now


async def test_the_clocks_news_reach_the_people_of_the_conversation(desk: Any, rules: Rules) -> None:
    desk.people.put(a_party("mia", kind="member", seller_id="shop"))
    assigned = Parties(buyer_id="anna", seller_id="shop", assignee_id="mia")
    await hear(desk, rules, some_news(imported=True), a_conversation(parties=assigned))

    await hear(desk, rules, some_news(Kind.DUE_SOON, Author.SYSTEM, variant="seller", wait=a_wait()))

    assert told(desk) == {("party:mia", "due_soon")}


async def test_all_mails_of_a_conversation_hang_on_one_root(desk: Any, rules: Rules) -> None:
    await hear(desk, rules, some_news(), a_conversation())
    first = await desk.conversations.get("c-1")
    await hear(desk, rules, some_news(Kind.REPLIED, variant="public", event_id="e-2"), a_conversation())
    second = await desk.conversations.get("c-1")

    assert isinstance(first, Conversation)
    assert first.root == second.root
    assert first.root.endswith("@north.example")


async def test_the_same_event_recipient_and_notice_always_have_the_same_message_id(desk: Any, rules: Rules) -> None:
    await hear(desk, rules, some_news(imported=False), a_conversation())
    before = {row.message_id for row in desk.deliveries.rows.values()}
    desk.deliveries.rows.clear()
    await hear(desk, rules, some_news(imported=False), a_conversation())

    assert {row.message_id for row in desk.deliveries.rows.values()} == before
    assert len(before) == 2


def test_recipients_have_keys_of_their_own() -> None:
    assert len({party("a").key, side("a").key, queue(Audience.SUPPORT, "a").key, queue(Audience.ONCALL, "a").key}) == 4
