"""The real store keeps what the desk in memory promises: each behaviour is asked of both."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from notifier.domain.conversation import Conversation, Waits
from notifier.domain.delivery import Delivery, Story
from notifier.domain.news import Parties, Refund, Wait
from notifier.domain.recipients import Party, party, side
from notifier.domain.rules import Rules
from notifier.domain.words import Audience, Author, Kind, Notice, State
from notifier.main import desk as open_desk
from notifier.ports import Foreseen, Looking
from notifier.store import INDEXES, WakingTransactions
from notifier.use_cases.address_book import know
from notifier.use_cases.claiming import claim
from parley_chassis.mongo import close, connect, ensure_indexes, transactions

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
Transact = Callable[..., Awaitable[Any]]


def a_story(**changes: Any) -> Story:
    said = {
        "kind": Kind.REFUNDED,
        "variant": "public",
        "author": Author.SELLER,
        "actor_id": "jonas",
        "at": AT,
        "conversation_id": "c-1",
        "source": "/ticketing",
        "number": "T-1",
        "wait": Wait(cycle_id="cycle-1", owed_by=Audience.SELLER, start=AT, due=AT + timedelta(hours=48)),
        "refund": Refund(amount_minor=4990, currency="EUR"),
    }
    return Story(**(said | changes))


def a_delivery(**changes: Any) -> Delivery:
    said = {
        "id": "d-1",
        "event_id": "e-1",
        "conversation_id": "c-1",
        "correlation_id": "e-0",
        "source": "/ticketing",
        "market": "north",
        "notice": Notice.MESSAGE,
        "audience": Audience.BUYER,
        "recipient": party("anna"),
        "language": "de",
        "message_id": "d-1@north.example",
        "story": a_story(),
        "created": AT,
        "due": AT,
    }
    return Delivery(**(said | changes))


def a_party(id: str, **changes: Any) -> Party:
    said = {
        "id": id,
        "kind": "buyer",
        "seller_id": None,
        "name": id.title(),
        "address": f"{id}@people.example",
        "language": None,
        "time_zone": None,
        "market": "north",
        "wants_mail": True,
        "as_of": AT,
    }
    return Party(**(said | changes))


def a_conversation(**changes: Any) -> Conversation:
    said = {
        "id": "c-1",
        "source": "/ticketing",
        "kind": "ticket",
        "number": "T-1",
        "market": "north",
        "parties": Parties(buyer_id="anna", seller_id="shop", assignee_id="mia"),
        "handler": Audience.SELLER,
        "state": "awaiting_seller",
        "order_number": None,
        "language": "en",
        "at": AT,
        "waiting_since": AT,
        "root": "c-1@north.example",
    }
    return Conversation(**(said | changes))


@pytest.fixture
def woken() -> list[str]:
    return []


@pytest.fixture(params=["motor", "pymongo"])
async def real(request: pytest.FixtureRequest, mongodb_uri: str, database_name: str, woken: list[str]) -> AsyncIterator[Transact]:
    client = connect(mongodb_uri, driver=request.param, app="test")
    database = client[database_name]
    await ensure_indexes(database, (*transactions.INDEXES, *INDEXES))
    yield WakingTransactions(database, open_desk, wake=lambda: woken.append("woken"))
    await close(client)


@pytest.fixture(params=["memory", "mongo"])
async def transact(request: pytest.FixtureRequest, mongodb_uri: str, database_name: str, desk: Any) -> AsyncIterator[Transact]:
    if request.param == "memory":

        async def in_memory(use_case: Callable[..., Awaitable[Any]], *arguments: Any, **options: Any) -> Any:
            return await use_case(desk, *arguments, **options)

        yield in_memory
        return
    client = connect(mongodb_uri, app="test")
    database = client[database_name]
    await ensure_indexes(database, (*transactions.INDEXES, *INDEXES))
    yield WakingTransactions(database, open_desk, wake=lambda: None)
    await close(client)


async def keep(desk: Any, *deliveries: Delivery) -> None:
    for delivery in deliveries:
        desk.deliveries.put(delivery)


async def test_a_delivery_comes_back_as_it_was_kept(transact: Transact) -> None:
    whole = a_delivery().absorb((a_delivery(id="d-2"),)).searched(AT, 0.0)
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


async def test_people_come_back_as_they_were_and_leave_no_trace_but_their_end(transact: Transact) -> None:
    jonas = a_party("jonas", kind="member", seller_id="shop", language="de-AT", time_zone="Europe/Vienna")

    async def meet(desk: Any) -> None:
        desk.people.put(jonas)
        desk.people.put(a_party("anna"))
        desk.people.erase("anna", AT + timedelta(1))

    await transact(meet)

    assert await transact(lambda desk: desk.people.get("jonas")) == jonas
    assert await transact(lambda desk: desk.people.members("shop")) == [jonas]
    assert await transact(lambda desk: desk.people.get("anna")) is None
    assert await transact(lambda desk: desk.people.is_gone("anna"))
    assert await transact(lambda desk: desk.people.as_of("anna")) == AT + timedelta(1)
    assert not await transact(lambda desk: desk.people.is_gone("jonas"))


async def test_somebody_who_is_only_looked_for_is_nobody_yet(transact: Transact) -> None:
    await transact(lambda desk: desk.people.touch("anna"))

    assert await transact(lambda desk: desk.people.get("anna")) is None
    assert await transact(lambda desk: desk.people.as_of("anna")) is None
    assert not await transact(lambda desk: desk.people.is_gone("anna"))


async def test_conversations_and_waits_come_back_as_they_were(transact: Transact) -> None:
    waits = Waits(conversation_id="c-1").began(Wait(cycle_id="cycle-1", owed_by=Audience.SUPPORT, start=AT, due=AT))

    async def note(desk: Any) -> None:
        desk.conversations.put(a_conversation())
        desk.waits.put(waits)

    await transact(note)

    assert await transact(lambda desk: desk.conversations.get("c-1")) == a_conversation()
    assert await transact(lambda desk: desk.waits.get("c-1")) == waits
    assert await transact(lambda desk: desk.waits.get("c-2")) == Waits(conversation_id="c-2")


async def test_a_dead_address_is_known_whatever_its_letters_until_its_time_is_over(transact: Transact) -> None:
    async def bury(desk: Any) -> None:
        desk.dead_addresses.add("Anna@people.example", "550", AT)
        desk.dead_addresses.add("bea@people.example", "550", AT + timedelta(days=3650))

    await transact(bury)

    assert await transact(lambda desk: desk.dead_addresses.holds("BEA@people.example", AT))
    assert not await transact(lambda desk: desk.dead_addresses.holds("anna@people.example", AT))
    await transact(lambda desk: _at_once(desk.dead_addresses.forget("bea@people.example")))
    assert not await transact(lambda desk: desk.dead_addresses.holds("bea@people.example", AT))


async def _at_once(_: None) -> None:
    return None


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
        return await real(claim, rules, limit=5, jitter=lambda: 0.0)

    claimed, _ = await asyncio.gather(look(), real(know, a_party("anna")))
    again = await look()

    assert len(claimed.jobs) + len(again.jobs) == 1


async def test_two_dispatchers_never_claim_the_same_mail(real: Any, rules: Rules) -> None:
    now = datetime.now(UTC)
    await real(lambda desk: know(desk, a_party("anna")))
    rows = [a_delivery(id=f"d-{n}", conversation_id=f"c-{n}", created=now, due=now - timedelta(seconds=1)) for n in range(20)]
    await real(keep, *rows)

    claims = await asyncio.gather(*(real(claim, rules, limit=10, jitter=lambda: 0.0) for _ in range(4)))

    taken = [job.delivery.id for each in claims for job in each.jobs]
    assert len(taken) == len(set(taken)) == 20
