"""How a cycle opens: by a message, a hand-over, a hand-back, a removal or a declared outage."""

from dataclasses import replace
from datetime import datetime, timedelta

from sla_monitor.domain.conversation import Conversation
from sla_monitor.domain.cycle import Cycle, Level, cycle_id
from sla_monitor.domain.events import Event
from sla_monitor.domain.facts import Expected, Fact
from sla_monitor.domain.policy import OutageWindow, PolicyBook
from sla_monitor.domain.words import Side

Step = tuple[Conversation, tuple[Fact, ...]]
"""A state and the facts on the way to it."""

_TICK = timedelta(milliseconds=1)
_RESPITE = timedelta(hours=1)
"""Whoever owes an answer again because a message was removed has at least so long."""


def no_earlier(at: datetime, watermark: datetime | None) -> datetime:
    """The time of an event, after the highest watermark before it."""
    return at if watermark is None else max(at, watermark + _TICK)


def open_cycle(
    conversation: Conversation,
    side: Side,
    *,
    event: Event,
    start: datetime,
    book: PolicyBook,
    message_id: str | None = None,
    after_overdue: bool = False,
) -> Step:
    """A wait begins, opened by this event."""
    opened = _new(
        conversation,
        side,
        id=cycle_id(conversation.id, event.id),
        opened_by=event.id,
        sequence=event.sequence,
        start=start,
        book=book,
        message_id=message_id,
        after_overdue=after_overdue,
        held_to=start - _TICK if start > event.at else None,
    )
    return conversation.with_cycle(opened), (Expected(opened),)


def reopen_after_spam(conversation: Conversation, *, event: Event, at: datetime, book: PolicyBook) -> Step:
    """Another message still waits: its wait begins when it came."""
    oldest = conversation.waiting[0]
    _, (expected, *_) = open_cycle(
        conversation, conversation.handler, event=event, start=oldest.waits_from or at, book=book, message_id=oldest.message_id
    )
    reopened = _after_removal(expected.cycle, at)
    return conversation.with_cycle(reopened), (Expected(reopened),)


def restore(conversation: Conversation, *, event: Event, at: datetime) -> Step:
    """The answer was removed: the wait that it had ended goes on, as a new cycle of the handler's."""
    if not conversation.ended:
        return conversation, ()
    old = next((each for each in conversation.ended if each.owed_by is conversation.handler), conversation.ended[0])
    again = replace(
        old,
        id=cycle_id(conversation.id, event.id),
        ordinal=conversation.cycles + 1,
        owed_by=conversation.handler,
        opened_by=event.id,
        opened_at_sequence=event.sequence,
        after_overdue=old.after_overdue and conversation.handler is Side.SUPPORT,
        warned=(),
        overdue=None,
        held_to=None,
    )
    restored = _after_removal(again, at)
    return replace(conversation, closed=False).with_cycle(restored), (Expected(restored),)


def open_after_outage(conversation: Conversation, excused: Cycle, outage: OutageWindow, book: PolicyBook) -> Step:
    """The same side's next wait begins when the outage ends, if the buyer still waits."""
    if not conversation.waiting:
        return conversation, ()
    following = _new(
        conversation,
        excused.owed_by,
        # One declaration can open several cycles of a conversation, so the excused one is part of the name.
        id=cycle_id(conversation.id, f"{outage.id}/{excused.id}"),
        opened_by=outage.id,
        sequence=conversation.sequence,
        start=outage.end,
        book=book,
        message_id=excused.message_id,
        after_overdue=excused.after_overdue,
    )
    return conversation.with_cycle(following), (Expected(following),)


def _after_removal(cycle: Cycle, at: datetime) -> Cycle:
    """Nobody is warned of, or late for, what passed before the message was removed."""
    return replace(cycle, due=max(cycle.due, at + _RESPITE), levels=tuple(level for level in cycle.levels if level.at >= at))


def _new(
    conversation: Conversation,
    side: Side,
    *,
    id: str,
    opened_by: str,
    sequence: int,
    start: datetime,
    book: PolicyBook,
    message_id: str | None,
    after_overdue: bool,
    held_to: datetime | None = None,
) -> Cycle:
    about = conversation.about
    policy = book.policy(about.market, start, category=about.category, seller_id=about.seller_id)
    return Cycle(
        id=id,
        ordinal=conversation.cycles + 1,
        owed_by=side,
        opened_by=opened_by,
        opened_at_sequence=sequence,
        message_id=message_id,
        start=start,
        due=policy.due(side, start),
        levels=tuple(Level(elapsed, at) for elapsed, at in policy.levels(side, start)),
        policy=policy.id,
        policy_version=policy.version,
        escalates=policy.escalates,
        after_overdue=after_overdue,
        held_to=held_to,
    )
