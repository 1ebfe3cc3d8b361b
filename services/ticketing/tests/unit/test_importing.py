"""Tickets of an old system: all that was said stands there as it was, nobody is mailed, and no clock starts unused."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient, Response
from parley_conversation.domain.words import Side, State
from parley_conversation.testing.builders import NOW
from parley_conversation.testing.doubles import InMemory
from parley_conversation.testing.issuer import Issuer
from parley_conversation.use_cases.retention import remove_ended
from ticketing.publishing import published
from ticketing.testing import A_MARKET, InMemoryTicketing

Memory = InMemory[InMemoryTicketing]

ASKED = {"at": "2025-12-01T10:00:00Z", "by": "buyer", "text": "Where is it?"}
NOTED = {"at": "2025-12-01T11:00:00Z", "by": "seller", "author_id": "member-1", "text": "Lost, I fear.", "visibility": "backstage"}
ANSWERED = {"at": "2025-12-02T10:00:00+01:00", "by": "seller", "text": "On its way."}
TICKET: dict[str, Any] = {
    "buyer_id": "buyer-1",
    "seller_id": "seller-1",
    "order_id": "order-1",
    "line_ids": ["line-1"],
    "problem_type": "order_status",
    "messages": [ASKED, NOTED, ANSWERED],
}


@pytest.fixture
def shop(issuer: Issuer) -> dict[str, str]:
    """The header of the marketplace's own programs."""
    return issuer.bearer("shop", "service", scope="inlet")


async def bring(client: AsyncClient, shop: Mapping[str, str], **changes: Any) -> Response:
    return await client.put("/v1/marketplace/tickets/old-7", json={**TICKET, **changes}, headers=shop)


def events(transact: Memory) -> list[Any]:
    """What is published, as others read it."""
    return [published(each.conversation, each.fact, each.cause) for each in transact.published()]


async def test_it_stands_here_as_it_was(client: AsyncClient, shop: dict[str, str], transact: Memory) -> None:
    id = (await bring(client, shop, closed_by="seller")).json()["id"]

    ticket = transact.tables["conversations"][id]
    assert (ticket.state, ticket.opened_at.isoformat()) == (State.CLOSED, "2025-12-01T10:00:00+00:00")
    posted = sorted(transact.tables["messages"].values(), key=lambda each: each.sequence)
    assert [(each.message.text, each.message.author.id, each.at.isoformat()) for each in posted] == [
        ("Where is it?", "buyer-1", "2025-12-01T10:00:00+00:00"),
        ("Lost, I fear.", "member-1", "2025-12-01T11:00:00+00:00"),
        ("On its way.", "seller-1", "2025-12-02T09:00:00+00:00"),
    ]


@pytest.mark.parametrize("clock", [False, True])
async def test_its_events_say_what_they_are_and_have_the_time_of_now(
    client: AsyncClient, shop: dict[str, str], transact: Memory, clock: bool
) -> None:
    """What the log says of a time that its watermarks have passed would come too late."""
    assert (await bring(client, shop, messages=[ASKED], start_clock=clock)).status_code == 200

    (event,) = events(transact)
    assert (event.type, event.sequence, event.time) == ("parley.ticket.created.v1", 1, NOW)
    assert (b'"imported":true' in event.value, b'"start_clock":true' in event.value) == (True, clock)


async def test_what_people_do_in_it_afterwards_is_as_ever(
    client: AsyncClient, shop: dict[str, str], transact: Memory, buyer: dict[str, str]
) -> None:
    id = (await bring(client, shop)).json()["id"]
    assert (await client.post(f"/v1/tickets/{id}/reply", json={"text": "Thanks"}, headers=buyer)).status_code == 200

    *old, new = [b'"imported":true' in event.value for event in events(transact)]
    assert (all(old), new) == (True, False)
    assert transact.tables["conversations"][id].waits.of(Side.SELLER) is not None


async def test_the_same_again_changes_nothing(client: AsyncClient, shop: dict[str, str], transact: Memory) -> None:
    first = await bring(client, shop)
    before = dict(transact.tables)

    assert (await bring(client, shop, messages=[ASKED])).json() == first.json()
    assert transact.tables == before


async def test_one_that_was_removed_comes_again_after_the_events_that_were_told_of_it(
    client: AsyncClient, shop: dict[str, str], transact: Memory
) -> None:
    first = await bring(client, shop, closed_by="seller")
    transact.now += timedelta(days=1000)
    await transact(remove_ended)

    again = await bring(client, shop)

    assert again.json() == first.json()
    told = [each.fact for each in transact.published()]
    assert [fact.sequence for fact in told] == [1, 2, 3, 4, 5, 6, 7]
    assert len({fact.id for fact in told}) == 7


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"order_id": "unknown"}, "body.order_id"),
        ({"buyer_id": "buyer-2"}, "body.buyer_id"),
        ({"line_ids": ["nothing"]}, "body.line_ids"),
        ({"seller_id": "seller-9"}, "body.line_ids"),
        ({"messages": [ANSWERED]}, "body.messages"),
        ({"messages": [{**ASKED, "visibility": "backstage"}]}, "body.messages"),
        ({"messages": [ANSWERED, ASKED]}, "body.messages"),
        ({"messages": [ASKED, ANSWERED, NOTED]}, "body.messages"),
        ({"messages": [{**ASKED, "at": "2199-01-01T00:00:00Z"}]}, "body.messages"),
        ({"messages": []}, "body.messages"),
        ({"messages": [{**ASKED, "at": "2025-12-01T10:00:00"}, ANSWERED]}, "body.messages.0.at"),
        ({"messages": [{**ASKED, "by": "guest"}, ANSWERED]}, "body.messages.0.by"),
        ({"problem_type": "weather"}, "body.problem_type"),
        ({"colour": "red"}, "body.colour"),
    ],
)
async def test_what_makes_no_sense_is_named_and_nothing_is_kept(
    client: AsyncClient, shop: dict[str, str], transact: Memory, changes: dict[str, Any], field: str
) -> None:
    answer = await bring(client, shop, **changes)

    assert (answer.status_code, [fault["field"] for fault in answer.json()["errors"]]) == (422, [field])
    assert transact.published() == []


SUPPORTED = {"at": "2025-12-03T10:00:00Z", "by": "support", "text": "We look into it."}
THANKED = {"at": "2025-12-04T10:00:00Z", "by": "buyer", "text": "And?"}


async def test_what_support_answers_no_shop_closes_and_the_refusal_says_what_to_do(
    client: AsyncClient, shop: dict[str, str], transact: Memory
) -> None:
    said = [ASKED, SUPPORTED, THANKED]

    refused = await bring(client, shop, messages=said, closed_by="seller")

    assert (refused.status_code, [fault["field"] for fault in refused.json()["errors"]]) == (422, ["body.closed_by"])
    assert "Give `support`" in refused.json()["errors"][0]["message"]
    assert transact.published() == []
    assert (await bring(client, shop, messages=said, closed_by="support")).status_code == 200


@pytest.mark.parametrize(
    ("changes", "state", "hidden"),
    [
        ({"messages": [ASKED]}, State.AWAITING_SUPPORT, True),
        ({"messages": [ASKED, SUPPORTED]}, State.AWAITING_BUYER, True),
        ({"messages": [ASKED, NOTED]}, State.AWAITING_SELLER, False),
        ({"messages": [ASKED, ANSWERED]}, State.AWAITING_BUYER, False),
        ({"messages": [ASKED], "closed_by": "seller"}, State.CLOSED, False),
    ],
)
async def test_where_the_shop_took_no_part_the_markets_routing_decides(
    client: AsyncClient, shop: dict[str, str], transact: Memory, changes: dict[str, Any], state: State, hidden: bool
) -> None:
    transact.markets = {"de": replace(A_MARKET, routing_profile="support_first")}

    id = (await bring(client, shop, problem_type="damaged_item", **changes)).json()["id"]

    ticket = transact.tables["conversations"][id]
    assert (ticket.state, ticket.routed_only) == (state, hidden)


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"messages": [ASKED]}, State.AWAITING_SUPPORT),
        ({"messages": [ASKED, NOTED]}, State.AWAITING_SUPPORT),
        ({"messages": [ASKED, ANSWERED]}, State.AWAITING_BUYER),
        ({"messages": [ASKED, ANSWERED], "closed_by": "seller"}, State.CLOSED),
    ],
)
async def test_where_the_shop_is_gone_support_has_it(
    client: AsyncClient, shop: dict[str, str], transact: Memory, changes: dict[str, Any], state: State
) -> None:
    transact.tables["parties"]["seller-1"] = NOW

    id = (await bring(client, shop, **changes)).json()["id"]

    ticket = transact.tables["conversations"][id]
    assert (ticket.state, ticket.handler) == (state, Side.SUPPORT)


async def test_a_second_open_ticket_about_the_same_is_refused_a_closed_one_is_not(client: AsyncClient, shop: dict[str, str]) -> None:
    assert (await bring(client, shop)).status_code == 200
    again = {**TICKET, "messages": [ASKED]}

    assert (await client.put("/v1/marketplace/tickets/old-8", json=again, headers=shop)).status_code == 409
    assert (await client.put("/v1/marketplace/tickets/old-8", json={**again, "closed_by": "buyer"}, headers=shop)).status_code == 200


async def test_only_the_marketplaces_programs_bring_tickets_in(
    client: AsyncClient, issuer: Issuer, buyer: dict[str, str], support: dict[str, str]
) -> None:
    for nobody in ({}, buyer, support, issuer.bearer("robot", "service", scope="texts")):
        assert (await bring(client, nobody)).status_code == (403 if nobody else 401)


async def test_who_was_erased_does_not_come_back_with_an_old_file(client: AsyncClient, shop: dict[str, str], transact: Memory) -> None:
    await client.delete("/v1/marketplace/parties/buyer-1", headers=shop)

    answer = await bring(client, shop)

    assert (answer.status_code, answer.json()["type"]) == (410, "/problems/erased")
    assert not transact.tables.get("messages")
