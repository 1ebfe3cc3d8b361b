"""How a cycle ends: exactly one outcome; at or before due and after due divide everything."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sla_monitor.domain.conversation import Conversation
from sla_monitor.domain.cycle import Cycle
from sla_monitor.domain.events import Event
from sla_monitor.domain.facts import Fact, Retracted, Settled
from sla_monitor.domain.opening import Step
from sla_monitor.domain.words import Outcome, Retraction, Role, Side

Rule = Callable[[Cycle, datetime], Outcome]
"""Which outcome a cycle has that an event ends at this time."""


def in_time(cycle: Cycle, at: datetime) -> bool:
    """Exactly at due is in time."""
    return at <= cycle.due


def answered(side: Side) -> Rule:
    """A public reply of a side ends its own wait and the other side's."""

    def rule(cycle: Cycle, at: datetime) -> Outcome:
        if cycle.owed_by is side:
            return Outcome.MET if in_time(cycle, at) else Outcome.LATE
        if not in_time(cycle, at):
            return Outcome.MISSED
        # In time by somebody else: it was out of this side's hands.
        return Outcome.MET if cycle.after_overdue and side is Side.SELLER else Outcome.HANDED_OVER

    return rule


def waived(side: Side) -> Rule:
    """A waiver ends its own side's wait; the other's as a public reply would."""
    as_answered = answered(side)

    def rule(cycle: Cycle, at: datetime) -> Outcome:
        return Outcome.WAIVED if cycle.owed_by is side else as_answered(cycle, at)

    return rule


def closed(by: Role) -> Rule:
    """Closing without an answer: the buyer withdraws, anybody else leaves it unanswered."""

    def rule(cycle: Cycle, at: datetime) -> Outcome:
        if not in_time(cycle, at):
            return Outcome.MISSED
        return Outcome.WITHDRAWN if by.waits else Outcome.CLOSED_WITHOUT_REPLY

    return rule


def handed_over(cycle: Cycle, at: datetime) -> Outcome:
    """Given to the other side."""
    return Outcome.HANDED_OVER if in_time(cycle, at) else Outcome.MISSED


def voided(cycle: Cycle, at: datetime) -> Outcome:
    """It should never have been waited for."""
    return Outcome.VOIDED


def settle(conversation: Conversation, cycle: Cycle, outcome: Outcome, *, at: datetime, by: str) -> Step:
    """End one cycle. An overdue fact that proves wrong with it is taken back first."""
    facts: list[Fact] = []
    if cycle.overdue:
        match outcome:
            case Outcome.VOIDED:
                facts.append(Retracted(cycle, Retraction.VOIDED))
            case Outcome.EXCUSED:
                facts.append(Retracted(cycle, Retraction.EXCUSED))
            case _ if in_time(cycle, at):
                facts.append(Retracted(cycle, Retraction.ANSWERED_IN_TIME))
    facts.append(Settled(cycle, outcome, at, by, at - cycle.due if outcome is Outcome.LATE else None))
    return conversation.without_cycle(cycle), tuple(facts)


def end(conversation: Conversation, cycles: tuple[Cycle, ...], rule: Rule, event: Event) -> Step:
    """End these cycles with one event; what it ended can be restored when it proves void."""
    facts: list[Fact] = []
    for cycle in cycles:
        conversation, settled = settle(conversation, cycle, rule(cycle, event.at), at=event.at, by=event.id)
        facts += settled
    if cycles and rule is not voided:
        conversation = replace(conversation, ended=cycles)
    return conversation, tuple(facts)
