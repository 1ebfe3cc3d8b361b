"""One command on its way through a conversation: every fact takes the next id, the next sequence and the one time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from parley_conversation.domain import facts
from parley_conversation.domain.cells import Go, Rule, Target
from parley_conversation.domain.messages import Message
from parley_conversation.domain.rating import Rating
from parley_conversation.domain.rules import Act
from parley_conversation.domain.waits import Happened
from parley_conversation.domain.words import CloseReason, EscalationReason, HandBackReason, RemovedBecause, Side, State

if TYPE_CHECKING:
    from parley_conversation.domain.conversation import Conversation

Told = tuple["Conversation", tuple[facts.Fact, ...]]
"""The new state, and what happened on the way to it."""


class Turn:
    """Starts with what the table asks for first: support takes over, or acknowledges, before it answers."""

    def __init__(self, conversation: Conversation, act: Act, go: Go | None = None) -> None:
        self.now = conversation
        self._act = act
        self._facts: list[facts.Fact] = []
        rules = go.rules if go else ()
        if Rule.TAKES_OVER_FIRST in rules:
            self.escalated(EscalationReason.SUPPORT)
            self.acknowledged()
        if Rule.ACKNOWLEDGES_FIRST in rules and conversation.agent_id is None:
            self.acknowledged()

    def told(self) -> Told:
        return self.now, tuple(self._facts)

    def resolve(self, target: Target) -> State:
        """The state that a cell of the table names."""
        if target is Target.H:
            return self.now.handler.awaiting
        return self.now.state if target is Target.SAME else State(target.value)

    def asked(self, what: facts.Opened | facts.Replied | facts.Reopened, to: Target) -> None:
        """The buyer's side wrote, or reopened, which counts as a message."""
        self._tell(
            what,
            state=self.resolve(to),
            waits=self.now.waits.buyer_wrote(self.now.handler, self._next(), self._said(what)),
            buyer_wrote_at=self._act.at,
            close_reason=None,
        )

    def answered(self, what: facts.Replied | facts.Reopened | facts.OrderNoteAdded | facts.RefundRecorded, to: Target) -> None:
        """The seller or support wrote to the buyer, or gave money back, which is an answer, too."""
        side, state = self._side(), self.resolve(to)
        self._tell(
            what,
            state=state,
            waits=self.now.waits.answered_by(side, self._next(), self._said(what)),
            answered=self.now.answered | {side},
            last_answer=side,
            close_reason=self.now.close_reason if state is State.CLOSED else None,
        )
        message: Message | None = getattr(what, "message", None)
        if message and message.flagged:
            self._tell(facts.PolicyFlagged(message.id, message.author, message.flagged))

    def noted(self, what: facts.Replied | facts.OrderNoteAdded) -> None:
        """A note between the sides, or inside one, touches nothing."""
        self._tell(what)

    def closed(self, reason: CloseReason, because: str | None = None, *, to: State = State.CLOSED) -> None:
        self._tell(
            facts.Closed(reason, because),
            state=to,
            waits=self.now.waits.closed(self._next()),
            close_reason=reason,
        )

    def escalated(
        self,
        reason: EscalationReason,
        message: Message | None = None,
        cycle_id: str | None = None,
        *,
        to: State = State.AWAITING_SUPPORT,
    ) -> None:
        """Support becomes the handler; nobody of support has acknowledged it yet. Where nobody waits now, it owes the next answer."""
        owes_now = to is State.AWAITING_SUPPORT
        waits = self.now.waits.handed_over(self._next(), because_overdue=reason is EscalationReason.OVERDUE) if owes_now else self.now.waits
        self._tell(
            facts.Escalated(reason, message, cycle_id),
            state=to,
            handler=Side.SUPPORT,
            escalation=reason,
            agent_id=None,
            waits=waits,
        )

    def acknowledged(self) -> None:
        """The acting agent has it; saying so twice tells nothing new."""
        if self.now.agent_id != self._act.by.id:
            self._tell(facts.Acknowledged(), agent_id=self._act.by.id)

    def handed_back(self, reason: HandBackReason, to: Target, message: Message | None = None) -> None:
        self._tell(
            facts.HandedBack(reason, message),
            state=self.resolve(to),
            handler=Side.SELLER,
            escalation=None,
            agent_id=None,
            routed_only=False,
            waits=self.now.waits.handed_back(self._next()),
        )

    def waived(self, because: str) -> None:
        self._tell(
            facts.Waived(self._side(), because),
            state=State.AWAITING_BUYER,
            waits=self.now.waits.waived(self._next()),
        )

    def rated(self, stars: int) -> None:
        """The time of the first rating of this closing stays."""
        before = self.now.rating
        first = before.at if before and before.at >= self.now.since else self._act.at
        self._tell(facts.Rated(stars, self.now.last_answer), rating=Rating(stars, first))

    def assigned(self, party_id: str | None) -> None:
        """Who of the acting side has it; saying so twice tells nothing new."""
        side = self._side()
        holder = "assignee_id" if side is Side.SELLER else "agent_id"
        if getattr(self.now, holder) != party_id:
            self._tell(facts.Assigned(side, party_id), **{holder: party_id})

    def removed(self, message: Message, because: RemovedBecause) -> None:
        """The state is the one that the remaining public messages give; what is final stays as it is."""
        it, waits, state = self.now, self.now.waits, self.now.state
        if state is not State.FINAL:
            waits = waits.removed(message.id, it.handler, self._next(), spam=because is RemovedBecause.SPAM)
        if waits.open and not it.waits.open:
            state = it.handler.awaiting
        elif it.waits.unanswered and not waits.unanswered and state in (State.AWAITING_SELLER, State.AWAITING_SUPPORT):
            state = State.AWAITING_BUYER
        reason = it.close_reason if state is it.state else None
        removed = facts.MessageRemoved(message.id, message.author, message.visibility, because)
        self._tell(removed, state=state, waits=waits, close_reason=reason)

    def link_requested(self) -> None:
        self._tell(facts.LinkRequested(self._act.by.id, self._act.by.role))

    def _said(self, what: facts.What) -> str:
        """What a wait remembers of it: its message, else the event itself."""
        message: Message | None = getattr(what, "message", None)
        return message.id if message else self._next().id

    def _side(self) -> Side:
        side = self._act.by.role.side
        if side is None:
            raise ValueError(f"{self._act.by.role} answers for no side; only a seller or support can")
        return side

    def _next(self) -> Happened:
        return Happened(id=self._act.ids[len(self._facts)], sequence=self.now.sequence + 1, at=self._act.at)

    def _tell(self, what: facts.What, **changes: Any) -> None:
        next = self._next()
        state = changes.get("state", self.now.state)
        since = self.now.since if state is self.now.state else next.at
        self.now = replace(self.now, sequence=next.sequence, changed_at=next.at, since=since, **changes)
        self._facts.append(
            facts.Fact(
                id=next.id,
                sequence=next.sequence,
                at=next.at,
                by=self._act.by,
                what=what,
                state=self.now.state,
                handler=self.now.handler,
                agent_id=self.now.agent_id,
                assignee_id=self.now.assignee_id,
            )
        )
