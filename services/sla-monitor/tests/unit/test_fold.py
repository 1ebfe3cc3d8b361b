"""What no situation can write: imported history, the end for ever, and proofs that are nobody's."""

from datetime import timedelta

from sla_monitor.domain.conversation import Conversation
from sla_monitor.domain.events import Closed, Event, HandedOver, Posted
from sla_monitor.domain.facts import Expected, Fact, Overdue, Settled
from sla_monitor.domain.fold import fold
from sla_monitor.domain.words import HandOver, Outcome, Role, Side
from sla_monitor.testing import T
from sla_monitor.testing.histories import BOOK, HOUR


def read(*events: Event) -> tuple[Conversation, list[Fact]]:
    conversation, facts = Conversation(id="a conversation"), list[Fact]()
    for event in events:
        conversation, found = fold(conversation, event, watermark=None, book=BOOK)
        facts += found
    return conversation, facts


def wrote(sequence: int, by: Role, at: timedelta = timedelta(), *, imported: bool = False) -> Posted:
    return Posted(id=f"event {sequence}", sequence=sequence, at=T + at, by=by, message_id=f"m{sequence}", starts_clock=not imported)


def test_imported_history_builds_state_and_starts_no_clock() -> None:
    given_up = HandedOver(id="event 2", sequence=2, at=T, reason=HandOver.APPEAL, starts_clock=False)

    conversation, facts = read(wrote(1, Role.BUYER, imported=True), given_up)

    assert facts == []
    assert (conversation.handler, [message.message_id for message in conversation.waiting]) == (Side.SUPPORT, ["m1"])


def test_a_message_after_imported_history_starts_the_clock_of_the_handler() -> None:
    _, facts = read(wrote(1, Role.BUYER, imported=True), wrote(2, Role.SELLER, imported=True), wrote(3, Role.BUYER, HOUR))

    assert [(type(fact), fact.cycle.opened_by, fact.cycle.owed_by) for fact in facts] == [(Expected, "event 3", Side.SELLER)]


def test_what_is_closed_for_ever_opens_nothing_and_still_moves_the_sequence() -> None:
    final = Closed(id="event 2", sequence=2, at=T, by=Role.SUPPORT, final=True)

    conversation, facts = read(wrote(1, Role.BUYER), final, wrote(3, Role.BUYER, HOUR))

    assert [type(fact) for fact in facts] == [Expected, Settled]
    assert (conversation.sequence, conversation.open) == (3, ())


def test_a_hand_over_proves_nothing_about_a_wait_that_it_does_not_end() -> None:
    overdue = HandedOver(id="event 2", sequence=2, at=T + 7 * HOUR, reason=HandOver.OVERDUE)
    taken_over = HandedOver(id="event 3", sequence=3, at=T + 20 * HOUR, reason=HandOver.SUPPORT)

    _, facts = read(wrote(1, Role.BUYER), overdue, taken_over)

    assert [fact.cycle.owed_by for fact in facts if isinstance(fact, Overdue)] == [Side.SELLER]
    assert [fact.outcome for fact in facts if isinstance(fact, Settled)] == [Outcome.MISSED]
