"""Whom the buyer waits for, event by event."""

from datetime import timedelta

import pytest
from parley_conversation.domain.waits import Expected, Happened, Waits
from parley_conversation.domain.words import Side
from parley_conversation.testing.builders import NOW

SELLER, SUPPORT = Side.SELLER, Side.SUPPORT


def at(sequence: int) -> Happened:
    return Happened(id=f"e-{sequence}", sequence=sequence, at=NOW + timedelta(minutes=sequence))


def owing(waits: Waits) -> list[Side]:
    return [wait.owed_by for wait in waits.open]


ASKED = Waits().buyer_wrote(SELLER, at(1), "m-1")
OVERDUE = ASKED.handed_over(at(2), because_overdue=True)


def test_a_later_message_of_the_buyer_does_not_move_the_wait() -> None:
    again = ASKED.buyer_wrote(SELLER, at(2), "m-2")

    assert (again.open, again.moved_at) == (ASKED.open, ASKED.moved_at)


def test_an_answer_ends_all_waits_if_its_side_owes_one() -> None:
    assert owing(OVERDUE) == [SELLER, SUPPORT]
    for side in Side:
        answered = OVERDUE.answered_by(side, at(3), "m-3")
        assert (answered.open, answered.unanswered, answered.moved_at) == ((), False, 3)


def test_an_answer_of_a_side_that_owes_nothing_changes_nothing() -> None:
    appealed = ASKED.handed_over(at(2), because_overdue=False)

    assert owing(appealed) == [SUPPORT]
    assert appealed.answered_by(SELLER, at(3), "m-3") is appealed


def test_an_answer_while_nobody_owes_one_answers_the_last_message() -> None:
    closed = ASKED.closed(at(2))
    answered = closed.answered_by(SELLER, at(3), "m-3")

    assert (closed.unanswered, answered.unanswered, answered.open, answered.moved_at) == (True, False, (), 2)


def test_a_hand_over_of_an_answered_conversation_starts_no_wait() -> None:
    answered = ASKED.answered_by(SELLER, at(2), "m-2")

    assert answered.handed_over(at(3), because_overdue=False) is answered


def test_a_second_hand_over_does_not_move_the_wait_of_support() -> None:
    appealed = ASKED.handed_over(at(2), because_overdue=False)

    assert appealed.handed_over(at(3), because_overdue=False) is appealed


def test_a_hand_back_ends_both_waits_and_starts_one_of_the_seller() -> None:
    back = OVERDUE.handed_back(at(3))

    assert [(wait.owed_by, wait.opened_by) for wait in back.open] == [(SELLER, "e-3")]


def test_a_hand_back_of_an_answered_conversation_starts_none() -> None:
    assert owing(OVERDUE.answered_by(SELLER, at(3), "m-3").handed_back(at(4))) == []


@pytest.mark.parametrize("step", [lambda waits: waits.waived(at(9)), lambda waits: waits.handed_back(at(9))])
def test_what_moves_a_wait_is_remembered_by_its_place(step: object) -> None:
    assert step(OVERDUE).moved_at == 9  # type: ignore[operator]


def test_an_announcement_is_for_the_wait_that_it_names() -> None:
    due = NOW + timedelta(hours=48)
    own = Expected(owed_by=SELLER, opened_by="e-1", start=NOW, due=due)
    of_an_earlier_one = Expected(owed_by=SELLER, opened_by="e-0", start=NOW + timedelta(hours=9), due=due)

    assert [wait.due for wait in ASKED.announced(own).open] == [due]
    assert ASKED.announced(of_an_earlier_one) == ASKED
    assert Waits().announced(own) == Waits()


def test_a_wait_that_was_excused_begins_anew_later() -> None:
    known = ASKED.announced(Expected(owed_by=SELLER, opened_by="e-1", start=NOW, due=NOW + timedelta(hours=48)))
    anew = Expected(owed_by=SELLER, opened_by="declaration", start=NOW + timedelta(hours=50), due=NOW + timedelta(hours=98))

    assert [wait.due for wait in known.announced(anew).open] == [anew.due]
