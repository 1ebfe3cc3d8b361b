"""Visits every cell of every row, on every path through its conditions and rules."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from parley_conversation.domain import facts, refusals
from parley_conversation.domain.cells import Cell, Command, Go, If, Nothing, Refuse, Row, Rule, Target
from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.rules import Act, OverdueResponse, decide
from parley_conversation.domain.states import IF_MATCH, TABLE
from parley_conversation.domain.turn import Told
from parley_conversation.domain.waits import Waits
from parley_conversation.domain.words import (
    Category,
    ClosedBecause,
    EscalationReason,
    RemovedBecause,
    Role,
    Side,
    State,
    Visibility,
    WaivedBecause,
)
from parley_conversation.testing.builders import NOW, a_conversation, a_message, a_wait, an_act

DO: dict[Command, Callable[[Conversation, Act], Told]] = {
    Command.REPLY: lambda it, act: it.reply(a_message(act.by.role), act),
    Command.REPLY_AND_CLOSE: lambda it, act: it.reply_and_close(a_message(act.by.role), act),
    Command.NOTE: lambda it, act: it.note(a_message(act.by.role, visibility=Visibility.INTERNAL), act),
    Command.CLOSE: lambda it, act: it.close(None if act.by.role is Role.BUYER else ClosedBecause.SOLVED, act),
    Command.REOPEN: lambda it, act: it.reopen(a_message(act.by.role), act),
    Command.APPEAL: lambda it, act: it.appeal(a_message(act.by.role, visibility=Visibility.BACKSTAGE), act),
    Command.TAKE_OVER: lambda it, act: it.take_over(act),
    Command.ACKNOWLEDGE: lambda it, act: it.acknowledge(act),
    Command.HAND_BACK: lambda it, act: it.hand_back(a_message(act.by.role, visibility=Visibility.BACKSTAGE), act),
    Command.WAIVE: lambda it, act: it.waive(WaivedBecause.THANKS, act),
    Command.RESPONSE_OVERDUE: lambda it, act: it.escalate_overdue(act),
    Command.OVERDUE_RETRACTED: lambda it, act: it.hand_back_retracted(act),
    Command.REFUND: lambda it, act: it.refund(facts.RefundRecorded(("line-1",), "EUR", 1999), act),
    Command.RATE: lambda it, act: it.rate(5, act),
    Command.ASSIGN: lambda it, act: it.assign("somebody", act),
    Command.FINALISE: lambda it, act: it.finalise(ClosedBecause.SOLVED, act),
    Command.PRIVATE_ORDER_NOTE: lambda it, act: it.add_order_note(a_message(act.by.role, visibility=Visibility.INTERNAL), act),
    Command.ORDER_NOTE_TO_CUSTOMER: lambda it, act: it.add_order_note(a_message(act.by.role), act),
    Command.REMOVE_MESSAGE: lambda it, act: it.remove(a_message(Role.SELLER, visibility=Visibility.BACKSTAGE), RemovedBecause.SPAM, act),
    Command.BUYER_ERASED: lambda it, act: it.erase_buyer(act),
    Command.SELLER_ERASED: lambda it, act: it.erase_seller(act),
    Command.NEW_LINK: lambda it, act: it.request_link(act),
}
"""Every command of the table but `open`, which starts without a state and has its own tests."""


@dataclass(frozen=True)
class Case:
    """One way through one cell: what is true, and what must come of it."""

    name: str
    row: Row
    role: Role
    conversation: Conversation
    act: Act
    outcome: Go | Refuse | Nothing


def set_up(rule: Rule, holds: bool, it: Conversation, act: Act) -> tuple[Conversation, Act]:
    """The conversation and the act, changed so that the rule holds or not."""
    overdue = act.overdue or OverdueResponse(cycle_id="cycle-1", owed_by=Side.SELLER, as_of=it.sequence, escalates=True)
    match rule:
        case Rule.OVERDUE_UNANSWERED | Rule.OVERDUE_UNACKNOWLEDGED:
            both = replace(it.waits, open=(a_wait(Side.SELLER), a_wait(Side.SUPPORT)))
            return (replace(it, escalation=EscalationReason.OVERDUE, waits=both) if holds else it), act
        case Rule.BUYER_STILL_WAITS:
            return (it if holds else replace(it, waits=Waits(moved_at=1))), act
        case Rule.OWED_BY_SELLER:
            return it, replace(act, overdue=replace(overdue, owed_by=Side.SELLER if holds else Side.SUPPORT))
        case Rule.POLICY_ESCALATES:
            return it, replace(act, overdue=replace(overdue, escalates=holds))
        case Rule.NO_WAIT_MOVED:
            return it, replace(act, overdue=replace(overdue, as_of=it.waits.moved_at - (not holds)))
        case Rule.HANDLER_IS_SUPPORT:
            return replace(it, handler=Side.SUPPORT if holds else Side.SELLER), act
        case Rule.OTHER_AGENT_HAS_IT:
            return replace(it, agent_id="agent-2" if holds else None), act
        case Rule.ESCALATED_BY_OVERDUE:
            return replace(it, escalation=EscalationReason.OVERDUE if holds else EscalationReason.APPEAL), act
        case Rule.CLOSE_ASKED:
            return it, replace(act, closing=holds)
    raise AssertionError(f"no set-up for {rule}")


def also(rule: Rule, holds: bool, it: Conversation, act: Act) -> Iterator[tuple[str, Conversation, Act]]:
    """Further ways for a rule to hold or not: the other halves of footnote (1)."""
    overdue, _ = set_up(Rule.OVERDUE_UNANSWERED, True, it, act)
    match rule, holds:
        case (Rule.OVERDUE_UNANSWERED, True) | (Rule.OVERDUE_UNACKNOWLEDGED, False):
            yield ", acknowledged", replace(overdue, agent_id="agent-1"), act
        case (Rule.OVERDUE_UNANSWERED, False):
            yield ", answered since", replace(it, escalation=EscalationReason.OVERDUE), act


def paths(cell: Cell, it: Conversation, act: Act, name: str = "") -> Iterator[tuple[str, Conversation, Act, Go | Refuse | Nothing]]:
    """Every way through the conditions of a cell."""
    if not isinstance(cell, If):
        yield name, it, act, cell
        return
    for holds, branch in ((True, cell.then), (False, cell.otherwise)):
        for more, changed, acting in (("", *set_up(cell.rule, holds, it, act)), *also(cell.rule, holds, it, act)):
            yield from paths(branch, changed, acting, f"{name} {'' if holds else 'not '}{cell.rule}{more}")


def cases() -> Iterator[Case]:
    for row in TABLE:
        for role in row.roles:
            for state, cell in row.cells.items():
                if row.command is Command.OPEN:
                    continue
                it = a_conversation(state, answered=frozenset(Side))
                if Rule.POST_PURCHASE in row.rules:
                    it = replace(it, category=Category.POST_PURCHASE)
                for name, conversation, act, outcome in paths(cell, it, an_act(role, it)):
                    case = Case(f"{row.command}-{role}-{state}{name}", row, role, conversation, act, outcome)
                    yield case
                    if isinstance(outcome, Go) and Rule.ACKNOWLEDGES_FIRST in outcome.rules:
                        yield replace(case, name=f"{case.name} acknowledged", conversation=replace(conversation, agent_id=act.by.id))


CASES = list(cases())


def expected_facts(case: Case) -> list[str]:
    assert isinstance(case.outcome, Go)
    told = list(case.row.tells if case.outcome.tells is None else case.outcome.tells)
    if Rule.TAKES_OVER_FIRST in case.outcome.rules:
        told = ["Escalated", "Acknowledged", *told]
    if Rule.ACKNOWLEDGES_FIRST in case.outcome.rules and case.conversation.agent_id is None:
        told = ["Acknowledged", *told]
    if takes_back(case):
        told.insert(1, "HandedBack")
    return told


def takes_back(case: Case) -> bool:
    """Footnote (1): the seller answers what was escalated for being overdue, and nobody of support acknowledged it."""
    unanswered = case.conversation.waits.of(Side.SELLER) is not None and case.conversation.state is State.AWAITING_SUPPORT
    return (
        unanswered
        and case.role is Role.SELLER
        and case.conversation.agent_id is None
        and case.row.tells[0] in ("Replied", "OrderNoteAdded")
    )


def expected_state(case: Case) -> State:
    assert isinstance(case.outcome, Go)
    match case.outcome.to:
        case Target.H:
            return case.conversation.handler.awaiting
        case Target.SAME | Target.REMAINING:
            # A note that is removed leaves the public messages as they were; test_removing.py removes those.
            return case.conversation.state
        case target:
            return State(target.value)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_cell_does_what_the_table_says(case: Case) -> None:
    do = DO[case.row.command]
    if isinstance(case.outcome, Refuse):
        with pytest.raises(case.outcome.refusal):
            do(case.conversation, case.act)
    elif isinstance(case.outcome, Nothing):
        assert decide(case.row.command, case.conversation, case.act) == case.outcome
    else:
        after, happened = do(case.conversation, case.act)
        assert after.state is expected_state(case)
        assert [type(fact.what).__name__ for fact in happened] == expected_facts(case)
        assert [fact.sequence for fact in happened] == list(range(case.conversation.sequence + 1, after.sequence + 1))
        assert [fact.id for fact in happened] == list(case.act.ids[: len(happened)])
        assert all(fact.at == case.act.at for fact in happened)
        assert all((fact.state, fact.handler) == (after.state, after.handler) for fact in happened[-1:])


GUARDED = [
    (case, rule)
    for case in CASES
    if isinstance(case.outcome, Go)
    for rule in (*case.row.rules, *case.outcome.rules)
    if rule in (Rule.CONTACT_WINDOW, Rule.REFUND_REQUIRED, Rule.BUYER_SEES_IT)
]


@pytest.mark.parametrize(("case", "rule"), GUARDED, ids=lambda value: getattr(value, "name", ""))
def test_a_rule_of_a_cell_refuses(case: Case, rule: Rule) -> None:
    do = DO[case.row.command]
    if rule is Rule.CONTACT_WINDOW:
        late = replace(case.act, in_contact_window=False)
        waiting = replace(case.conversation, waits=replace(case.conversation.waits, unanswered=True), close_reason=None)
        answered = replace(case.conversation, waits=replace(case.conversation.waits, unanswered=False))
        with pytest.raises(refusals.ContactWindowClosed):
            do(answered, late)
        assert do(waiting, late)[1], "an answer to a buyer who waits is always welcome"
    elif rule is Rule.BUYER_SEES_IT:
        hidden = replace(case.conversation, buyer_wrote_at=None, answered=frozenset())
        with pytest.raises(refusals.NothingOwed):
            do(hidden, case.act)
        assert do(replace(hidden, answered=frozenset({Side.SELLER})), case.act)[1], "a note to the customer shows them the thread"
    else:
        ticket = replace(case.conversation, category=Category.POST_PURCHASE)
        with pytest.raises(refusals.RefundRequired):
            do(ticket, replace(case.act, refund_only=True))
        assert do(case.conversation, replace(case.act, refund_only=True))[1], "other categories are closed by an answer"
        assert do(ticket, case.act)[1], "other markets let an answer close it"


WAIVING = [case for case in CASES if isinstance(case.outcome, Go) and Rule.MAY_WAIVE in case.outcome.rules]


@pytest.mark.parametrize("case", WAIVING, ids=lambda case: case.name)
def test_a_waiver_is_for_a_running_wait_of_the_own_side_after_its_own_answer(case: Case) -> None:
    def waits(**changes: Any) -> Conversation:
        side = Side(case.role.value)
        return replace(case.conversation, waits=replace(case.conversation.waits, open=(a_wait(side, **changes),)))

    def waive(it: Conversation) -> Told:
        return DO[Command.WAIVE](it, case.act)

    with pytest.raises(refusals.AnswerFirst):
        waive(replace(case.conversation, answered=frozenset(Side) - {Side(case.role.value)}))
    with pytest.raises(refusals.WaitUnknown):
        waive(waits(due=None))
    with pytest.raises(refusals.Overdue):
        waive(waits(due=case.act.at - timedelta(milliseconds=1)))
    with pytest.raises(refusals.NothingOwed):
        waive(replace(case.conversation, waits=Waits()))
    assert waive(waits(due=case.act.at))[1], "exactly at due is in time"


REFUNDING = [case for case in CASES if Rule.POST_PURCHASE in case.row.rules and isinstance(case.outcome, Go)]


@pytest.mark.parametrize("case", REFUNDING, ids=lambda case: case.name)
def test_only_a_ticket_after_the_purchase_is_refunded(case: Case) -> None:
    for category in set(Category) - {Category.POST_PURCHASE}:
        with pytest.raises(refusals.WrongCategory):
            DO[Command.REFUND](replace(case.conversation, category=category), case.act)


@pytest.mark.parametrize("case", [case for case in CASES if case.role is not Role.SYSTEM], ids=lambda case: case.name)
def test_the_version_that_was_read_is_checked_before_the_state(case: Case) -> None:
    do = DO[case.row.command]
    with pytest.raises(refusals.ChangedMeanwhile):
        do(case.conversation, replace(case.act, read=case.conversation.sequence + 1))
    if case.row.command in IF_MATCH:
        with pytest.raises(refusals.IfMatchNeeded):
            do(case.conversation, replace(case.act, read=None))


CELLS = {(row.command, role, state) for row in TABLE for role in row.roles for state in row.cells}


@pytest.mark.parametrize("visited", [CASES], ids=[f"{len(CELLS)} cells of table 1 by {len(CASES)} ways and {len(GUARDED)} guards"])
def test_every_cell_is_visited_and_every_footnote_decided_both_ways(visited: list[Case]) -> None:
    assert {(case.row.command, case.role, case.conversation.state) for case in visited} == CELLS
    assert {row.command for row in TABLE} == {*DO, Command.OPEN}
    decided = " ".join(case.name for case in visited)
    for rule in (Rule.OVERDUE_UNANSWERED, Rule.BUYER_STILL_WAITS, Rule.OWED_BY_SELLER, Rule.POLICY_ESCALATES, Rule.NO_WAIT_MOVED):
        assert f" {rule}" in decided, rule
        assert f" not {rule}" in decided, rule
    elsewhere = {*(rule for _, rule in GUARDED), *((Rule.MAY_WAIVE,) if WAIVING else ())}
    assert elsewhere == {Rule.CONTACT_WINDOW, Rule.REFUND_REQUIRED, Rule.BUYER_SEES_IT, Rule.MAY_WAIVE}


def test_the_acts_of_these_tests_happen_after_what_they_act_on() -> None:
    assert all(case.act.at > NOW for case in CASES)
