"""Runs a situation through the fold, as one partition's log, and tells facts and outcomes in the situations' words."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sla_monitor.domain.conversation import Conversation
from sla_monitor.domain.cycle import Cycle
from sla_monitor.domain.facts import DueSoon, Expected, Fact, Overdue, Retracted, Settled
from sla_monitor.domain.fold import fold
from sla_monitor.domain.passing import advance
from sla_monitor.domain.policy import Entry, OutageWindow, PolicyBook
from sla_monitor.domain.words import Outcome
from sla_monitor.simulate.notation import show_instant, show_span
from sla_monitor.simulate.situation import Read, Situation, Step, Watermark

Told = dict[str, Any]


def rehearse(situation: Situation) -> Told:
    """The line that is printed for a situation."""
    log = _Log(situation.offsets)
    for step in situation.steps:
        log.take(step)
    return {"id": situation.id, "facts": log.told, "outcome": log.outcome()}


@dataclass(slots=True)
class _Log:
    """One partition: its conversations, its highest watermark and the policy book."""

    offsets: bool
    book: PolicyBook = field(default_factory=PolicyBook)
    watermark: datetime | None = None
    conversations: dict[str, Conversation] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    settled: dict[str, dict[int, Any]] = field(default_factory=dict)

    def take(self, step: Step) -> None:
        match step:
            case Entry():
                self.book = self.book.with_entry(step)
            case OutageWindow():
                self.book = self.book.with_outage(step)
                self._advance()
            case Watermark(at=at):
                self.watermark = max(at, self.watermark or at)
                self._advance()
            case Read(conversation=label, event=event):
                before = self.conversations.get(label) or Conversation(id=f"conversation {label}")
                self._keep(label, fold(before, event, watermark=self.watermark, book=self.book))

    def outcome(self) -> Told:
        open_cycles = {
            label: {cycle.ordinal: "open_overdue" if cycle.overdue else "open" for cycle in conversation.open}
            for label, conversation in self.conversations.items()
        }
        return {
            f"{label}{ordinal}": told
            for label in sorted(self.conversations)
            for ordinal, told in sorted((self.settled.get(label, {}) | open_cycles[label]).items())
        }

    def _advance(self) -> None:
        if self.watermark is not None:
            for label, conversation in sorted(self.conversations.items(), key=_next):
                self._keep(label, advance(conversation, self.watermark, self.book))

    def _keep(self, label: str, step: tuple[Conversation, Iterable[Fact]]) -> None:
        self.conversations[label], facts = step
        for fact in facts:
            self._tell(label, fact)

    def _tell(self, label: str, fact: Fact) -> None:
        match fact:
            case DueSoon(level=level):
                self._say("response_due_soon", label, fact.cycle, level=show_span(level.elapsed))
            case Overdue():
                self._say("response_overdue", label, fact.cycle, due=show_instant(fact.cycle.due, offset=self.offsets))
            case Retracted(reason=reason):
                self._say("response_overdue_retracted", label, fact.cycle, reason=reason.value)
            case Settled(outcome=outcome, late_by=late_by):
                late = {"late_by": show_span(late_by)} if outcome is Outcome.LATE and late_by else outcome.value
                self.settled.setdefault(label, {})[fact.cycle.ordinal] = late
            case Expected():
                pass

    def _say(self, fact: str, label: str, cycle: Cycle, **more: str) -> None:
        name = f"{label}{cycle.ordinal}" if label else cycle.ordinal
        self.told.append({"fact": fact, "cycle": name, "owed_by": cycle.owed_by.value, **more})


def _next(item: tuple[str, Conversation]) -> tuple[bool, float]:
    """What is due first comes first, as in the store."""
    instant = item[1].next_instant
    return instant is None, instant.timestamp() if instant else 0
