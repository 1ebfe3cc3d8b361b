"""The monitor's subscription: handlers, the clock that watermarks move, and what a batch reads at once."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from parley_chassis.mongo import Transactions
from parley_chassis.parking import Poison
from parley_chassis.subscription import Received, Subscription
from parley_contracts import inquiries, ticketing
from parley_contracts.topics import INQUIRIES, TICKETS

from sla_monitor.consumers.meanings import meaning
from sla_monitor.domain.policy import NoPolicy
from sla_monitor.ports import ForeignConversation, Partition, Transaction
from sla_monitor.use_cases import following

GROUP = "sla-monitor"

NothingDue = Callable[[Mapping[tuple[str, int], datetime]], Awaitable[bool]]


def subscription(transact: Transactions[Transaction], nothing_due: NothingDue) -> Subscription[Transaction]:
    """All events of both topics, those included whose commands come later."""
    found = Subscription(group=GROUP, topics=(TICKETS, INQUIRIES), transact=transact, clock=Watermarks(nothing_due), prefetch=prefetch)
    for event in dict.fromkeys((*ticketing.EVENTS, *inquiries.EVENTS)):
        found.on(event, follow)
    return found


async def follow(tx: Transaction, received: Received[Any]) -> None:
    """Apply an event of a conversation."""
    partition = Partition(received.topic.name, received.partition)
    try:
        await following.follow(tx, received.envelope.subject, meaning(received), partition=partition, watermark=received.watermark)
    except NoPolicy as error:
        raise Poison(f"market {error} has no response policy; add its file to the markets, restart the worker, then redrive") from None
    except ForeignConversation as error:
        raise Poison(f"a conversation of {error} has the same id; one of the two sources makes ids that are not unique") from None


async def prefetch(tx: Transaction, batch: Sequence[Received[Any]]) -> None:
    """Read all conversations of a batch with one query."""
    await tx.conversations.load(received.envelope.subject for received in batch)


class Watermarks:
    """The clock: time is what the log says."""

    def __init__(self, nothing_due: NothingDue) -> None:
        self._nothing_due = nothing_due

    async def nothing_due(self, marks: Mapping[tuple[str, int], datetime]) -> bool:
        return await self._nothing_due(marks)

    async def advance(self, tx: Transaction, topic: str, partition: int, at: datetime) -> bool:
        return await following.let_time_pass(tx, Partition(topic, partition), at)

    async def freeze(self, tx: Transaction, topic: str, subject: str) -> None:
        await following.freeze(tx, topic, subject)

    async def thaw(self, tx: Transaction, topic: str, subject: str, at: datetime | None) -> None:
        await following.thaw(tx, topic, subject, at)
