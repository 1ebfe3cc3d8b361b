"""Bugs to be planted into real processes: each breaks one promise, and the checker must say which."""

import asyncio
import random
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from faststream import AckPolicy
from parley_chassis import consuming
from parley_chassis.delivery import Delivery
from parley_chassis.mongo.transactions import Transactions
from parley_chassis.outbox import Outbox
from parley_chassis.positions import subject_id
from parley_chassis.relay.relay import Relay
from parley_chassis.relay.sending import Sender
from parley_chassis.sequences import Sequences
from parley_chassis.subscription import Subscription
from parley_contracts.records import Mark
from parley_conversation.store.messages import MongoMessages

WIDER = 1.5
"""Seconds by which the moment between two steps is widened, so that a short drill hits it."""

LAG = 14.0


def effect_acknowledged_before_it_is_stored() -> None:
    whole, running = Subscription.handle, set[asyncio.Task[None]]()

    async def handle(self: Any, *args: Any) -> None:
        async def later() -> None:
            await asyncio.sleep(WIDER)
            await whole(self, *args)

        task = asyncio.create_task(later())
        running.add(task)
        task.add_done_callback(running.discard)

    _put(Subscription, "handle", handle)


def wall_clock_sweep() -> None:
    from sla_monitor.consumers.subscription import Watermarks

    whole = Watermarks.advance

    async def advance(self: Any, tx: Any, topic: str, partition: int, at: datetime) -> bool:
        return await whole(self, tx, topic, partition, datetime.now(UTC))

    async def nothing_due(self: Any, marks: Any) -> bool:
        return False

    _put(Watermarks, "advance", advance)
    _put(Watermarks, "nothing_due", nothing_due)


def new_message_id_for_each_attempt() -> None:
    from notifier.domain.delivery import Delivery as Mail

    whole = Mail.claim

    def claim(self: Any, *args: Any) -> Any:
        return replace(whole(self, *args), message_id=f"d-{uuid4()}@drill")

    _put(Mail, "claim", claim)


def default_ack_policy() -> None:
    _put(consuming, "AckPolicy", SimpleNamespace(NACK_ON_ERROR=AckPolicy.ACK_FIRST))


def token_saved_before_the_acks() -> None:
    whole = Relay._publish

    async def publish(self: Any, batch: Any) -> None:
        self._token = batch.token
        await self._save()
        await asyncio.sleep(WIDER if batch.rows else 0)
        await whole(self, batch)

    _put(Relay, "_publish", publish)


def dropped_record() -> None:
    _rows(lambda rows: [row for row in rows if random.random() > 0.02])


def swapped_sequences() -> None:
    _rows(lambda rows: rows[::-1])


def _rows(spoil: Callable[[list[Any]], list[Any]]) -> None:
    whole = Sender.rows

    async def rows(self: Any, given: Iterable[Any]) -> None:
        await whole(self, spoil(list(given)))

    _put(Sender, "rows", rows)


def no_unique_key() -> None:
    async def once(self: Any, key: Any, use_case: Any, *args: Any, **kwargs: Any) -> Any:
        return await self(use_case, *args, **kwargs)

    _put(Transactions, "once", once)


def last_sequence_read_outside_the_transaction() -> None:
    async def row(self: Any, subject: str) -> Any:
        """What this transaction has done so far is not seen, and what another one does meanwhile is no conflict."""
        id = subject_id(self._topic.name, subject)
        return await self._rows._collection.find_one({"_id": id}) or {"_id": id, "sequence": 0, "parked": 0}

    _put(Sequences, "row", row)


def watermark_applied_before_an_earlier_reply_of_its_batch() -> None:
    """A consumer that lags reads a reply and, ten seconds of log later, the watermark that is past its due time, in one batch."""
    whole, handle = Delivery.deliver, Subscription.handle

    async def deliver(self: Any, topic: Any, partition: int, items: Sequence[Any]) -> None:
        await whole(self, topic, partition, sorted(items, key=lambda item: not isinstance(item, Mark)))

    async def lagging(self: Any, *args: Any) -> None:
        await asyncio.sleep(LAG)
        await handle(self, *args)

    _put(Delivery, "deliver", deliver)
    _put(Subscription, "handle", lagging)


def erased_and_kept_in_the_outbox() -> None:
    def withdraw(self: Any, *args: Any) -> None:
        """A guest's address, and where an order went, stay where they were written for the relay."""

    _put(Outbox, "withdraw", withdraw)


def erased_and_its_messages_kept() -> None:
    async def erase(self: Any, *args: Any) -> None:
        """The conversation is final, and nobody can read what still stands in it."""

    _put(MongoMessages, "erase", erase)


def _put(owner: Any, name: str, value: Any) -> None:
    if not hasattr(owner, name):
        raise AttributeError(f"{owner} has no {name} any more: the bug would not be there")
    setattr(owner, name, value)


@dataclass(frozen=True, slots=True)
class Bug:
    """A bug, the command or service that has it, the faults that bring it out, and the invariants of which one must break."""

    put: Callable[[], None]
    where: str
    faults: tuple[str, ...]
    breaks: tuple[str, ...]


_EFFECTS = ("I7 lost effect", "I7 repeated effect", "I8 place", "I8 parked")

BUGS: dict[str, Bug] = {
    "effect-acknowledged-before-it-is-stored": Bug(
        effect_acknowledged_before_it_is_stored, "work", ("process-kill", "service-down"), (*_EFFECTS, "I15 fold")
    ),
    "wall-clock-sweep": Bug(wall_clock_sweep, "sla_monitor", ("process-freeze",), ("I11 unproved overdue", "I11 false overdue")),
    "new-message-id-for-each-attempt": Bug(new_message_id_for_each_attempt, "notifier", ("mail",), ("I10 phantom mail",)),
    "default-ack-policy": Bug(default_ack_policy, "work", ("database-restart", "database-kill"), _EFFECTS),
    "token-saved-before-the-acks": Bug(token_saved_before_the_acks, "work", ("service-down",), ("I5 unpublished", "I6 order")),
    "dropped-record": Bug(dropped_record, "work", ("records",), ("I5 unpublished",)),
    "swapped-sequences": Bug(swapped_sequences, "work", ("records",), ("I6 order",)),
    "no-unique-key": Bug(no_unique_key, "serve", ("connections-cut",), ("I4 key",)),
    "last-sequence-read-outside-the-transaction": Bug(
        last_sequence_read_outside_the_transaction, "work", ("database-restart", "process-freeze", "service-down"), _EFFECTS
    ),
    "watermark-applied-before-an-earlier-reply-of-its-batch": Bug(
        watermark_applied_before_an_earlier_reply_of_its_batch, "sla_monitor", ("process-freeze",), ("I11 false overdue", "I15 fold")
    ),
    "erased-and-kept-in-the-outbox": Bug(erased_and_kept_in_the_outbox, "work", ("process-kill",), ("I22 trace",)),
    "erased-and-its-messages-kept": Bug(erased_and_its_messages_kept, "work", ("process-kill",), ("I22 trace",)),
}


def install(name: str) -> None:
    """Put the bug into this process, if it is of those that have it."""
    bug = BUGS[name]
    if bug.where in sys.argv:
        bug.put()
