"""What only a real database can show: events in order, wake-ups after the commit, two who act at the same moment."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from notifier.domain.delivery import Delivery
from notifier.domain.rules import Rules
from notifier.testing.builders import AT, a_delivery, a_party
from notifier.use_cases.address_book import know
from notifier.use_cases.claiming import claim

Transact = Callable[..., Awaitable[Any]]


async def keep(desk: Any, *deliveries: Delivery) -> None:
    for delivery in deliveries:
        desk.deliveries.put(delivery)


async def test_only_work_for_the_dispatcher_wakes_it(real: Any, woken: list[str]) -> None:
    await real(keep, a_delivery().suppressed(AT, "a test"))
    assert woken == []

    await real(keep, a_delivery(id="d-2"))
    assert woken == ["woken"]


async def test_what_ended_is_told_in_the_conversations_own_sequence(real: Any) -> None:
    ended = [a_delivery(id=f"d-{n}").suppressed(AT, "a test") for n in range(2)]
    await real(lambda desk: desk.publish(ended))
    await real(lambda desk: desk.publish([a_delivery(id="d-9").suppressed(AT, "a test")]))

    rows = await real.database.outbox.find({"key": "c-1"}).sort("sequence", 1).to_list(None)
    assert [row["sequence"] for row in rows] == [1, 2, 3]
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)


@pytest.mark.parametrize("turn", range(8))
async def test_a_mail_never_waits_for_an_address_that_came_at_the_same_moment(real: Any, rules: Rules, turn: int) -> None:
    now = datetime.now(UTC)
    await real(keep, a_delivery(created=now, due=now - timedelta(seconds=1)))

    async def look() -> Any:
        return await real(claim, rules, limit=5, jitter=lambda: 0.0, resting={})

    claimed, _ = await asyncio.gather(look(), real(know, a_party("anna")))
    again = await look()

    assert len(claimed.jobs) + len(again.jobs) == 1


async def test_two_dispatchers_never_claim_the_same_mail(real: Any, rules: Rules) -> None:
    now = datetime.now(UTC)
    await real(lambda desk: know(desk, a_party("anna")))
    rows = [a_delivery(id=f"d-{n}", conversation_id=f"c-{n}", created=now, due=now - timedelta(seconds=1)) for n in range(20)]
    await real(keep, *rows)

    claims = await asyncio.gather(*(real(claim, rules, limit=10, jitter=lambda: 0.0, resting={}) for _ in range(4)))

    taken = [job.delivery.id for each in claims for job in each.jobs]
    assert len(taken) == len(set(taken)) == 20
