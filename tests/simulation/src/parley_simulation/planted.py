"""Bugs, planted in the real code one at a time. Histories that miss one prove nothing by their silence."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from notifier.dispatch.attempt import Attempt
from notifier.dispatch.lanes import Lane
from notifier.domain.delivery import Delivery as Mail
from notifier.domain.words import State
from parley_chassis.delivery import Delivery
from parley_chassis.mongo.documents import Documents
from parley_chassis.positions import POSITIONS
from parley_chassis.relay.relay import Relay
from parley_chassis.relay.sending import Sender
from parley_chassis.relay.stream import Batch
from parley_chassis.relay.watermarks import Watermarks
from parley_chassis.sequences import Sequences
from parley_contracts.reading import Verdict
from parley_contracts.records import Item, Mark
from sla_monitor.consumers.subscription import Watermarks as Clock

from parley_simulation.database.server import BEGINNING
from parley_simulation.loop import Process

Plant = Callable[[pytest.MonkeyPatch], None]


def a_watermark_without_grace(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Watermarks, "grace", lambda self, elapsed: timedelta())


def a_watermark_that_overtakes_the_events_before_it(patch: pytest.MonkeyPatch) -> None:
    publish = Relay._publish

    async def beats_first(self: Relay, batch: Batch) -> None:
        await publish(self, Batch(sorted(batch.rows, key=lambda row: "key" in row), batch.token))

    patch.setattr(Relay, "_publish", beats_first)


def the_token_is_saved_before_the_acknowledgements(patch: pytest.MonkeyPatch) -> None:
    publish = Relay._publish

    async def saved_first(self: Relay, batch: Batch) -> None:
        self._token = batch.token
        await self._save()
        await publish(self, batch)

    patch.setattr(Relay, "_publish", saved_first)


def a_relay_that_goes_on_after_a_failed_send(patch: pytest.MonkeyPatch) -> None:
    send = Sender._send

    async def never_mind(self: Sender, parted: Any) -> None:
        try:
            await send(self, parted)
        except Exception:
            return

    patch.setattr(Sender, "_send", never_mind)


def a_transaction_s_events_are_sent_in_the_wrong_order(patch: pytest.MonkeyPatch) -> None:
    rows = Sender.rows

    async def reversed_rows(self: Sender, batch: Any) -> None:
        await rows(self, sorted(batch, key=lambda row: (row["at"], -row["sequence"])))

    patch.setattr(Sender, "rows", reversed_rows)


def a_record_is_dropped_now_and_then(patch: pytest.MonkeyPatch) -> None:
    rows, count = Sender.rows, iter(range(10**9))

    async def but_one(self: Sender, batch: Any) -> None:
        await rows(self, [row for row in batch if next(count) % 20 != 7])

    patch.setattr(Sender, "rows", but_one)


def the_last_sequence_is_read_outside_the_transaction(patch: pytest.MonkeyPatch) -> None:
    """Kept by the process from one batch to the next, instead of read with the effect."""
    known: dict[tuple[Any, str], dict[str, Any] | None] = {}
    load = Documents.load

    async def from_memory(self: Documents, ids: Any) -> None:
        await load(self, ids)
        if self._collection._name == POSITIONS:
            process: Process = self._collection._server.loop.here()
            for id in ids if isinstance(ids, list) else []:
                if "/" in id:
                    self._known[id] = known.setdefault((process, id), self._known[id])

    patch.setattr(Documents, "load", from_memory)


def a_watermark_is_applied_before_an_earlier_reply_of_its_batch(patch: pytest.MonkeyPatch) -> None:
    deliver = Delivery.deliver

    async def marks_first(self: Any, topic: Any, partition: int, items: Sequence[Item]) -> None:
        await deliver(self, topic, partition, sorted(items, key=lambda item: not isinstance(item, Mark)))

    patch.setattr(Delivery, "deliver", marks_first)


def the_clock_goes_by_the_wall(patch: pytest.MonkeyPatch) -> None:
    advance, nothing_due = Clock.advance, Clock.nothing_due

    def now() -> datetime:
        return BEGINNING + timedelta(seconds=asyncio.get_running_loop().time())

    async def by_wall(self: Clock, tx: Any, topic: str, partition: int, at: datetime) -> bool:
        return await advance(self, tx, topic, partition, now())

    async def due_by_wall(self: Clock, marks: Any) -> bool:
        return await nothing_due(self, dict.fromkeys(marks, now()))

    patch.setattr(Clock, "advance", by_wall)
    patch.setattr(Clock, "nothing_due", due_by_wall)


def repeats_are_not_dropped(patch: pytest.MonkeyPatch) -> None:
    judge = Sequences._verdict

    def never(self: Any, item: Any, row: Any) -> Verdict:
        found = judge(self, item, row)
        return Verdict.GAP if found is Verdict.DUPLICATE else found

    patch.setattr(Sequences, "_verdict", never)


IN_TICKETS: tuple[Plant, ...] = (
    a_watermark_without_grace,
    a_watermark_that_overtakes_the_events_before_it,
    the_token_is_saved_before_the_acknowledgements,
    a_relay_that_goes_on_after_a_failed_send,
    a_transaction_s_events_are_sent_in_the_wrong_order,
    a_record_is_dropped_now_and_then,
    the_last_sequence_is_read_outside_the_transaction,
    a_watermark_is_applied_before_an_earlier_reply_of_its_batch,
    the_clock_goes_by_the_wall,
    repeats_are_not_dropped,
)


def a_new_message_id_for_each_attempt(patch: pytest.MonkeyPatch) -> None:
    claim = Mail.claim
    patch.setattr(
        Mail, "claim", lambda self, at, lease: replace(claim(self, at, lease), message_id=f"{self.id}.{self.epoch}@north.example")
    )


def the_text_leaves_before_that_is_stored(patch: pytest.MonkeyPatch) -> None:
    async def at_once(self: Attempt, lane: Lane) -> bool:
        self.text_left = True
        return True

    patch.setattr(Attempt, "_before_text", at_once)


def an_unanswered_text_counts_as_not_sent(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Mail, "left_open", lambda self, epoch, at, *, reason: self.failed(epoch, at, reason=reason, code=None, jitter=0.0))


def a_sender_does_not_ask_whose_the_mail_is_now(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Mail, "_held_by", lambda self, epoch: None)


def a_text_may_leave_whoever_claimed_it_since(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Mail, "reach_dot", lambda self, epoch, at, lease: replace(self, state=State.DOT, due=at + lease))


def a_lapsed_text_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Mail, "lapse", lambda self, at: replace(self, state=State.RETRY if self.attempts else State.PENDING, due=at))


def a_lease_never_ends(patch: pytest.MonkeyPatch) -> None:
    claim = Mail.claim
    patch.setattr(Mail, "claim", lambda self, at, lease: claim(self, at, timedelta(days=30)))


IN_READINGS: tuple[Plant, ...] = (
    the_last_sequence_is_read_outside_the_transaction,
    a_watermark_is_applied_before_an_earlier_reply_of_its_batch,
    repeats_are_not_dropped,
)

IN_MAILS: tuple[Plant, ...] = (
    a_new_message_id_for_each_attempt,
    the_text_leaves_before_that_is_stored,
    an_unanswered_text_counts_as_not_sent,
    a_sender_does_not_ask_whose_the_mail_is_now,
    a_text_may_leave_whoever_claimed_it_since,
    a_lapsed_text_is_forgotten,
    a_lease_never_ends,
)
