"""The order beside the ticket: who sees what of it, and until when a seller may write about it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from httpx import AsyncClient
from parley_conversation.domain.parties import PartyKind
from parley_conversation.domain.words import Role, State
from parley_conversation.testing.builders import AGENT, BUYER, MEMBER, NOW, a_conversation, a_party, holder_of
from parley_conversation.testing.doubles import InMemory
from parley_conversation.testing.issuer import Issuer
from parley_conversation.use_cases import reading
from parley_conversation.use_cases.parties import know_party
from ticketing.domain.orders import OrderState
from ticketing.testing import InMemoryTicketing, an_order
from ticketing.use_cases import orders
from ticketing.use_cases.orders import forget_order, forget_person, know_order, order_on_page

Memory = InMemory[InMemoryTicketing]


def place(transact: Memory, **changes: Any) -> None:
    transact.tables.setdefault("conversations", {})["c-1"] = a_conversation(**changes)


@pytest.mark.parametrize(
    ("who", "lines", "address"),
    [
        ("buyer", ["line-1", "line-2", "line-3"], False),
        ("seller", ["line-1", "line-2"], True),
        ("support", ["line-1", "line-2", "line-3"], True),
        ("sellers link", ["line-1", "line-2"], False),
        ("buyers link", ["line-1", "line-2", "line-3"], False),
    ],
)
async def test_a_reader_sees_of_the_order_what_is_theirs(
    client: AsyncClient, issuer: Issuer, request: pytest.FixtureRequest, transact: Memory, who: str, lines: list[str], address: bool
) -> None:
    place(transact)
    links = {"sellers link": ("member-1", "seller"), "buyers link": ("buyer-1", "buyer")}
    headers = issuer.link("c-1", *links[who]) if who in links else request.getfixturevalue(who)

    order = (await client.get("/v1/tickets/c-1", headers=headers)).json()["order"]

    assert [line["id"] for line in order["lines"]] == lines
    assert ("delivery_address" in order) is address


@pytest.mark.parametrize(
    ("who", "status"),
    [("nobody", 401), ("link", 403), ("buyer", 200), ("seller", 200), ("support", 200), ("oncall", 403), ("service", 403)],
)
async def test_the_order_itself_is_for_those_who_are_signed_in(
    client: AsyncClient, issuer: Issuer, request: pytest.FixtureRequest, transact: Memory, who: str, status: int
) -> None:
    place(transact)
    others = {
        "nobody": {},
        "link": issuer.link("c-1", "buyer-1", "buyer"),
        "oncall": issuer.bearer("engineer", "oncall"),
        "service": issuer.bearer("indexer", "service"),
    }
    headers = others[who] if who in others else request.getfixturevalue(who)

    assert (await client.get("/v1/tickets/c-1/order", headers=headers)).status_code == status


async def test_a_stranger_learns_nothing_of_an_order(client: AsyncClient, issuer: Issuer, transact: Memory) -> None:
    place(transact)
    for stranger in (issuer.bearer("buyer-2", "buyer"), issuer.bearer("m", "seller", seller_ids=["seller-2"])):
        assert (await client.get("/v1/tickets/c-1/order", headers=stranger)).status_code == 404
        assert (await client.get("/v1/tickets/c-9/order", headers=stranger)).status_code == 404


async def test_a_ticket_outlives_its_order(client: AsyncClient, buyer: dict[str, str], transact: Memory) -> None:
    place(transact)
    transact.tables["orders"]["order-1"] = NOW

    assert (await client.get("/v1/tickets/c-1", headers=buyer)).json()["order"] is None
    assert (await client.get("/v1/tickets/c-1/order", headers=buyer)).status_code == 404


async def test_a_page_shows_the_lines_that_the_ticket_is_about(transact: Memory) -> None:
    place(transact)

    async def shown(tx: InMemoryTicketing, person: Any) -> Any:
        return await order_on_page(tx, await reading.look(tx, "c-1", person))

    for person, address in (
        (BUYER, ()),
        (MEMBER, ("Bea Buyer", "Weg 1", "10115 Berlin", "DE")),
        (AGENT, ("Bea Buyer", "Weg 1", "10115 Berlin", "DE")),
        (holder_of("member-1", Role.SELLER), ()),
    ):
        facts = await transact(shown, person)
        assert ([line.title for line in facts.lines], facts.number, facts.delivery_address) == (["Teapot"], "4711", address)


@pytest.mark.parametrize(
    ("order", "status"),
    [
        ({"state": OrderState.OPEN, "placed_at": NOW - timedelta(days=400)}, 200),
        ({"state": OrderState.COMPLETED, "completed_at": NOW - timedelta(days=30)}, 200),
        ({"state": OrderState.COMPLETED, "completed_at": NOW - timedelta(days=30, milliseconds=1)}, 403),
        ({"state": OrderState.CANCELLED, "placed_at": NOW - timedelta(days=31)}, 403),
        (None, 403),
    ],
)
async def test_a_seller_writes_unasked_only_about_an_open_or_recent_order(
    client: AsyncClient, seller: dict[str, str], support: dict[str, str], transact: Memory, order: dict[str, Any] | None, status: int
) -> None:
    place(transact, state=State.AWAITING_BUYER, changed_at=NOW, waits=a_conversation(State.AWAITING_BUYER).waits)
    transact.tables["orders"]["order-1"] = an_order(**order) if order else NOW

    answer = await client.post("/v1/tickets/c-1/reply", json={"text": "By the way"}, headers=seller)

    assert answer.status_code == status
    if status == 403:
        assert answer.json()["type"] == "/problems/contact-window-closed"
        assert (await client.post("/v1/tickets/c-1/reply", json={"text": "a"}, headers=support)).status_code == 200


async def test_an_older_word_about_an_order_never_replaces_a_newer_one(transact: Memory) -> None:
    async def number(tx: InMemoryTicketing) -> str | None:
        order = await tx.orders.get("order-1")
        return order.number if order else None

    await transact(know_order, an_order(number="newer", time=NOW))
    await transact(know_order, an_order(number="older", time=NOW - timedelta(seconds=1)))
    assert await transact(number) == "newer"
    await transact(forget_order, "order-1", at=NOW - timedelta(seconds=1))
    assert await transact(number) == "newer"
    await transact(forget_order, "order-1", at=NOW)
    await transact(know_order, an_order(number="older", time=NOW - timedelta(seconds=1)))
    assert await transact(number) is None


async def forget(transact: Memory, *, hours: float = 1) -> bool:
    how: Any = {"at": NOW + timedelta(hours=hours), "cause": "tombstone:buyer-1", "event_id": lambda it: f"erased {it.id}"}
    return await transact(forget_person, "buyer-1", **how)


async def test_the_orders_of_an_erased_buyer_are_erased_and_no_later_word_brings_the_address_back(transact: Memory) -> None:
    known = transact.tables["orders"]
    known["order-2"] = an_order(id="order-2", buyer_id="buyer-2")

    assert not await forget(transact)

    assert transact.tables["orders"]["order-1"] == NOW + timedelta(hours=1)
    assert transact.tables["orders"]["order-2"].delivery_address
    await transact(know_order, an_order(time=NOW))
    assert transact.tables["orders"]["order-1"] == NOW + timedelta(hours=1)
    await transact(know_order, an_order(time=NOW + timedelta(hours=2)))
    assert (transact.tables["orders"]["order-1"].number, transact.tables["orders"]["order-1"].delivery_address) == ("4711", None)


async def test_what_nobody_could_read_of_an_erased_buyers_orders_goes_too_and_is_told_once(transact: Memory) -> None:
    transact.tables["parked"] = {"order-1": "buyer-1", "order-5": "buyer-1", "order-6": "buyer-6"}

    await forget(transact)
    await forget(transact)

    assert transact.tables["parked"] == {"order-6": "buyer-6"}
    assert sorted(word.id for word, *_ in transact.tables["told"].values()) == ["order-1", "order-5"]


async def test_of_a_buyer_who_came_back_what_nobody_could_read_stays(transact: Memory) -> None:
    transact.tables["parked"] = {"order-5": "buyer-1"}
    await transact(know_party, a_party("buyer-1", PartyKind.BUYER, time=NOW + timedelta(hours=2)))

    await forget(transact)

    assert transact.tables["parked"] == {"order-5": "buyer-1"}


async def test_an_order_that_was_told_before_its_buyer_was_erased_and_is_read_after_that_goes_with_them(transact: Memory) -> None:
    await forget(transact)

    await transact(know_order, an_order(id="order-8", time=NOW + timedelta(hours=1)))
    await transact(know_order, an_order(id="order-9", time=NOW + timedelta(hours=1, milliseconds=1)))

    assert transact.tables["orders"]["order-8"] == NOW + timedelta(hours=1)
    assert sorted(word.id for word, *_ in transact.tables["told"].values()) == ["order-1", "order-8"]
    assert transact.tables["orders"]["order-9"].delivery_address is None


async def test_an_erased_order_is_a_tombstone_on_its_topic_and_can_be_one_again(transact: Memory) -> None:
    def tombstones() -> list[tuple[str, bool, datetime]]:
        return [(word.id, word.said is None, at) for word, at, _ in transact.tables.get("told", {}).values()]

    await forget(transact)
    first = ("order-1", True, NOW + timedelta(hours=1))
    assert tombstones() == [first]

    await forget(transact)
    assert tombstones() == [first]

    transact.now += timedelta(hours=1)
    await transact(know_order, an_order(time=NOW + timedelta(hours=1)))
    await forget(transact)
    assert tombstones() == [first, first]


async def test_an_order_that_changed_after_the_erasure_is_erased_unless_its_buyer_came_back(transact: Memory) -> None:
    later = NOW + timedelta(hours=2)
    await transact(know_order, an_order(time=later))
    await transact(know_party, a_party("buyer-1", PartyKind.BUYER, time=later))

    await forget(transact)
    assert transact.tables["orders"]["order-1"].delivery_address

    await forget(transact, hours=3)
    assert transact.tables["orders"]["order-1"] == NOW + timedelta(hours=3)


async def test_many_orders_are_erased_some_at_a_time(transact: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "ORDERS_AT_ONCE", 2)
    transact.tables["orders"] |= {f"order-{n}": an_order(id=f"order-{n}") for n in range(2, 4)}

    assert [await forget(transact) for _ in range(2)] == [True, False]


async def test_sellers_programs_read_which_lines_a_ticket_is_about(client: AsyncClient, transact: Memory, seller: dict[str, str]) -> None:
    transact.tables["conversations"] = {"c-1": a_conversation()}

    one = await client.get("/api/v2/ticket", params={"id": "c-1"}, headers=seller)
    (listed,) = (await client.get("/api/v2/ticket/get-action-required", headers=seller)).json()["data"]

    assert one.json()["data"] == listed
    assert listed["Ticket"]["items"] == [{"id": "line-1", "product_id": "p-line-1", "name": "Teapot", "quantity": 2}]
    assert listed["Ticket"]["transaction_id"] == "tx-1"


async def test_they_read_a_ticket_whose_order_was_erased(client: AsyncClient, transact: Memory, seller: dict[str, str]) -> None:
    transact.tables["conversations"] = {"c-1": a_conversation()}
    transact.tables["orders"] = {}

    told = (await client.get("/api/v2/ticket", params={"id": "c-1"}, headers=seller)).json()["data"]["Ticket"]

    assert (told["items"], told["transaction_id"]) == ([], None)
