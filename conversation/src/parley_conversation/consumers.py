"""What conversations hear: the response clock's facts, and the marketplace's word about people and shops."""

from collections.abc import Sequence
from typing import Any

from parley_chassis.parking import Poison
from parley_chassis.records import Received, Tombstone
from parley_contracts import sla
from parley_contracts.conversation import Closed, Escalated, HandedBack
from parley_contracts.envelope import derived_id
from parley_contracts.marketplace import PartyChanged

from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.rules import OverdueResponse
from parley_conversation.domain.waits import Expected
from parley_conversation.domain.words import Side
from parley_conversation.inbound import party_of
from parley_conversation.ports import Transaction
from parley_conversation.use_cases import parties, reactions


class ClockFacts:
    """Handlers for what the response clock says about this service's conversations; it speaks of others too."""

    def __init__(self, *, source: str, escalated: type[Escalated], handed_back: type[HandedBack]) -> None:
        self._source = source
        self._escalated = escalated
        self._handed_back = handed_back

    async def prefetch(self, tx: Transaction, batch: Sequence[Received[Any]]) -> None:
        """Read what a batch is about with one query for conversations and one for parties."""
        ours = {each.envelope.subject for each in batch if isinstance(each.data, sla.CycleEvent) and self._is_ours(each.data)}
        await tx.conversations.load(sorted(ours))
        await tx.parties.load(sorted({each.data.id for each in batch if isinstance(each.data, PartyChanged)}))

    async def on_response_expected(self, tx: Transaction, received: Received[sla.ResponseExpected]) -> None:
        """Keep until when an answer is expected."""
        said = received.data
        side = _side(said)
        if side and self._is_ours(said):
            expected = Expected(owed_by=side, opened_by=said.opened_by, start=said.start, due=said.due)
            await reactions.expect(tx, received.envelope.subject, expected)

    async def on_response_overdue(self, tx: Transaction, received: Received[sla.ResponseOverdue]) -> None:
        """Hand over to support."""
        said, envelope = received.data, received.envelope
        side = _side(said)
        if side and self._is_ours(said):
            overdue = OverdueResponse(cycle_id=said.cycle_id, owed_by=side, as_of=said.as_of, escalates=said.escalates)
            ids = (derived_id(envelope.id, self._source, self._escalated.type),)
            await reactions.escalate_overdue(tx, envelope.subject, overdue, cause=envelope.id, event_ids=ids)

    async def on_response_overdue_retracted(self, tx: Transaction, received: Received[sla.ResponseOverdueRetracted]) -> None:
        """Give back what was taken over for it."""
        said, envelope = received.data, received.envelope
        if self._is_ours(said):
            ids = (derived_id(envelope.id, self._source, self._handed_back.type),)
            await reactions.hand_back_retracted(tx, envelope.subject, said.cycle_id, cause=envelope.id, event_ids=ids)

    def _is_ours(self, said: sla.CycleEvent) -> bool:
        return said.conversation_source == self._source


def _side(said: sla.CycleEvent) -> Side | None:
    """The side, or None for one that a later version of the clock may know."""
    return Side(said.owed_by.value) if said.owed_by.value in set(Side) else None


async def on_party_changed(tx: Transaction, received: Received[PartyChanged]) -> None:
    """Keep a person or a shop."""
    said = received.data
    if said.id != received.envelope.subject:
        raise Poison(f"the data is about {said.id!r} and the record about another party; send each under its own key")
    await parties.know_party(tx, party_of(said, received.envelope.time))


class Erasures:
    """The handler for the marketplace's word that a person or a shop is to be forgotten. ``forget`` is the service's use case."""

    def __init__(self, *, source: str, closed: type[Closed], escalated: type[Escalated], forget: parties.Forget[Any]) -> None:
        self._source = source
        self._closed = closed
        self._escalated = escalated
        self._forget = forget

    async def on_party_erased(self, tx: Transaction, tombstone: Tombstone) -> bool:
        """Forget them; what they asked ends for good, what they sold is support's. True if there may be more."""

        def event_id(conversation: Conversation) -> str:
            is_buyers = conversation.buyer.id == tombstone.subject
            return (self._end if is_buyers else self._hand_over)(conversation)

        cause = parties.cause_of(tombstone.subject)
        return await self._forget(tx, tombstone.subject, at=tombstone.time, cause=cause, event_id=event_id)

    async def look_again(self, tx: Transaction) -> bool:
        """Hand over what was opened with a shop while it was erased. True if there may be more."""
        return await parties.look_again(tx, event_id=self._hand_over)

    def _end(self, conversation: Conversation) -> str:
        return derived_id(conversation.first_event_id, self._source, self._closed.type, "erased")

    def _hand_over(self, conversation: Conversation) -> str:
        # A shop can be erased, come back, and be erased again.
        return derived_id(conversation.first_event_id, self._source, self._escalated.type, f"erased/{conversation.sequence}")
