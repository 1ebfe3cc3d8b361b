"""Inquiries of an old system: what was asked and answered stands here, nobody is mailed, and no clock starts."""

from dataclasses import replace
from typing import Any

import httpx
import pytest
from inquiries.publishing import published
from inquiries.use_cases import forget_person
from parley_conversation.domain.parties import PartyKind
from parley_conversation.domain.words import State
from parley_conversation.testing.builders import NOW, a_party
from parley_conversation.testing.issuer import Issuer

INQUIRY: dict[str, Any] = {
    "buyer_id": "buyer-1",
    "seller_id": "seller-1",
    "market": "de",
    "product_id": "product-1",
    "product_title": "Desk lamp",
    "messages": [
        {"at": "2025-12-01T10:00:00Z", "by": "buyer", "text": "Is it bright?"},
        {"at": "2025-12-01T11:00:00Z", "by": "support", "text": "Very."},
    ],
}


@pytest.fixture
def shop_programs(issuer: Issuer) -> dict[str, str]:
    return issuer.bearer("shop", "service", scope="inlet")


async def test_an_inquiry_comes_in_whole_and_once(client: httpx.AsyncClient, transact: Any, shop_programs: dict[str, str]) -> None:
    for _ in range(2):
        answer = await client.put("/v1/marketplace/inquiries/old%2F7", json=INQUIRY, headers=shop_programs)
        assert answer.status_code == 200, answer.text

    inquiry = transact.tables["conversations"][answer.json()["id"]]
    assert (inquiry.state, inquiry.about.product_title, inquiry.number) == (State.AWAITING_BUYER, "Desk lamp", answer.json()["number"])
    events = [published(each.conversation, each.fact, each.cause) for each in transact.published()]
    assert [event.sequence for event in events] == [1, 2, 3, 4], "support takes over before it answers, as the table says"
    assert all(b'"imported":true' in event.value and b'"start_clock":false' in event.value for event in events)


async def test_an_inquiry_to_a_shop_that_is_gone_or_routed_past_it_is_supports(
    client: httpx.AsyncClient, transact: Any, shop_programs: dict[str, str]
) -> None:
    asked = {**INQUIRY, "messages": INQUIRY["messages"][:1]}
    gone = {**asked, "seller_id": "seller-gone"}
    transact.tables["parties"]["seller-gone"] = NOW
    abroad = a_party("buyer-1", PartyKind.BUYER, country="US")
    transact.tables["parties"]["buyer-1"] = abroad

    async def brought(old_id: str, body: dict[str, Any]) -> State:
        id = (await client.put(f"/v1/marketplace/inquiries/{old_id}", json=body, headers=shop_programs)).json()["id"]
        state: State = transact.tables["conversations"][id].state
        return state

    assert [await brought("old-1", gone), await brought("old-2", asked)] == [State.AWAITING_SUPPORT, State.AWAITING_SELLER]
    served = replace(transact.markets["de"], routing_profile="support_first", served_countries=frozenset({"DE"}))
    transact.markets = {**transact.markets, "de": served}
    assert await brought("old-3", asked) is State.AWAITING_SUPPORT


async def test_a_market_that_is_not_known_is_refused(client: httpx.AsyncClient, transact: Any, shop_programs: dict[str, str]) -> None:
    answer = await client.put("/v1/marketplace/inquiries/old-7", json={**INQUIRY, "market": "mars"}, headers=shop_programs)

    assert answer.status_code == 422
    assert transact.published() == []


async def test_who_was_erased_does_not_come_back_with_an_old_file(
    client: httpx.AsyncClient, transact: Any, shop_programs: dict[str, str]
) -> None:
    await transact(forget_person, "buyer-1", at=NOW, cause="tombstone:buyer-1", event_id=lambda it: it.id)

    answer = await client.put("/v1/marketplace/inquiries/old-7", json=INQUIRY, headers=shop_programs)

    assert (answer.status_code, answer.json()["type"]) == (410, "/problems/erased")
    assert not transact.tables.get("messages")
