"""Follow the log: apply an event, let time pass, stop and restart a conversation's clock."""

from dataclasses import replace
from datetime import datetime

from sla_monitor.domain.conversation import Conversation
from sla_monitor.domain.events import Event
from sla_monitor.domain.fold import fold
from sla_monitor.domain.passing import advance
from sla_monitor.ports import Partition, Transaction

AT_ONCE = 500
"""Cycles that one transaction changes at a watermark."""


async def follow(tx: Transaction, conversation_id: str, event: Event, *, partition: Partition, watermark: datetime | None) -> None:
    """Apply one event of a conversation; ``watermark`` is the highest one before it in the log."""
    known = await tx.conversations.get(conversation_id, partition.topic) or Conversation(id=conversation_id)
    moved, facts = fold(known, event, watermark=watermark, book=await tx.policies.book())
    tx.conversations.put(moved, partition.topic, partition.number)
    tx.tell(moved, facts)


async def let_time_pass(tx: Transaction, partition: Partition, watermark: datetime) -> bool:
    """Everything before the watermark has been read: warn, and call overdue what is. True: there is more to do."""
    book = await tx.policies.book()
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
    moved, facts = advance(thawed, watermark, await tx.policies.book()) if watermark else (thawed, ())
    tx.conversations.put(moved, topic)
    tx.tell(moved, facts)
