"""Follow the log: apply an event, let time pass, stop and restart a conversation's clock."""

from dataclasses import replace
from datetime import datetime

from sla_monitor.domain.conversation import Conversation
from sla_monitor.domain.events import Event, Rated
from sla_monitor.domain.fold import fold
from sla_monitor.domain.passing import advance
from sla_monitor.domain.performance import Rating
from sla_monitor.domain.policy import Effect, PolicyBook
from sla_monitor.ports import Partition, Transaction

AT_ONCE = 500
"""Cycles that one transaction changes at a watermark."""


async def follow(tx: Transaction, conversation_id: str, event: Event, *, partition: Partition, watermark: datetime | None) -> None:
    """Apply one event of a conversation; ``watermark`` is the highest one before it in the log."""
    known = await tx.conversations.get(conversation_id, partition.topic) or Conversation(id=conversation_id)
    book = (await tx.policies.book()).in_force(partition.topic, partition.number, watermark)
    moved, facts = fold(known, event, watermark=watermark, book=book)
    tx.conversations.put(moved, partition.topic, partition.number)
    tx.tell(moved, facts)
    if isinstance(event, Rated) and event.sequence > known.sequence:
        tx.sellers.rate(_rating(moved, event))


def _rating(conversation: Conversation, event: Rated) -> Rating:
    return Rating(
        event_id=event.id,
        conversation_id=conversation.id,
        sequence=event.sequence,
        seller_id=conversation.about.seller_id,
        market=conversation.about.market,
        side=event.side,
        stars=event.stars,
        at=event.at,
    )


async def let_time_pass(tx: Transaction, partition: Partition, watermark: datetime) -> bool:
    """Everything before the watermark has been read: warn, and call overdue what is. True: there is more to do."""
    book = await _taken_effect(tx, partition, watermark)
    if await _excuse(tx, partition, watermark, book):
        return True
    book = book.in_force(partition.topic, partition.number, watermark)
    due = await tx.conversations.due(partition, watermark, AT_ONCE)
    changed = 0
    for conversation in due:
        changed += sum(1 for cycle in conversation.open if cycle.next_instant and cycle.next_instant < watermark)
        if changed > AT_ONCE:
            return True
        moved, facts = advance(conversation, watermark, book)
        tx.conversations.put(moved, partition.topic)
        tx.tell(moved, facts)
    return len(due) == AT_ONCE


async def _taken_effect(tx: Transaction, partition: Partition, watermark: datetime) -> PolicyBook:
    """The book; what was declared since takes effect here and now, and the book says so for whoever reads the log again."""
    book = await tx.policies.book()
    effects = [
        Effect(outage.id, partition.topic, partition.number, watermark) for outage in book.pending(partition.topic, partition.number)
    ]
    if effects:
        await tx.policies.add(effects)
    return book.with_effects(effects)


async def _excuse(tx: Transaction, partition: Partition, watermark: datetime, book: PolicyBook) -> bool:
    """What is overdue and fell due in an outage that takes effect now is excused. True: there is more of it."""
    here = book.in_force(partition.topic, partition.number, watermark)
    for outage in book.taking_effect(partition.topic, partition.number, watermark):
        excused = await tx.conversations.overdue(partition, outage.start, outage.end, AT_ONCE)
        for conversation in excused:
            moved, facts = advance(conversation, watermark, here)
            tx.conversations.put(moved, partition.topic)
            tx.tell(moved, facts)
        if len(excused) == AT_ONCE:
            return True
    return False


async def freeze(tx: Transaction, topic: str, conversation_id: str) -> None:
    """A record of the conversation is parked: as long as nobody knows what it says, no time passes for it."""
    kept = await tx.conversations.kept(conversation_id)
    if kept is None or kept.topic == topic:
        known = kept.conversation if kept else Conversation(id=conversation_id)
        tx.conversations.put(replace(known, frozen=True), topic)


async def thaw(tx: Transaction, topic: str, conversation_id: str, watermark: datetime | None) -> None:
    """Nothing of the conversation is parked any more: it sees the partition's present watermark."""
    kept = await tx.conversations.kept(conversation_id)
    if kept is None or kept.topic != topic:
        return
    thawed = replace(kept.conversation, frozen=False)
    book = (await tx.policies.book()).in_force(topic, kept.partition or 0, watermark)
    moved, facts = advance(thawed, watermark, book) if watermark else (thawed, ())
    tx.conversations.put(moved, topic)
    tx.tell(moved, facts)
