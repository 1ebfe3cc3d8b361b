"""Notes on an order: where they go, who reads them, what they answer, and what the marketplace writes itself."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient, Response
from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.waits import Waits
from parley_conversation.domain.words import Category, CloseReason, Side, State
from parley_conversation.testing.builders import NOW, a_conversation, a_wait
from parley_conversation.testing.doubles import InMemory
from parley_conversation.testing.issuer import Issuer
from parley_conversation.use_cases.retention import remove_ended
from ticketing.domain.notes import Topic, thread_id
from ticketing.domain.orders import OrderState
from ticketing.testing import A_MARKET, InMemoryTicketing, an_order
from ticketing.use_cases.orders import forget_order, forget_person

Memory = InMemory[InMemoryTicketing]
Headers = dict[str, str]
THREAD = thread_id("order-1", "seller-1")


def place(transact: Memory, *tickets: Conversation) -> None:
    transact.tables.setdefault("conversations", {}).update({each.id: each for each in tickets})


def waiting(id: str, hours: int, **changes: Any) -> Conversation:
    """A ticket whose buyer has waited so long."""
    wait = a_wait(Side.SELLER, since=NOW - timedelta(hours=hours))
    return a_conversation(id=id, waits=Waits(open=(wait,), unanswered=True, moved_at=1), **changes)


async def note(
    client: AsyncClient, headers: Headers, *, to_customer: bool = True, text: str = "It comes on Monday.", **more: Any
) -> Response:
    topic = {"topic": "delivery_date"} if to_customer else {}
    body = {"text": text, "to_customer": to_customer, **topic, **more}
    return await client.post("/v1/orders/order-1/notes", json=body, headers=headers)


async def seen(client: AsyncClient, headers: Headers) -> list[tuple[str, bool]]:
    notes = (await client.get("/v1/orders/order-1", headers=headers)).json()["notes"]
    return [(each["text"], each["to_customer"]) for each in notes]


def problem(response: Response) -> tuple[int, str]:
    return response.status_code, response.json()["type"].removeprefix("/problems/")


async def test_a_note_where_nobody_waits_begins_the_orders_thread(client: AsyncClient, seller: Headers, transact: Memory) -> None:
    answer = await note(client, seller)

    assert (answer.status_code, answer.json()["id"], answer.json()["state"]) == (201, THREAD, "awaiting_buyer")
    [told] = transact.published()
    assert (type(told.fact.what).__name__, told.fact.sequence) == ("OrderNoteAdded", 1)
    assert (told.conversation.first_event_id, told.conversation.handler) == (told.fact.id, Side.SELLER)
    assert told.conversation.about.line_ids == ("line-1", "line-2"), "the shop's own lines"
    assert told.conversation.language == "de"


async def test_every_note_of_a_shop_on_an_order_goes_into_the_same_thread_and_each_shop_has_its_own(
    client: AsyncClient, seller: Headers, issuer: Issuer
) -> None:
    other = issuer.bearer("member-2", "seller", seller_ids=["seller-2"])

    ids = [(await note(client, who)).json()["id"] for who in (seller, other, seller)]

    assert ids == [THREAD, thread_id("order-1", "seller-2"), THREAD]


async def test_a_note_answers_the_ticket_whose_buyer_has_waited_longest(client: AsyncClient, seller: Headers, transact: Memory) -> None:
    elsewhere = waiting("c-4", 90, seller_id="seller-2"), waiting("c-5", 80, routed_only=True, state=State.AWAITING_SUPPORT)
    place(
        transact, waiting("c-1", 2), waiting("c-2", 30, category=Category.POST_PURCHASE), a_conversation(State.CLOSED, id="c-3"), *elsewhere
    )

    answers = [(await note(client, seller, to_customer=to_customer)).json() for to_customer in (False, True, True, True)]

    assert [(each["id"], each["state"]) for each in answers] == [
        ("c-2", "awaiting_seller"),
        ("c-2", "awaiting_buyer"),
        ("c-1", "awaiting_buyer"),
        (THREAD, "awaiting_buyer"),
    ]


async def test_a_private_note_is_read_by_the_shop_and_support_and_a_note_to_the_customer_by_all(
    client: AsyncClient, buyer: Headers, seller: Headers, support: Headers, issuer: Issuer
) -> None:
    await note(client, seller, text="Beware", to_customer=False)
    await note(client, seller, text="On Monday")

    both = [("Beware", False), ("On Monday", True)]
    assert [await seen(client, who) for who in (seller, support, buyer)] == [both, both, both[1:]]
    assert await seen(client, issuer.bearer("member-2", "seller", seller_ids=["seller-2"])) == []


async def test_the_buyer_knows_of_the_thread_from_the_first_note_to_them_and_it_is_listed_once_they_write(
    client: AsyncClient, buyer: Headers, seller: Headers, support: Headers
) -> None:
    async def listed() -> list[int]:
        return [len((await client.get("/v1/tickets", headers=who)).json()["items"]) for who in (buyer, seller, support)]

    async def known() -> list[int]:
        return [(await client.get(f"/v1/tickets/{THREAD}", headers=who)).status_code for who in (buyer, seller, support)]

    await note(client, seller, to_customer=False)
    assert (await known(), await listed()) == ([404, 200, 200], [0, 0, 0])
    await note(client, seller)
    assert (await known(), await listed()) == ([200, 200, 200], [0, 0, 0])
    counts = (await client.get("/v1/tickets/counts", headers=seller)).json()
    assert counts["awaiting_buyer"] == 0

    answer = await client.post(f"/v1/tickets/{THREAD}/reply", json={"text": "Thanks. And the lid?"}, headers=buyer)

    assert (answer.json()["state"], await listed()) == ("awaiting_seller", [1, 1, 1])


async def test_a_thread_of_private_notes_is_not_closed_nor_handed_over_because_its_buyer_would_be_told_of_what_they_cannot_see(
    client: AsyncClient, seller: Headers, support: Headers, transact: Memory
) -> None:
    async def refused() -> list[str | None]:
        etag = (await client.get(f"/v1/tickets/{THREAD}", headers=seller)).headers["etag"]
        asked = [
            ("close", seller, {"reason": "solved"}),
            ("close", support, {"reason": "solved"}),
            ("appeal", seller, {"text": "Please"}),
            ("take-over", support, {}),
        ]
        answers = [
            await client.post(f"/v1/tickets/{THREAD}/{command}", json=body, headers={**who, "if-match": etag})
            for command, who, body in asked
        ]
        return [answer.json().get("type") for answer in answers]

    await note(client, seller, to_customer=False)
    assert await refused() == ["/problems/nothing-owed"] * 4
    assert len(transact.published()) == 1

    await note(client, seller)
    assert (await refused())[0] is None


async def test_a_thread_that_nobody_asked_for_stands_in_no_buyers_way(client: AsyncClient, buyer: Headers, seller: Headers) -> None:
    asked = {"order_id": "order-1", "line_ids": ["line-1"], "problem_type": "order_status", "text": "Where is it?"}
    await note(client, seller)

    assert (await client.post("/v1/tickets", json=asked, headers=buyer)).status_code == 201
    other = await client.post("/v1/tickets", json=asked, headers=buyer)

    assert problem(other) == (409, "ticket-already-open")


async def test_a_shop_writes_unasked_only_about_an_open_or_recent_order(client: AsyncClient, seller: Headers, transact: Memory) -> None:
    transact.tables["orders"]["order-1"] = an_order(state=OrderState.COMPLETED, completed_at=NOW - timedelta(days=31))

    assert problem(await note(client, seller)) == (403, "contact-window-closed")
    assert (await note(client, seller, to_customer=False)).status_code == 201
    place(transact, waiting("c-1", 2))
    assert (await note(client, seller)).json()["id"] == "c-1", "who waits is answered at any time"


async def test_the_marketplaces_own_topics_are_reserved_but_an_answer_never_is(
    client: AsyncClient, seller: Headers, transact: Memory
) -> None:
    transact.markets = {"de": replace(A_MARKET, reserved_topics=frozenset({Topic.SHIPPING}))}

    assert problem(await note(client, seller, topic="shipping")) == (422, "topic-reserved")
    assert (await note(client, seller, topic="shipping", to_customer=False)).status_code == 201
    place(transact, waiting("c-1", 2))
    assert (await note(client, seller, topic="shipping")).json()["id"] == "c-1"


async def test_a_conflict_comes_before_the_topic_and_the_topic_is_needed(client: AsyncClient, seller: Headers, transact: Memory) -> None:
    transact.markets = {"de": replace(A_MARKET, reserved_topics=frozenset({Topic.SHIPPING}))}
    place(transact, a_conversation(State.FINAL, id=THREAD))

    assert problem(await note(client, seller, topic="shipping")) == (409, "final")
    assert problem(await note(client, seller, topic=None)) == (422, "invalid")
    assert problem(await note(client, seller, topic="gossip")) == (422, "invalid")


async def test_somebody_with_two_shops_in_an_order_says_for_which(client: AsyncClient, issuer: Issuer) -> None:
    both = issuer.bearer("owner", "seller", seller_ids=["seller-1", "seller-2"])

    assert problem(await note(client, both)) == (422, "invalid")
    assert problem(await note(client, both, seller_id="seller-9")) == (422, "invalid")
    assert (await note(client, both, seller_id="seller-2")).json()["seller"]["id"] == "seller-2"


async def test_a_note_is_added_once_for_its_key(client: AsyncClient, seller: Headers, transact: Memory) -> None:
    headers = {**seller, "idempotency-key": "key-1"}

    assert [(await note(client, headers)).status_code for _ in range(2)] == [201, 201]
    assert len(transact.published()) == 1


async def test_supports_look_at_an_order_is_in_the_history_of_all_that_it_shows(
    client: AsyncClient, support: Headers, transact: Memory
) -> None:
    async def read() -> set[str]:
        await client.get("/v1/orders/order-1", headers=support)
        return {entry.conversation_id for entry in transact.tables["history"].values() if entry.what == "Read"}

    assert await read() == {"order-1"}, "nothing is written about it yet, and no thread gets a history before it begins"
    place(transact, waiting("c-1", 2), a_conversation(State.AWAITING_BUYER, id=THREAD, buyer_wrote_at=None))
    assert await read() == {"order-1", "c-1", THREAD}


async def test_who_read_an_order_is_in_its_history_for_support_and_those_on_call(
    client: AsyncClient, issuer: Issuer, seller: Headers, support: Headers
) -> None:
    await client.get("/v1/orders/order-1", headers=support)

    async def history(who: Headers) -> list[dict[str, Any]]:
        answer = await client.get("/v1/orders/order-1/history", headers=who)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    assert [(each["by"]["id"], each["what"]) for each in await history(support)] == [("agent-1", "Read")]
    assert await history(seller) == [], "the seller does not learn of support's looks"
    assert [set(each) for each in await history(issuer.bearer("engineer", "oncall"))] == [{"id", "at"}]


@pytest.mark.parametrize("how", ["order", "buyer"])
async def test_an_order_that_is_erased_leaves_no_history(client: AsyncClient, support: Headers, transact: Memory, how: str) -> None:
    await client.get("/v1/orders/order-1", headers=support)
    assert "order-1" in repr(transact.tables["history"])

    if how == "order":
        await transact(forget_order, "order-1", at=NOW)
    else:
        await transact(forget_person, "buyer-1", at=NOW, cause="c", event_id=lambda it: f"erased {it.id}")

    assert transact.tables["history"] == {}


async def test_a_note_in_a_closed_thread_leaves_it_closed_as_it_was(client: AsyncClient, seller: Headers, transact: Memory) -> None:
    place(transact, a_conversation(State.CLOSED, id=THREAD, close_reason=CloseReason.BY_BUYER))

    closed = (await note(client, seller)).json()

    assert (closed["id"], closed["state"], closed["close_reason"]) == (THREAD, "closed", "by_buyer")


async def test_a_thread_that_was_removed_goes_on_counting_for_readers_drop_what_they_counted_before(
    client: AsyncClient, seller: Headers, transact: Memory
) -> None:
    await note(client, seller, to_customer=False)
    await note(client, seller)
    transact.now += A_MARKET.retention + timedelta(seconds=1)
    assert [gone.id for gone in await transact(remove_ended)] == [THREAD]

    await note(client, seller)

    assert [each.fact.sequence for each in transact.published()] == [1, 2, 3]
    assert transact.tables["conversations"][THREAD].sequence == 3


async def test_a_shop_alone_is_told_where_copies_go(
    client: AsyncClient, buyer: Headers, seller: Headers, support: Headers, transact: Memory
) -> None:
    transact.markets = {"de": replace(A_MARKET, copy_address="copies@marktplatz.example")}

    orders = [(await client.get("/v1/orders/order-1", headers=who)).json() for who in (seller, buyer, support)]

    assert [order.get("copy_address") for order in orders] == ["copies@marktplatz.example", None, None]
    assert [len(order["lines"]) for order in orders] == [2, 3, 3]
    assert ["delivery_address" in order for order in orders] == [True, False, True]
