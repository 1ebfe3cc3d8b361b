"""What the passing of time does: warnings, overdue, excused. Time is a watermark, or an event that ends a cycle after its due."""

from collections.abc import Collection
from datetime import datetime

from sla_monitor.domain.conversation import Conversation
from sla_monitor.domain.cycle import Cycle, Proof
from sla_monitor.domain.events import Event
from sla_monitor.domain.facts import DueSoon, Fact, Overdue
from sla_monitor.domain.opening import Step, open_after_outage
from sla_monitor.domain.outcomes import settle
from sla_monitor.domain.policy import OutageWindow, PolicyBook
from sla_monitor.domain.words import Outcome, Side


def advance(conversation: Conversation, watermark: datetime, book: PolicyBook) -> Step:
    """Everything before the watermark has been read. A frozen conversation sees no time pass."""
    if conversation.frozen:
        return conversation, ()
    return _pass(conversation, Proof(watermark, None, conversation.sequence), book, tuple(Side), warn=True)


def prove(conversation: Conversation, event: Event, book: PolicyBook, sides: Collection[Side] = tuple(Side)) -> Step:
    """An event that ends cycles of these sides after their due proves it by itself, before it ends them."""
    return _pass(conversation, Proof(event.at, event.id, conversation.sequence), book, sides, warn=False)


def _pass(conversation: Conversation, proof: Proof, book: PolicyBook, sides: Collection[Side], *, warn: bool) -> Step:
    facts: list[Fact] = []
    # The oldest instant first. What an outage excuses opens the next cycle, which may be due as well.
    while steps := [step for cycle in conversation.open if cycle.owed_by in sides and (step := _step(cycle, proof, book, warn=warn))]:
        _, cycle, action = min(steps, key=lambda step: (step[0], step[1].ordinal))
        conversation, found = _act(conversation, cycle, action, proof, book)
        facts += found
    return conversation, tuple(facts)


_Action = OutageWindow | DueSoon | None


def _step(cycle: Cycle, proof: Proof, book: PolicyBook, *, warn: bool) -> tuple[datetime, Cycle, _Action] | None:
    """What happens to this cycle next, and when it happened."""
    if cycle.overdue or cycle.due < proof.at:
        outage = book.outage(cycle.due)
        return None if cycle.overdue and not outage else (cycle.due, cycle, outage)
    level = cycle.passed_level(proof.at) if warn else None
    return (level.at, cycle, DueSoon(cycle.warn(level, proof.at), level)) if level else None


def _act(conversation: Conversation, cycle: Cycle, action: _Action, proof: Proof, book: PolicyBook) -> Step:
    match action:
        case OutageWindow() as outage:
            at = max(cycle.due, outage.declared_at) if cycle.overdue else cycle.due
            conversation, settled = settle(conversation, cycle, Outcome.EXCUSED, at=at, by=outage.id)
            conversation, opened = open_after_outage(conversation, cycle, outage, book)
            return conversation, settled + opened
        case DueSoon() as warned:
            return conversation.with_cycle(warned.cycle), (warned,)
        case None:
            overdue = cycle.prove_overdue(proof)
            return conversation.with_cycle(overdue), (Overdue(overdue),)
