"""Reply templates: kept for a shop or for support in a market, changed and removed by their own people, offered on the page."""

from typing import Any

import pytest
from httpx import AsyncClient
from parley_conversation.domain.templates import MOST_OF_AN_OWNER, Owner, ReplyTemplate
from parley_conversation.testing.doubles import InMemory, InMemoryTransaction
from parley_conversation.testing.issuer import Issuer
from parley_conversation.use_cases import parties

Memory = InMemory[InMemoryTransaction]
Headers = dict[str, str]
PATH = "/v1/tickets/reply-templates"
NEW = {"title": "On its way", "text": "Your parcel is on its way.", "language": "en"}


async def keep(client: AsyncClient, who: Headers, **more: Any) -> Any:
    return await client.post(PATH, json={**NEW, **more}, headers=who)


async def titles(client: AsyncClient, who: Headers) -> list[str]:
    return [each["title"] for each in (await client.get(PATH, headers=who)).json()["items"]]


async def test_a_template_is_kept_changed_and_removed(client: AsyncClient, seller: Headers) -> None:
    kept = await keep(client, seller)

    assert (kept.status_code, kept.headers["location"]) == (201, f"{PATH}/{kept.json()['id']}")
    assert kept.json() == {**NEW, "id": kept.json()["id"], "seller_id": "seller-1", "market": None}
    changed = await client.put(kept.headers["location"], json={**NEW, "title": "Sent"}, headers=seller)
    assert (changed.status_code, changed.json()["title"]) == (200, "Sent")
    assert await titles(client, seller) == ["Sent"]
    assert (await client.delete(kept.headers["location"], headers=seller)).status_code == 204
    assert await titles(client, seller) == []


async def test_a_shop_and_support_each_have_their_own(client: AsyncClient, seller: Headers, support: Headers, issuer: Issuer) -> None:
    other = issuer.bearer("member-9", "seller", seller_ids=["seller-9"])
    kept = await keep(client, seller)
    await keep(client, support, title="We look into it")

    assert await titles(client, seller) == ["On its way"]
    assert await titles(client, support) == ["We look into it"]
    assert await titles(client, other) == []
    for who in (support, other):
        assert (await client.put(kept.headers["location"], json=NEW, headers=who)).status_code == 404
        assert (await client.delete(kept.headers["location"], headers=who)).status_code == 404


async def test_who_works_for_two_shops_says_for_which(client: AsyncClient, issuer: Issuer) -> None:
    both = issuer.bearer("member-2", "seller", seller_ids=["seller-1", "seller-2"])

    unnamed, named, foreign = [await keep(client, both, **more) for more in ({}, {"seller_id": "seller-2"}, {"seller_id": "seller-9"})]

    assert [each.status_code for each in (unnamed, named, foreign)] == [422, 201, 422]
    assert unnamed.json()["errors"][0]["field"] == "body.seller_id"
    assert named.json()["seller_id"] == "seller-2"


async def test_a_template_that_is_sent_again_with_its_key_is_kept_once(client: AsyncClient, seller: Headers) -> None:
    first, again = [await keep(client, {**seller, "idempotency-key": "k"}) for _ in range(2)]

    assert first.json() == again.json()
    assert len(await titles(client, seller)) == 1


async def test_there_is_a_most_for_each_owner(client: AsyncClient, seller: Headers, transact: Memory) -> None:
    owner = Owner(seller_id="seller-1")
    transact.tables["reply_templates"] = {
        f"t-{n}": ReplyTemplate(id=f"t-{n}", owner=owner, title="t", text="t") for n in range(MOST_OF_AN_OWNER)
    }

    refused = await keep(client, seller)

    assert refused.status_code == 422
    assert "Remove one" in refused.json()["errors"][0]["message"]


async def test_a_shop_that_is_erased_leaves_no_template(client: AsyncClient, seller: Headers, support: Headers, transact: Memory) -> None:
    async def forget(tx: Any) -> Any:
        return await parties.forget_party(tx, "seller-1", at=transact.now, cause="c", event_id=lambda _: "e-1")

    await keep(client, seller)
    await keep(client, support)
    await transact(forget)

    assert [each.owner for each in transact.tables["reply_templates"].values()] == [Owner(market="de")]
    assert ((refused := await keep(client, seller)).status_code, refused.json()["type"]) == (410, "/problems/erased")


@pytest.mark.parametrize("who", ["buyer", "link"])
async def test_buyers_and_links_keep_none(client: AsyncClient, buyer: Headers, issuer: Issuer, who: str) -> None:
    headers = buyer if who == "buyer" else issuer.link("c-1", "member-1", "seller")

    assert (await keep(client, headers)).status_code == 403
    assert (await client.get(PATH, headers=headers)).status_code == 403
