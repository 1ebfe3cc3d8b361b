"""A conversation's service and the response clock count waits apart from one another, and must come to the same."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parley_conversation.domain import words as kernel
from parley_conversation.domain.waits import Expected, Happened, Waits
from sla_monitor.domain import events
from sla_monitor.domain.conversation import Conversation
from sla_monitor.domain.facts import Expected as Announced
from sla_monitor.domain.facts import Fact, Overdue
from sla_monitor.domain.fold import fold
from sla_monitor.domain.passing import advance
from sla_monitor.domain.policy import BEGINNING, Entry, Policy, PolicyBook
from sla_monitor.domain.words import HandOver, Role, Side
from sla_monitor.testing import T

BOOK = PolicyBook((Entry("", BEGINNING, Policy()),))
MINUTE = timedelta(minutes=1)
SIDES = {Side.SELLER: kernel.Side.SELLER, Side.SUPPORT: kernel.Side.SUPPORT}


@dataclass
class Both:
    """One conversation as both see it; what the table of states never lets happen is passed over."""

    waits: Waits = field(default_factory=Waits)
    clock: Conversation = field(default_factory=lambda: Conversation(id="c-1"))
    handler: Side = Side.SELLER
    closed: bool = False
    overdue: int = 0
    said: list[tuple[str, str]] = field(default_factory=list)

    def does(self, what: str) -> None:
        """One event, a minute after the one before it; the clock's announcement comes back at once."""
        if what == "overdue" and not self._is_overdue():
            return
        at = T + (self.clock.sequence + 1) * MINUTE + self.overdue * timedelta(hours=49)
        sequence = self.clock.sequence + 1
        happened = Happened(id=f"event-{sequence}", sequence=sequence, at=at)
        common = {"id": happened.id, "sequence": sequence, "at": at}
        if what in ("buyer", "seller", "support"):
            self.said.append((happened.id, what))
        match what:
            case "buyer":
                self.waits = self.waits.buyer_wrote(SIDES[self.handler], happened, happened.id)
                self._apply(events.Posted(**common, by=Role.BUYER, message_id=happened.id, handler=self.handler))
                self.closed = False
            case "seller" | "support" if not self.closed:
                side = Side(what)
                self.waits = self.waits.answered_by(SIDES[side], happened, happened.id)
                self._apply(events.Posted(**common, by=Role(what), message_id=happened.id))
            case "appeal" | "overdue" if self.handler is Side.SELLER and not self.closed:
                late = what == "overdue"
                self.handler = Side.SUPPORT
                self.waits = self.waits.handed_over(happened, because_overdue=late)
                reason = HandOver.OVERDUE if late else HandOver.APPEAL
                self._apply(events.HandedOver(**common, reason=reason))
            case "hand back" if self.handler is Side.SUPPORT and not self.closed:
                self.handler = Side.SELLER
                self.waits = self.waits.handed_back(happened)
                self._apply(events.HandedBack(**common))
            case "waive" if (owed := self.clock.owed(self.handler)) and not owed.overdue and self.handler in self.clock.answered_by:
                self.waits = self.waits.waived(happened)
                self._apply(events.Waived(**common, side=self.handler))
            case "spam last" | "spam first" | "moderated answer" | "moderated last":
                self._remove(what, happened, common)
            case "close" | "withdraw" if not self.closed:
                self.closed = True
                self.waits = self.waits.closed(happened)
                self._apply(events.Closed(**common, by=Role.BUYER if what == "withdraw" else Role.SUPPORT))

    def _remove(self, step: str, happened: Happened, common: dict[str, Any]) -> None:
        """What was said last, or first, or by the seller last, is taken away."""
        kind, _, which = step.partition(" ")
        said = [each for each in self.said if which != "answer" or each[1] != "buyer"]
        if not said:
            return
        gone = said[0 if which == "first" else -1]
        self.said.remove(gone)
        before, spam = self.waits, kind == "spam"
        self.waits = self.waits.removed(gone[0], SIDES[self.handler], happened, spam=spam)
        self._apply(events.Removed(**common, message_id=gone[0], spam=spam))
        if self.waits.open and not before.open:
            self.closed = False

    def _is_overdue(self) -> bool:
        """Let two days pass without an answer; whether the seller is overdue then."""
        self.overdue += 1
        self.clock, facts = advance(self.clock, T + self.overdue * timedelta(hours=49) + self.clock.sequence * MINUTE, BOOK)
        self._announce(facts)
        return any(isinstance(fact, Overdue) and fact.cycle.owed_by is Side.SELLER for fact in facts)

    def _apply(self, event: events.Event) -> None:
        self.clock, facts = fold(self.clock, event, watermark=None, book=BOOK)
        self._announce(facts)

    def _announce(self, facts: tuple[Fact, ...]) -> None:
        for cycle in (fact.cycle for fact in facts if isinstance(fact, Announced)):
            said = Expected(owed_by=SIDES[cycle.owed_by], opened_by=cycle.opened_by, start=cycle.start, due=cycle.due)
            self.waits = self.waits.announced(said)


STEPS = (
    "buyer",
    "seller",
    "support",
    "appeal",
    "overdue",
    "hand back",
    "waive",
    "close",
    "withdraw",
    "spam last",
    "spam first",
    "moderated answer",
    "moderated last",
)


@given(st.lists(st.sampled_from(STEPS), max_size=30))
def test_both_know_the_same_waits_with_the_same_due_times(steps: list[str]) -> None:
    both = Both()
    both.does("buyer")
    for step in steps:
        both.does(step)
        known = {(wait.owed_by.value, wait.opened_by, wait.due) for wait in both.waits.open}
        assert known == {(cycle.owed_by.value, cycle.opened_by, cycle.due) for cycle in both.clock.open}
        assert both.waits.unanswered == bool(both.clock.waiting)


@pytest.mark.parametrize("step", STEPS)
def test_each_step_can_be_taken(step: str) -> None:
    both = Both()
    for each in ("buyer", "seller", "buyer"):
        both.does(each)
    if step in ("hand back", "support"):
        both.does("appeal")
    before = replace(both.clock)

    both.does(step)

    assert both.clock.sequence == before.sequence + 1
