"""What the notifier keeps of a conversation and of its waits: no more than its mails need."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from notifier.domain.news import Parties, Wait
from notifier.domain.words import Audience, Kind

_AWAITING = {"awaiting_seller": Audience.SELLER, "awaiting_support": Audience.SUPPORT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A conversation after its last event. ``root`` is the Message-ID that its thread hangs on."""

    id: str
    source: str
    kind: str
    number: str
    market: str
    parties: Parties
    handler: Audience | None
    state: str
    order_number: str | None
    language: str
    at: datetime
    routed: bool = False
    waiting_since: datetime | None = None
    root: str = ""

    @property
    def owes(self) -> Audience | None:
        """The side that owes an answer now."""
        return _AWAITING.get(self.state)

    @property
    def seller_may_see(self) -> bool:
        """A conversation that was routed to support and never handed back does not exist for the seller."""
        return not self.routed

    def after(self, before: "Conversation | None", kind: Kind, root: str) -> Self:
        """This state with what only the history tells: the thread's root, whether it was routed, since when this side owes."""
        routed = self.handler is Audience.SUPPORT if kind is Kind.OPENED else before is not None and before.routed
        since = self.at if self.owes else None
        if before and self.owes and self.owes is before.owes:
            since = before.waiting_since
        return replace(
            self,
            routed=routed and kind is not Kind.HANDED_BACK,
            waiting_since=since,
            root=before.root if before else root,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """The open waits of one conversation, at most one for each side."""

    conversation_id: str
    open: Mapping[Audience, Wait] = field(default_factory=dict)

    def began(self, wait: Wait) -> Self:
        """The clock speaks of this wait, so it is open."""
        return replace(self, open={**self.open, wait.owed_by: wait})

    def settled(self, wait: Wait) -> Self:
        """It has ended; a later one of the same side stays."""
        return replace(self, open={side: each for side, each in self.open.items() if each.cycle_id != wait.cycle_id})

    def expected(self, conversation: Conversation | None) -> Wait | None:
        """The wait that a mail about this conversation should name, if the clock has told of it yet.

        A wait that began before the present side came to owe an answer is an old one, whose end has not been read yet.
        """
        if conversation is None or conversation.owes is None or conversation.waiting_since is None:
            return None
        wait = self.open.get(conversation.owes)
        return wait if wait and wait.start >= conversation.waiting_since else None

    def is_over(self, wait: Wait, conversation: Conversation | None, at: datetime) -> bool:
        """Whether a warning of this wait would come too late: it was settled, its due time passed, or its side owes nothing now."""
        current = self.open.get(wait.owed_by)
        if at >= wait.due or current is None or current.cycle_id != wait.cycle_id:
            return True
        return conversation is not None and conversation.at >= wait.start and conversation.owes is not wait.owed_by
