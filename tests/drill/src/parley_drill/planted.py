"""Bugs to be planted into real processes: each breaks one promise, and the checker must say which."""

import asyncio
import copy
import random
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from faststream import AckPolicy
from parley_chassis import consuming
from parley_chassis.delivery import Delivery
from parley_chassis.mongo.transactions import Transactions
from parley_chassis.records import Mark
from parley_chassis.relay.relay import Relay
from parley_chassis.relay.sending import Sender
from parley_chassis.sequences import Sequences
from parley_chassis.subscription import Subscription

WIDE = 0.3
"""Seconds by which the moment between two steps is widened, so that a short drill hits it."""


def effect_acknowledged_before_it_is_stored() -> None:
    whole, running = Subscription.handle, set[asyncio.Task[None]]()

    async def handle(self: Any, *args: Any) -> None:
        async def later() -> None:
            await asyncio.sleep(WIDE)
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
        await asyncio.sleep(WIDE if batch.rows else 0)
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
    whole, remembered = Sequences.row, dict[tuple[str, str], Any]()

    async def row(self: Any, subject: str) -> Any:
        """As a cache would: what an aborted transaction or another replica did is not seen."""
        place = (self._topic.name, subject)
        if place not in remembered:
            remembered[place] = copy.deepcopy(await whole(self, subject))
        return remembered[place]

    _put(Sequences, "row", row)


def watermark_applied_before_an_earlier_reply_of_its_batch() -> None:
    whole = Delivery.deliver

    async def deliver(self: Any, topic: Any, partition: int, items: Sequence[Any]) -> None:
        await whole(self, topic, partition, sorted(items, key=lambda item: not isinstance(item, Mark)))

    _put(Delivery, "deliver", deliver)


def _put(owner: Any, name: str, value: Any) -> None:
    setattr(owner, name, value)


BUGS: dict[str, tuple[str, Callable[[], None]]] = {
    "effect-acknowledged-before-it-is-stored": ("work", effect_acknowledged_before_it_is_stored),
    "wall-clock-sweep": ("sla_monitor", wall_clock_sweep),
    "new-message-id-for-each-attempt": ("notifier", new_message_id_for_each_attempt),
    "default-ack-policy": ("work", default_ack_policy),
    "token-saved-before-the-acks": ("work", token_saved_before_the_acks),
    "dropped-record": ("work", dropped_record),
    "swapped-sequences": ("work", swapped_sequences),
    "no-unique-key": ("serve", no_unique_key),
    "last-sequence-read-outside-the-transaction": ("work", last_sequence_read_outside_the_transaction),
    "watermark-applied-before-an-earlier-reply-of-its-batch": ("sla_monitor", watermark_applied_before_an_earlier_reply_of_its_batch),
}
"""Each bug with the command or the service that has it."""


def install(name: str) -> None:
    """Put the bug into this process, if it is of those that have it."""
    where, bug = BUGS[name]
    if where in sys.argv:
        bug()
