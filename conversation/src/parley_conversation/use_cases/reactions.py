"""What the response clock brings about in a conversation."""

from parley_conversation.domain.cells import Command, Nothing
from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.people import SYSTEM
from parley_conversation.domain.refusals import NotFound
from parley_conversation.domain.rules import OverdueResponse, decide
from parley_conversation.domain.waits import Expected
from parley_conversation.ports import Transaction, Unchanged
from parley_conversation.use_cases.entering import Seat, act, keep


async def expect(tx: Transaction, conversation_id: str, expected: Expected) -> None:
    """Keep until when an answer is expected, so that lists can count down."""
    conversation = await _known(tx, conversation_id)
    if (now := conversation.expect(expected)) != conversation:
        tx.conversations.put(now)


async def escalate_overdue(
    tx: Transaction, conversation_id: str, overdue: OverdueResponse, *, cause: str, event_ids: tuple[str, ...]
) -> None:
    """Hand over to support what the seller left unanswered, unless something moved since the clock looked."""
    seat = Seat(await _known(tx, conversation_id), SYSTEM)
    how = await act(tx, seat, ids=event_ids, overdue=overdue)
    decision = decide(Command.RESPONSE_OVERDUE, seat.conversation, how)
    if isinstance(decision, Nothing):
        _unchanged(tx, seat, decision, cause, overdue.cycle_id)
    else:
        keep(tx, seat.conversation.escalate_overdue(how), cause)


async def hand_back_retracted(tx: Transaction, conversation_id: str, cycle_id: str, *, cause: str, event_ids: tuple[str, ...]) -> None:
    """Give back to the seller what was taken over because of an overdue fact that is no more."""
    seat = Seat(await _known(tx, conversation_id), SYSTEM)
    how = await act(tx, seat, ids=event_ids)
    decision = decide(Command.OVERDUE_RETRACTED, seat.conversation, how)
    if isinstance(decision, Nothing):
        _unchanged(tx, seat, decision, cause, cycle_id)
    else:
        keep(tx, seat.conversation.hand_back_retracted(how), cause)


async def _known(tx: Transaction, conversation_id: str) -> Conversation:
    conversation = await tx.conversations.get(conversation_id)
    if conversation is None:
        # The clock only knows what this service has told: without it, its database is older than the log.
        raise NotFound
    return conversation


def _unchanged(tx: Transaction, seat: Seat, decision: Nothing, cause: str, cycle_id: str) -> None:
    tx.reactions.unchanged(
        Unchanged(
            event_id=cause,
            conversation_id=seat.conversation.id,
            cycle_id=cycle_id,
            reason=decision.why,
            at=max(tx.now, seat.conversation.changed_at),
        )
    )
