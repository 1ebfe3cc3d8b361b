"""The real store keeps deliveries as the desk in memory promises: each behaviour is asked of both."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from notifier.domain.delivery import Delivery
from notifier.domain.news import Refund
from notifier.domain.pauses import ALL
from notifier.domain.recipients import party, side
from notifier.domain.rules import Rules
from notifier.domain.words import Notice, State
from notifier.ports import Backlog, Foreseen, Looking
from notifier.testing.builders import AT, a_delivery, a_party, a_story, a_wait
from notifier.use_cases.claiming import claim
from notifier.use_cases.intervening import Act
from notifier.use_cases.pausing import Held, go_on, list_pauses, pause, show

Transact = Callable[..., Awaitable[Any]]


async def keep(desk: Any, *deliveries: Delivery) -> None:
    for delivery in deliveries:
        desk.deliveries.put(delivery)


async def test_a_delivery_comes_back_as_it_was_kept(transact: Transact) -> None:
    story = a_story(wait=a_wait(), refund=Refund(amount_minor=4990, currency="EUR"))
    whole = a_delivery(story=story).absorb((a_delivery(id="d-2", story=story),)).searched(AT, 0.0)
    ended = replace(a_delivery(id="d-3"), recipient=side("shop"), held=True).claim(AT, timedelta(1)).rejected(1, AT, reason="no", code=550)
    await transact(keep, whole, ended)

    assert await transact(lambda desk: desk.deliveries.get("d-1")) == whole
    assert await transact(lambda desk: desk.deliveries.get("d-3")) == ended


async def test_a_row_that_exists_is_not_made_again(transact: Transact) -> None:
    sent = a_delivery().suppressed(AT, "a test")
    await transact(keep, sent)

    await transact(lambda desk: desk.deliveries.add([a_delivery()]))

    assert await transact(lambda desk: desk.deliveries.get("d-1")) == sent


async def test_a_row_that_exists_is_not_made_again_by_a_batch_either(transact: Transact) -> None:
    async def batch(desk: Any, *events: str) -> None:
        await desk.foresee(Foreseen(event_ids=events))
        await desk.deliveries.add([a_delivery(id=f"d-{event}", event_id=event) for event in events])

    sent = a_delivery(id="d-1", event_id="1").suppressed(AT, "a test")
    await transact(keep, sent)
    await transact(batch, "1", "2")

    assert await transact(lambda desk: desk.deliveries.get("d-1")) == sent
    assert await transact(lambda desk: desk.deliveries.get("d-2")) is not None


async def test_what_is_due_comes_oldest_first_and_shared_between_markets(transact: Transact) -> None:
    rows = [a_delivery(id=f"n-{n}", due=AT - timedelta(minutes=10 - n)) for n in range(6)]
    rows += [a_delivery(id="s-1", market="south"), a_delivery(id="s-2", market="south", due=AT + timedelta(seconds=1))]
    rows += [a_delivery(id="x", market="gone"), a_delivery(id="done").suppressed(AT, "a test")]
    await transact(keep, *rows)

    few = await transact(lambda desk: desk.deliveries.due(AT, ["north", "south"], 3))
    all_ = await transact(lambda desk: desk.deliveries.due(AT, ["north", "south"], 50))

    assert [row.id for row in few] == ["n-0", "s-1", "n-1"]
    assert [row.id for row in all_] == ["n-0", "n-1", "n-2", "n-3", "n-4", "n-5", "s-1"]
    assert await transact(lambda desk: desk.deliveries.next_due(["south"])) == AT
    assert await transact(lambda desk: desk.deliveries.next_due([])) is None


async def test_what_can_be_folded_held_or_sought_is_found(transact: Transact) -> None:
    fresh, tried = a_delivery(id="fresh"), a_delivery(id="tried").claim(AT, timedelta(1)).lapse(AT)
    held, sought = a_delivery(id="held", held=True, notice=Notice.OPENED), a_delivery(id="sought", notice=Notice.CLOSED).searched(AT, 0.0)
    ended = a_delivery(id="ended").suppressed(AT, "a test")
    await transact(keep, fresh, tried, held, sought, ended)

    async def ids(found: Callable[[Any], Awaitable[list[Delivery]]]) -> list[str]:
        return sorted(row.id for row in await transact(found))

    assert await ids(lambda desk: desk.deliveries.foldable([fresh.fold_key], 10)) == ["fresh"]
    assert await ids(lambda desk: desk.deliveries.held("c-1")) == ["held"]
    assert await ids(lambda desk: desk.deliveries.unknown(["party:anna", "party:bea"])) == ["sought"]
    assert await ids(lambda desk: desk.deliveries.unfinished("party:anna")) == ["fresh", "held", "sought", "tried"]


async def test_what_was_foreseen_is_found_as_if_it_had_not_been(transact: Transact) -> None:
    held = a_delivery(id="held", held=True)
    await transact(keep, held, a_delivery(id="sought", recipient=side("shop")).searched(AT, 0.0))

    async def ask(desk: Any) -> tuple[list[str], list[str], list[str]]:
        await desk.foresee(
            Foreseen(conversation_ids=["c-1", "c-2"], party_ids=["anna"], seller_ids=["shop"], recipient_keys=["side:shop", "party:x"])
        )
        desk.people.put(a_party("jonas", kind="member", seller_id="shop"))
        members = await desk.people.members("shop")
        return (
            [row.id for row in await desk.deliveries.held("c-1")] + [row.id for row in await desk.deliveries.held("c-2")],
            [row.id for row in await desk.deliveries.unknown(["side:shop", "party:x"])],
            [member.id for member in members],
        )

    assert await transact(ask) == (["held"], ["sought"], ["jonas"])


async def test_deliveries_are_looked_up_newest_first_page_by_page(transact: Transact) -> None:
    rows = [a_delivery(id=f"d-{n}", created=AT + timedelta(minutes=n // 2)) for n in range(5)]
    await transact(keep, *rows, a_delivery(id="other", market="south", recipient=party("bea"), conversation_id="c-2"))
    north = frozenset({"north"})

    async def ids(looking: Looking) -> list[str]:
        return [row.id for row in await transact(lambda desk: desk.deliveries.look(looking))]

    assert await ids(Looking(markets=north, limit=3)) == ["d-4", "d-3", "d-2"]
    assert await ids(Looking(markets=north, limit=3, after=(AT + timedelta(minutes=1), "d-2"))) == ["d-1", "d-0"]
    assert await ids(Looking(markets=None, recipient_id="bea")) == ["other"]
    assert await ids(Looking(markets=north, conversation_id="c-2")) == []
    assert await ids(Looking(markets=None, states=(State.SENT,))) == []


async def test_a_claim_takes_nothing_that_is_paused_and_takes_it_once_that_is_lifted(transact: Transact, rules: Rules) -> None:
    async def begin(desk: Any) -> None:
        desk.people.put(a_party("anna"))
        now = {"created": desk.now, "due": desk.now}
        desk.deliveries.put(a_delivery(id="n-1", **now))
        desk.deliveries.put(a_delivery(id="s-1", market="south", conversation_id="s", **now))

    async def taken() -> list[str]:
        claimed = await transact(claim, rules, limit=10, jitter=lambda: 0.0, resting={})
        return [job.delivery.id for job in claimed.jobs]

    markets = frozenset(rules.markets)
    act, lift = (Act(id=id, by="sam", reason="wrong prices", markets=None) for id in ("a-1", "a-2"))
    await transact(begin)
    assert (await transact(show, "north", markets)).backlog == Backlog(due=1, later=0)
    begun = await transact(pause, act, "north", markets)

    assert await taken() == ["s-1"]
    assert await transact(show, ALL, markets) == Held(ALL, None, Backlog(due=1, later=1))
    assert await transact(list_pauses) == [begun]

    await transact(go_on, lift, "north", markets)
    assert await taken() == ["n-1"]
    assert await transact(list_pauses) == []
