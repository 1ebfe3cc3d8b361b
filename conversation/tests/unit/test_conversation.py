"""The course of conversations, where one cell of the table is not the whole story."""

from dataclasses import replace
from datetime import timedelta

import pytest
from parley_conversation.domain import facts, refusals
from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.rating import Rating
from parley_conversation.domain.standing import About
from parley_conversation.domain.turn import Told
from parley_conversation.domain.waits import Expected, Waits
from parley_conversation.domain.words import (
    Category,
    ClosedBecause,
    CloseReason,
    EscalationReason,
    HandBackReason,
    Kind,
    Role,
    Side,
    State,
    Visibility,
)
from parley_conversation.testing.builders import ACTORS, NOW, a_conversation, a_message, a_wait, an_act


def opened(*, routed_to_support: bool = False, role: Role = Role.BUYER) -> Told:
    return Conversation.open(
        "c-1",
        a_message(role),
        an_act(role),
        kind=Kind.TICKET,
        category=Category.POST_PURCHASE,
        problem_type="defective",
        market="de",
        seller_id="seller-1",
        about=About(order_id="order-1", line_ids=("line-1",)),
        language="de",
        routed_to_support=routed_to_support,
    )


def overdue_with_support(**changes: object) -> Conversation:
    """Escalated because the seller was late: both sides owe an answer."""
    both = Waits(open=(a_wait(Side.SELLER), a_wait(Side.SUPPORT)), unanswered=True, moved_at=2)
    it = a_conversation(State.AWAITING_SUPPORT, escalation=EscalationReason.OVERDUE, waits=both)
    return replace(it, **changes)  # type: ignore[arg-type]


def kinds(told: Told) -> list[type]:
    return [type(fact.what) for fact in told[1]]


def test_a_question_awaits_the_seller_and_starts_at_one() -> None:
    ticket, (fact,) = opened()

    assert (ticket.state, ticket.handler, ticket.sequence, ticket.first_event_id) == (State.AWAITING_SELLER, Side.SELLER, 1, "e-1")
    assert (fact.id, fact.sequence, fact.state) == ("e-1", 1, State.AWAITING_SELLER)
    assert ticket.wait is not None
    assert (ticket.wait.opened_by, ticket.wait.since, ticket.wait.due) == ("e-1", fact.at, None)


def test_routed_to_support_it_awaits_support_from_its_first_event_and_the_seller_never_owed() -> None:
    ticket, (created, escalated) = opened(routed_to_support=True)

    assert (created.state, created.handler) == (State.AWAITING_SUPPORT, Side.SUPPORT)
    assert escalated.what == facts.Escalated(EscalationReason.ROUTING)
    assert [(wait.owed_by, wait.opened_by) for wait in ticket.waits.open] == [(Side.SUPPORT, "e-1")]
    assert ticket.routed_only


def test_handed_back_the_seller_sees_what_was_routed_to_support() -> None:
    ticket, _ = opened(routed_to_support=True)

    ticket, _ = ticket.hand_back(a_message(Role.SUPPORT), an_act(Role.SUPPORT, ticket))

    assert not ticket.routed_only
    assert (ticket.state, ticket.handler, ticket.escalation) == (State.AWAITING_SELLER, Side.SELLER, None)
    assert [wait.owed_by for wait in ticket.waits.open] == [Side.SELLER]


def test_a_late_answer_takes_the_conversation_back_while_nobody_of_support_has_it() -> None:
    after, happened = overdue_with_support().reply(a_message(Role.SELLER), an_act(Role.SELLER))

    assert [fact.what for fact in happened][1:] == [facts.HandedBack(HandBackReason.SELLER_ANSWERED)]
    assert (after.state, after.handler, after.waits.open) == (State.AWAITING_BUYER, Side.SELLER, ())
    assert happened[0].handler is Side.SUPPORT, "the event before says who had it then"


def test_a_late_answer_leaves_it_with_the_agent_who_has_it() -> None:
    it = overdue_with_support(agent_id="agent-1")

    after, happened = it.reply(a_message(Role.SELLER), an_act(Role.SELLER))

    assert [type(fact.what) for fact in happened] == [facts.Replied]
    assert (after.state, after.handler, after.agent_id) == (State.AWAITING_BUYER, Side.SUPPORT, "agent-1")
    with pytest.raises(refusals.WithSupport):
        it.reply_and_close(a_message(Role.SELLER), an_act(Role.SELLER, it))


def test_after_an_answer_of_support_a_further_answer_of_the_seller_does_not_end_the_next_wait() -> None:
    it, _ = overdue_with_support(agent_id="agent-1").reply(a_message(Role.SUPPORT), an_act(Role.SUPPORT))
    it, _ = it.reply(a_message(Role.BUYER), an_act(Role.BUYER, it))

    after, _ = it.reply(a_message(Role.SELLER), an_act(Role.SELLER, it))

    assert (after.state, after.waits.of(Side.SUPPORT) is not None) == (State.AWAITING_SUPPORT, True)


def test_a_late_answer_and_close_tells_of_the_hand_back_between() -> None:
    it = overdue_with_support()

    told = it.reply_and_close(a_message(Role.SELLER), an_act(Role.SELLER, it))

    assert kinds(told) == [facts.Replied, facts.HandedBack, facts.Closed]
    assert [fact.state for fact in told[1]] == [State.AWAITING_BUYER, State.AWAITING_BUYER, State.CLOSED]
    assert told[1][0].what == facts.Replied(a_message(Role.SELLER), closing=True)


def test_support_answers_what_awaits_the_seller_by_taking_it_over_first() -> None:
    told = a_conversation().reply(a_message(Role.SUPPORT), an_act(Role.SUPPORT))

    assert kinds(told) == [facts.Escalated, facts.Acknowledged, facts.Replied]
    assert (told[0].handler, told[0].agent_id, told[0].waits.open) == (Side.SUPPORT, "agent-1", ())


def test_saying_twice_that_one_has_it_tells_nothing() -> None:
    it = a_conversation(State.AWAITING_SUPPORT, agent_id="agent-1")

    assert it.acknowledge(an_act(Role.SUPPORT)) == (it, ())


def test_an_agent_takes_over_from_a_colleague_without_a_second_escalation() -> None:
    after, happened = a_conversation(State.AWAITING_SUPPORT, agent_id="agent-2").take_over(an_act(Role.SUPPORT))

    assert (after.agent_id, [fact.agent_id for fact in happened]) == ("agent-1", ["agent-1"])


def test_what_is_closed_already_stays_as_it_is() -> None:
    it = a_conversation(State.CLOSED)

    assert it.close(None, an_act(Role.SELLER, it)) == (it, ())


def test_a_seller_gives_a_reason_for_closing_without_an_answer() -> None:
    it = a_conversation()

    with pytest.raises(refusals.ReasonNeeded):
        it.close(None, an_act(Role.SELLER, it))
    (_, (fact,)) = it.close(ClosedBecause.DUPLICATE, an_act(Role.SELLER, it))
    assert fact.what == facts.Closed(CloseReason.WITHOUT_REPLY, "duplicate")


def test_only_the_buyer_reopens_without_a_message() -> None:
    it = a_conversation(State.CLOSED)

    after, (fact,) = it.reopen(None, an_act(Role.BUYER, it))

    assert (after.state, fact.message, after.close_reason) == (State.AWAITING_SELLER, None, None)
    assert after.waits.unanswered, "a reopen by the buyer counts as a message"
    with pytest.raises(refusals.MessageNeeded):
        it.reopen(None, an_act(Role.SELLER, it))


def test_a_reopen_by_the_seller_is_an_answer_and_starts_no_wait() -> None:
    it = a_conversation(State.CLOSED, waits=Waits(unanswered=True, moved_at=2))

    after, _ = it.reopen(a_message(Role.SELLER), an_act(Role.SELLER, it, in_contact_window=False))

    assert (after.state, after.waits.unanswered, after.waits.open) == (State.AWAITING_BUYER, False, ())


def test_a_buyer_who_closed_no_longer_waits() -> None:
    it, _ = a_conversation().close(None, an_act(Role.BUYER, a_conversation()))

    assert not it.buyer_waits
    with pytest.raises(refusals.ContactWindowClosed):
        it.reopen(a_message(Role.SELLER), an_act(Role.SELLER, it, in_contact_window=False))


def test_what_support_was_handling_goes_on_with_support_after_a_reopen() -> None:
    it = a_conversation(State.CLOSED, handler=Side.SUPPORT)

    after, _ = it.reply(a_message(Role.BUYER), an_act(Role.BUYER))

    assert after.state is State.AWAITING_SUPPORT


def test_the_state_is_as_old_as_its_beginning() -> None:
    it = a_conversation()

    again, _ = it.reply(a_message(Role.BUYER), an_act(Role.BUYER))
    answered, _ = it.reply(a_message(Role.SELLER), an_act(Role.SELLER))

    assert (again.since, answered.since) == (NOW, NOW + timedelta(minutes=1))


def test_until_when_an_answer_is_expected_is_kept_without_a_new_version() -> None:
    it, _ = opened()
    due = NOW + timedelta(hours=48)

    known = it.expect(Expected(owed_by=Side.SELLER, opened_by="e-1", start=NOW, due=due))

    assert known.wait is not None
    assert (known.wait.due, known.sequence) == (due, it.sequence)


def rated(it: Conversation, stars: int, after: timedelta) -> Conversation:
    return it.rate(stars, an_act(Role.BUYER, it, at=it.since + after))[0]


def test_a_rating_belongs_to_the_side_that_gave_the_last_public_answer() -> None:
    it, _ = a_conversation(State.AWAITING_SUPPORT, answered=frozenset({Side.SELLER})).reply(a_message(Role.SUPPORT), an_act(Role.SUPPORT))
    it, _ = it.note(a_message(Role.SELLER, visibility=Visibility.BACKSTAGE), an_act(Role.SELLER, it))
    it, _ = it.close(None, an_act(Role.BUYER, it))

    _, (fact,) = it.rate(4, an_act(Role.BUYER, it))

    assert fact.what == facts.Rated(4, Side.SUPPORT)


def test_a_rating_can_be_changed_for_fourteen_days_after_the_first_one() -> None:
    first = rated(a_conversation(State.CLOSED), 2, timedelta(days=30))
    changed = rated(first, 3, timedelta(days=44))

    assert (changed.rating, first.rating) == (Rating(3, NOW + timedelta(days=30)), Rating(2, NOW + timedelta(days=30)))
    with pytest.raises(refusals.RatedForGood):
        rated(changed, 4, timedelta(days=44, milliseconds=1))


def test_each_closing_can_be_rated_anew() -> None:
    it = rated(a_conversation(State.CLOSED), 1, timedelta(days=1))
    it, _ = it.reopen(None, an_act(Role.BUYER, it, at=NOW + timedelta(days=20)))
    it, _ = it.reply_and_close(a_message(Role.SELLER), an_act(Role.SELLER, it, at=NOW + timedelta(days=21)))

    assert rated(it, 5, timedelta(days=1)).rating == Rating(5, NOW + timedelta(days=22))


@pytest.mark.parametrize(("role", "holder"), [(Role.SELLER, "assignee_id"), (Role.SUPPORT, "agent_id")])
def test_a_side_assigns_within_itself_and_saying_so_twice_tells_nothing(role: Role, holder: str) -> None:
    it, (fact,) = a_conversation().assign("somebody", an_act(role))

    assert (getattr(it, holder), getattr(fact, holder), fact.what) == ("somebody", "somebody", facts.Assigned(Side(role.value), "somebody"))
    assert it.assign("somebody", an_act(role)) == (it, ())
    assert getattr(it.assign(None, an_act(role))[0], holder) is None


def test_a_refund_is_an_answer_and_closes() -> None:
    it = a_conversation(category=Category.POST_PURCHASE)

    after, (refund, closed) = it.refund(facts.RefundRecorded(("line-1",), "EUR", 1999), an_act(Role.SELLER, it))

    assert (refund.state, closed.state, after.close_reason) == (State.AWAITING_BUYER, State.CLOSED, CloseReason.REFUNDED)
    assert (after.waits.open, after.waits.unanswered, after.answered, after.last_answer) == ((), False, {Side.SELLER}, Side.SELLER)


def test_what_is_final_stays_final_and_nobody_goes_on() -> None:
    it = a_conversation(State.CLOSED)

    final, (fact,) = it.finalise(ClosedBecause.SPAM, an_act(Role.SUPPORT, it))

    assert fact.what == facts.Closed(CloseReason.FINAL, "spam")
    assert final.finalise(ClosedBecause.SPAM, an_act(Role.SUPPORT, final)) == (final, ())
    with pytest.raises(refusals.Final):
        final.reopen(None, an_act(Role.BUYER, final))


def test_a_guest_is_the_buyer_of_an_inquiry() -> None:
    it = a_conversation(buyer=ACTORS[Role.GUEST])

    after, _ = it.close(None, an_act(Role.GUEST, it))

    assert after.close_reason is CloseReason.BY_BUYER
