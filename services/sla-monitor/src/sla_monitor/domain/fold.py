"""The fold: (conversation, event, policy book) -> (conversation, facts). The whole monitor is this function and `advance`."""

from dataclasses import replace
from datetime import datetime

from sla_monitor.domain import outcomes
from sla_monitor.domain.conversation import Conversation
from sla_monitor.domain.events import Closed, Erased, Event, HandedBack, HandedOver, Posted, Removed, Reopened, Waived
from sla_monitor.domain.opening import Step, no_earlier, open_cycle, reopen_after_spam, restore
from sla_monitor.domain.passing import prove
from sla_monitor.domain.policy import PolicyBook
from sla_monitor.domain.words import HandOver, Side


def fold(conversation: Conversation, event: Event, *, watermark: datetime | None, book: PolicyBook) -> Step:
    """Apply one event. ``watermark`` is the highest one before it in the log; what was applied already changes nothing."""
    if event.sequence <= conversation.sequence:
        return conversation, ()
    about, handler = event.about or conversation.about, event.handler or conversation.handler
    same = about == conversation.about and handler is conversation.handler
    known = conversation if same else replace(conversation, about=about, handler=handler)
    moved, facts = (known, ()) if conversation.final else _apply(known, event, no_earlier(event.at, watermark), book)
    return replace(moved, sequence=event.sequence), facts


def _apply(conversation: Conversation, event: Event, at: datetime, book: PolicyBook) -> Step:
    match event:
        case Posted(public=True, person=True):
            return _posted(conversation, event, at, book)
        case Reopened():
            return _posted(conversation.going_on(), event, at, book)
        case Closed():
            return _closed(conversation, event, book)
        case HandedOver():
            return _handed_over(conversation, event, at, book)
        case HandedBack():
            return _handed_back(conversation, event, at, book)
        case Waived():
            return _waived(conversation, event, book)
        case Removed():
            return _removed(conversation, event, at, book)
        case Erased():
            erased, facts = outcomes.end(conversation, conversation.open, outcomes.voided, event)
            return replace(erased, closed=True, final=True), facts
        case _:
            return conversation, ()


def _posted(conversation: Conversation, event: Posted | Reopened, at: datetime, book: PolicyBook) -> Step:
    if event.by.waits:
        return _heard(conversation, event, at, book)
    side = event.by.side
    if side is None:
        return conversation, ()
    if side not in conversation.answered_by:
        conversation = replace(conversation, answered_by=conversation.answered_by | {side})
    if conversation.open and not conversation.owed(side):
        return conversation, ()
    proved, overdue = prove(conversation, event, book)
    ended, settled = outcomes.end(proved, proved.open, outcomes.answered(side), event)
    return ended.answered(event.message_id), overdue + settled


def _heard(conversation: Conversation, event: Posted | Reopened, at: datetime, book: PolicyBook) -> Step:
    heard = conversation.going_on().heard(event.message_id, at)
    if heard.open or not event.starts_clock:
        return heard, ()
    return open_cycle(heard, heard.handler, event=event, start=at, book=book, message_id=event.message_id)


def _closed(conversation: Conversation, event: Closed, book: PolicyBook) -> Step:
    proved, overdue = prove(conversation, event, book)
    ended, settled = outcomes.end(proved, proved.open, outcomes.closed(event.by), event)
    return replace(ended, closed=True, final=event.final), overdue + settled


def _handed_over(conversation: Conversation, event: HandedOver, at: datetime, book: PolicyBook) -> Step:
    conversation = replace(conversation, handler=Side.SUPPORT)
    if event.reason is HandOver.OVERDUE:
        # The seller's wait stays open: whoever answers first, the breach is known and the buyer still waits.
        return _open_if_waiting(conversation, Side.SUPPORT, event, at, book, after_overdue=True)
    proved, overdue = prove(conversation, event, book, (Side.SELLER,))
    sellers = tuple(cycle for cycle in proved.open if cycle.owed_by is Side.SELLER)
    ended, settled = outcomes.end(proved, sellers, outcomes.handed_over, event)
    opened, expected = _open_if_waiting(ended, Side.SUPPORT, event, at, book)
    return opened, overdue + settled + expected


def _handed_back(conversation: Conversation, event: HandedBack, at: datetime, book: PolicyBook) -> Step:
    proved, overdue = prove(replace(conversation, handler=Side.SELLER), event, book)
    # A wait of the seller's that is not yet due goes on; it is there where an outage excused the one before it.
    given_back = tuple(cycle for cycle in proved.open if cycle.owed_by is Side.SUPPORT or not outcomes.in_time(cycle, event.at))
    ended, settled = outcomes.end(proved, given_back, outcomes.handed_over, event)
    opened, expected = _open_if_waiting(ended, Side.SELLER, event, at, book)
    return opened, overdue + settled + expected


def _open_if_waiting(
    conversation: Conversation, side: Side, event: Event, at: datetime, book: PolicyBook, *, after_overdue: bool = False
) -> Step:
    """The new handler owes what the buyer still waits for. In a closed conversation nobody waits."""
    if not conversation.waiting or conversation.closed or conversation.owed(side) or not event.starts_clock:
        return conversation, ()
    return open_cycle(conversation, side, event=event, start=at, book=book, after_overdue=after_overdue)


def _waived(conversation: Conversation, event: Waived, book: PolicyBook) -> Step:
    proved, overdue = prove(conversation, event, book)
    own = proved.owed(event.side)
    if not own or not outcomes.in_time(own, event.at) or event.side not in proved.answered_by:
        return conversation, ()
    ended, settled = outcomes.end(proved, proved.open, outcomes.waived(event.side), event)
    return ended.forget_all(), overdue + settled


def _removed(conversation: Conversation, event: Removed, at: datetime, book: PolicyBook) -> Step:
    message = next((each for each in conversation.messages if each.message_id == event.message_id), None)
    left = conversation.without(event.message_id)
    if message and message.waits_from is None:
        missed = left.waiting and not conversation.waiting and not left.open
        return restore(left, event=event, at=at) if missed else (left, ())
    if event.spam and (message or any(cycle.message_id == event.message_id for cycle in left.open)):
        return _removed_as_spam(left, event, at, book)
    return conversation, ()


def _removed_as_spam(left: Conversation, event: Removed, at: datetime, book: PolicyBook) -> Step:
    void = tuple(cycle for cycle in left.open if not left.waiting or cycle.message_id == event.message_id)
    voided, settled = outcomes.end(left, void, outcomes.voided, event)
    if not void or voided.open or not voided.waiting:
        return voided, settled
    reopened, expected = reopen_after_spam(voided, event=event, at=at, book=book)
    return reopened, settled + expected
