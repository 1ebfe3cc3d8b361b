"""Orders in memory and on a real database, and two buyers' clicks at the same moment."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from parley_chassis.mongo import Database, Transactions, close, connect, ensure_indexes
from parley_chassis.parking import PARKED
from parley_contracts.topics import ORDERS
from parley_conversation.domain.people import Person
from parley_conversation.domain.standing import About
from parley_conversation.domain.words import Category, Role, State, Violation
from parley_conversation.ports import Listing, Posted, Scope
from parley_conversation.store import Writers
from parley_conversation.testing.builders import NOW, a_conversation, a_message
from parley_conversation.testing.doubles import InMemory
from parley_conversation.testing.issuer import Issuer
from ticketing.domain.orders import OrderState, Refund, RefundState
from ticketing.publishing import published, told
from ticketing.store import INDEXES, MongoTickets
from ticketing.testing import A_MARKET, InMemoryTicketing, a_line, an_order
from ticketing.use_cases.orders import forget_person
from ticketing.use_cases.showing import show_order

EVERYTHING = an_order(
    state=OrderState.COMPLETED,
    completed_at=NOW,
    refund_window_ends_at=NOW,
    lines=(
        a_line("line-1", variant="blue", product_url="https://shop.example/p", carrier="DHL", tracking_id="JJD1"),
        a_line("line-2", refund=Refund(state=RefundState.PAID, amount_minor=1999, at=NOW)),
    ),
)
BARE = an_order(delivery_address=None, transaction_id=None, delivery_country=None, lines=())


@pytest.fixture(params=["memory", "motor", "pymongo"])
async def transact(request: pytest.FixtureRequest, mongodb_uri: str, database_name: str) -> AsyncIterator[Any]:
    if request.param == "memory":
        yield InMemory(InMemoryTicketing, markets={"de": A_MARKET})  # type: ignore[arg-type]
        return
    client = connect(mongodb_uri, driver=request.param, app="ticketing-tests")
    await ensure_indexes(client[database_name], INDEXES)
    yield on_mongodb(client[database_name])
    await close(client)


def on_mongodb(database: Database) -> Transactions[MongoTickets]:
    return Transactions(
        database, lambda unit: MongoTickets(unit, markets={"de": A_MARKET}, writers=Writers(), publish=published, tell=told)
    )


@pytest.mark.parametrize("order", [EVERYTHING, BARE], ids=["everything", "bare"])
async def test_an_order_comes_back_as_it_was_and_is_erased(transact: Any, order: Any) -> None:
    async def read(tx: Any) -> Any:
        return await tx.orders.get("order-1"), await tx.orders.time_of("order-1")

    async def keep(tx: Any) -> None:
        tx.orders.put(order)

    async def claim(tx: Any) -> None:
        await tx.orders.claim("order-1")

    async def erase(tx: Any) -> None:
        tx.orders.erase("order-1", NOW)

    assert await transact(read) == (None, None)
    await transact(keep)
    await transact(claim)
    assert await transact(read) == (order, order.time)
    await transact(erase)
    assert await transact(read) == (None, NOW)


async def test_the_records_of_an_erased_buyers_orders_that_nobody_could_read_go_and_their_topic_forgets_them(database: Database) -> None:
    values = {
        "order-1": '{"id": "order-1", "buyer_id": "käufer-1", "market": "atlantis"}',
        "order-2": '{"specversion": "1.0", "data": {"buyer_id" :\n"k\\u00e4ufer-1"}}',
        "order-3": '{"buyer_id":"käufer-1","delivery_address":{"name":"Bea',
        "of another": '{"buyer_id": "käufer-10"}',
        "sold by them": '{"buyer_id": "buyer-2", "lines": [{"seller_id": "käufer-1"}]}',
    }
    rows = [{"_id": id, "topic": ORDERS.name, "subject": id, "value": value.encode()} for id, value in values.items()]
    await database[PARKED].insert_many([*rows, {"_id": "nothing", "topic": ORDERS.name, "subject": "nothing", "value": None}])

    await on_mongodb(database)(forget_person, "käufer-1", at=NOW, cause="tombstone:käufer-1", event_id=lambda it: it.id)

    assert set(await database[PARKED].distinct("_id")) == {"of another", "sold by them", "nothing"}
    told = await database["outbox"].find({"topic": ORDERS.name}).to_list(None)
    assert sorted((row["key"], row["value"]) for row in told) == [("order-1", None), ("order-2", None), ("order-3", None)]


async def test_a_ticket_is_open_about_its_order_its_seller_and_its_category_until_it_is_closed(transact: Any) -> None:
    async def put(tx: Any, **changes: Any) -> None:
        tx.conversations.put(a_conversation(**changes))

    async def found(tx: Any, order_id: str, seller_id: str, category: Category) -> Any:
        ticket = await tx.tickets.open_about(order_id, seller_id, category)
        return ticket and ticket.id

    await transact(put)
    await transact(put, id="c-2", state=State.CLOSED, category=Category.POST_PURCHASE)
    await transact(put, id="c-3", about=About(product_id="p-1"))

    assert await transact(found, "order-1", "seller-1", Category.CUSTOMER_SERVICE) == "c-1"
    assert await transact(found, "order-1", "seller-1", Category.POST_PURCHASE) is None
    assert await transact(found, "order-1", "seller-2", Category.CUSTOMER_SERVICE) is None
    assert await transact(found, "order-2", "seller-1", Category.CUSTOMER_SERVICE) is None


async def test_the_tickets_of_an_order_are_found_with_a_thread_that_stands_in_no_list(transact: Any) -> None:
    thread = a_conversation(State.AWAITING_BUYER, id="c-2", opened_at=NOW + timedelta(minutes=1), buyer_wrote_at=None)
    note = replace(a_message(Role.SELLER), topic="return", flagged=(Violation.LINKS,))

    async def put(tx: Any) -> None:
        for it in (thread, a_conversation(State.CLOSED), a_conversation(id="c-3", seller_id="seller-2")):
            tx.conversations.put(it)
        tx.messages.add("c-2", Posted(message=note, sequence=1, at=NOW))

    async def found(tx: Any, *seller_ids: str) -> list[str]:
        return [it.id for it in await tx.tickets.of_order("order-1", seller_ids)]

    async def listed(tx: Any, scope: Scope) -> tuple[list[str], int]:
        page = await tx.conversations.page(Listing(scope=scope))
        return sorted(it.id for it in page), sum((await tx.conversations.counts(scope)).values())

    async def read(tx: Any) -> Any:
        open_ = await tx.tickets.open_about("order-1", "seller-1", Category.CUSTOMER_SERVICE)
        return open_, await tx.conversations.get("c-2"), [each.message for each in await tx.messages.of("c-2")]

    await transact(put)

    assert await transact(found, "seller-1") == ["c-1", "c-2"]
    assert await transact(found, "seller-1", "seller-2") == ["c-1", "c-3", "c-2"]
    assert await transact(read) == (None, thread, [note])
    for scope, ids in (
        (Scope(buyer_id="buyer-1"), ["c-1", "c-3"]),
        (Scope(seller_ids=frozenset({"seller-1"})), ["c-1"]),
        (Scope(markets=frozenset({"de"})), ["c-1", "c-3"]),
    ):
        assert await transact(listed, scope) == (ids, len(ids))


async def test_a_seller_writes_unasked_only_while_the_order_is_recent(transact: Any) -> None:
    async def may(tx: Any) -> bool:
        return bool(await tx.in_contact_window(a_conversation(), NOW))

    async def keep(tx: Any, order: Any) -> None:
        tx.orders.put(order)

    assert not await transact(may)
    await transact(keep, an_order())
    assert await transact(may)
    await transact(keep, an_order(state=OrderState.COMPLETED, completed_at=NOW.replace(month=1)))
    assert not await transact(may)


async def test_of_two_that_are_opened_at_once_one_is_refused(client: httpx.AsyncClient, database: Database, issuer: Issuer) -> None:
    orders = [replace(EVERYTHING, id=f"order-{n}", refund_window_ends_at=None) for n in range(5)]

    async def keep(tx: MongoTickets) -> None:
        for order in orders:
            tx.orders.put(order)

    await on_mongodb(database)(keep)
    buyer = issuer.bearer("buyer-1", "buyer")

    async def open_(order_id: str) -> int:
        body = {"order_id": order_id, "line_ids": ["line-1"], "problem_type": "tracking", "text": "Where?"}
        return (await client.post("/v1/tickets", json=body, headers=buyer)).status_code

    for order in orders:
        assert sorted(await asyncio.gather(*(open_(order.id) for _ in range(4)))) == [201, 409, 409, 409]
    assert await database["outbox"].count_documents({}) == len(orders)
    assert await database["conversations"].count_documents({}) == len(orders)


async def test_an_order_with_many_tickets_is_shown_with_one_query_for_all_messages_and_one_for_all_names(database: Database) -> None:
    shops = ("seller-1", "seller-2", "seller-3")
    transact = on_mongodb(database)

    async def write(tx: MongoTickets) -> None:
        tx.orders.put(an_order(lines=tuple(a_line(f"line-of-{shop}", seller_id=shop) for shop in shops)))
        for shop in shops:
            tx.conversations.put(a_conversation(id=f"ticket-of-{shop}", seller_id=shop))
            note = replace(a_message(Role.SELLER, id=f"note-of-{shop}"), topic="return")
            tx.messages.add(f"ticket-of-{shop}", Posted(message=note, sequence=1, at=NOW))

    await transact(write)
    await database.command("profile", 2)
    shown = await transact(show_order, "order-1", Person(party_id="buyer-1", is_buyer=True))
    await database.command("profile", 0)

    assert [note.posted.message.id for note in shown.seen.notes] == [f"note-of-{shop}" for shop in shops]
    read = {
        name: await database["system.profile"].count_documents({"op": "query", "ns": f"{database.name}.{name}"})
        for name in ("messages", "parties")
    }
    assert read == {"messages": 1, "parties": 2}, "of parties, one is the reader, for their language"
