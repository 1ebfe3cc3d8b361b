"""A conversation as the clock sees it: who is the handler, which messages wait, which cycles are open."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from sla_monitor.domain.cycle import Cycle
from sla_monitor.domain.events import About
from sla_monitor.domain.words import Side

REMEMBERED = 500
"""Public messages that are remembered. A removal of an older one has no effect on the clock."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """A public message of a person: the buyer's, with the instant from which it waits, or an answer."""

    message_id: str
    waits_from: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """The state that the fold keeps of one conversation.

    ``sequence`` is the last event that was applied. ``messages`` are those public ones that a removal can still bring back.
    ``ended`` are the cycles that the last ending event ended: what a removed answer restores.
    """

    id: str
    about: About = field(default_factory=About)
    sequence: int = 0
    handler: Side = Side.SELLER
    closed: bool = False
    final: bool = False
    frozen: bool = False
    answered_by: frozenset[Side] = frozenset()
    messages: tuple[Remembered, ...] = ()
    cycles: int = 0
    open: tuple[Cycle, ...] = ()
    ended: tuple[Cycle, ...] = ()

    @property
    def waiting(self) -> tuple[Remembered, ...]:
        """The buyer's messages that nobody has answered, the oldest first."""
        answered = next((place for place in range(len(self.messages), 0, -1) if self.messages[place - 1].waits_from is None), 0)
        return self.messages[answered:]

    @property
    def next_instant(self) -> datetime | None:
        """When time itself will next change this conversation; None if nothing is running or its clock is frozen."""
        instants = [instant for cycle in self.open if (instant := cycle.next_instant)]
        return None if self.frozen else min(instants, default=None)

    def owed(self, side: Side) -> Cycle | None:
        """The open cycle that this side owes."""
        return next((cycle for cycle in self.open if cycle.owed_by is side), None)

    def heard(self, message_id: str, waits_from: datetime) -> "Conversation":
        """The buyer wrote."""
        return self._remember(Remembered(message_id, waits_from))

    def answered(self, message_id: str) -> "Conversation":
        """What waits has been answered."""
        # An answer to nothing cannot be missed when it is removed.
        return self._remember(Remembered(message_id, None)) if self.messages else self

    def going_on(self) -> "Conversation":
        """Not closed, or not any more."""
        return replace(self, closed=False) if self.closed else self

    def forget_all(self) -> "Conversation":
        """Whatever was written so far waits no more, and no removal changes that."""
        return replace(self, messages=())

    def without(self, message_id: str) -> "Conversation":
        """As if this message had never been written."""
        return replace(self, messages=tuple(message for message in self.messages if message.message_id != message_id))

    def with_cycle(self, cycle: Cycle) -> "Conversation":
        """A cycle opened, or an open one moved on."""
        others = tuple(each for each in self.open if each.id != cycle.id)
        return replace(self, open=tuple(sorted((*others, cycle), key=lambda each: each.ordinal)), cycles=max(self.cycles, cycle.ordinal))

    def without_cycle(self, cycle: Cycle) -> "Conversation":
        return replace(self, open=tuple(each for each in self.open if each.id != cycle.id))

    def _remember(self, message: Remembered) -> "Conversation":
        return replace(self, messages=(*self.messages, message)[-REMEMBERED:])
