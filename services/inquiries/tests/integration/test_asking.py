"""Asking on a real database, without a broker."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from inquiries.domain.context import Context
from inquiries.domain.guests import Guest
from inquiries.main import transactions
from inquiries.settings import InquiriesSettings
from inquiries.use_cases import Question, ask, forget_person
from parley_chassis.mongo import Database, close, connect
from parley_chassis.testing import eventually
from parley_contracts.envelope import read
from parley_contracts.inquiries import GuestRegistered, InquiryAdded
from parley_conversation.domain.people import Person
from parley_conversation.testing.builders import asked
from parley_conversation.testing.issuer import Issuer
from parley_conversation.use_cases.reading import look


async def everything(database: Database) -> dict[str, list[dict[str, Any]]]:
    """All rows of all collections."""
    return {name: await database[name].find().to_list(None) for name in await database.list_collection_names()}


async def test_a_guests_question_and_address_are_published_by_one_transaction(door: Any, database: Database) -> None:
    inquiry = await door.guest_asks()

    added, registered = await database["outbox"].find().sort("topic", -1).to_list(None)
    assert (added["topic"], added["key"], added["sequence"]) == ("parley.inquiries.inquiries.v1", inquiry["id"], 1)
    assert (registered["topic"], registered["key"], registered["sequence"]) == (
        "parley.inquiries.guests.v1",
        inquiry["buyer"]["id"],
        None,
    )
    assert added["at"] == registered["at"]
    event = read(registered["headers"].items(), registered["value"])
    assert (event.type, event.causationid, event.correlationid) == (GuestRegistered.type, added["_id"], added["_id"])
    said = GuestRegistered.model_validate_json(registered["value"])
    assert (said.email, said.language, said.inquiry_id) == ("zoe@example.org", "en", inquiry["id"])
    assert InquiryAdded.model_validate_json(added["value"]).buyer_id == inquiry["buyer"]["id"]


async def test_the_address_is_kept_nowhere_but_in_the_one_restricted_row(door: Any, client: httpx.AsyncClient, database: Database) -> None:
    body = {"context": door.page(), "text": "Hello?", "guest": {"name": "Zoë", "email": "zoe@example.org"}}
    await client.post("/v1/inquiries", json=body, headers={"idempotency-key": "key-1"})

    rows = await everything(database)
    carrying = [(name, row.get("type")) for name, found in rows.items() for row in found if "zoe@example.org" in repr(row)]
    assert carrying == [("outbox", "parley.guest.registered.v1")]


async def test_of_an_erased_guest_a_tombstone_is_left_and_no_word(
    door: Any, client: httpx.AsyncClient, settings: InquiriesSettings, database: Database
) -> None:
    body = {"context": door.page(), "text": "Does it dim?", "guest": {"name": "Zoë", "email": "zoe@example.org"}}
    inquiry = (await client.post("/v1/inquiries", json=body, headers={"idempotency-key": "key-1"})).json()
    how: Any = {"at": datetime.now(UTC), "cause": "tombstone:guest", "event_id": lambda it: "erased"}

    await transactions(settings)(database)(forget_person, inquiry["buyer"]["id"], **how)

    rows = await everything(database)
    assert not any(word in repr(rows) for word in ("zoe@example.org", "Zoë", "dim?"))
    assert rows["commands"] == [], "which were kept under a digest of the address"
    told = [(row["type"], row["value"] is None) for row in rows["outbox"]]
    assert told == [("parley.inquiry.added.v1", False), ("parley.inquiry.closed.v1", False), ("parley.guest.registered.v1", True)]


async def test_a_refused_question_leaves_nothing_behind(client: httpx.AsyncClient, page: Any, issuer: Issuer, database: Database) -> None:
    own = issuer.bearer("member-1", "seller", seller_ids=["seller-1"])
    body = {"context": page(), "text": "Hello?"}

    answer = await client.post("/v1/inquiries", json=body, headers={**own, "idempotency-key": "key-1"})

    assert answer.status_code == 403
    assert not any((await everything(database)).values())


async def test_the_same_question_sent_by_many_at_once_is_asked_once(door: Any, client: httpx.AsyncClient, database: Database) -> None:
    body = {"context": door.page(), "text": "Hello?", "guest": {"name": "Zoë", "email": "zoe@example.org"}}

    async def send() -> httpx.Response | None:
        answer = await client.post("/v1/inquiries", json=body, headers={"idempotency-key": "key-1"})
        return None if answer.status_code in (409, 503) else answer

    answers = await asyncio.gather(*(eventually(send) for _ in range(6)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert await database["conversations"].count_documents({}) == 1
    assert await database["outbox"].count_documents({}) == 2


async def test_a_whole_talk_with_lists_and_counts(door: Any, client: httpx.AsyncClient, issuer: Issuer) -> None:
    inquiry = await door.guest_asks()
    path = f"/v1/inquiries/{inquiry['id']}"
    seller = issuer.bearer("member-1", "seller", seller_ids=["seller-1"])
    guest = issuer.link(inquiry["id"], inquiry["buyer"]["id"], "guest")

    listed = (await client.get("/v1/inquiries?state=awaiting_seller", headers=seller)).json()
    assert [item["id"] for item in listed["items"]] == [inquiry["id"]]
    assert (await client.get("/v1/inquiries/counts", headers=seller)).json()["awaiting_seller"] == 1

    closed = await client.post(f"{path}/reply-and-close", json={"text": "Yes."}, headers={**seller, "if-match": '"1"'})
    assert (closed.status_code, closed.json()["state"]) == (200, "closed")
    seen = (await client.get(path, headers=guest)).json()
    assert [message["text"] for message in seen["messages"]] == ["Does it dim?", "Yes."]
    assert "reopen" in seen["may"]

    reopened = await client.post(f"{path}/reply", json={"text": "And in green?"}, headers=guest)
    assert (reopened.json()["state"], reopened.headers["etag"]) == ("awaiting_seller", '"4"')
    assert (await client.get("/v1/inquiries/counts", headers=seller)).json()["awaiting_seller"] == 1


async def test_a_board_shows_nothing_of_other_shops_guests_or_markets(door: Any, client: httpx.AsyncClient, issuer: Issuer) -> None:
    inquiry = await door.guest_asks()
    strangers = [
        issuer.bearer("member-9", "seller", seller_ids=["seller-9"]),
        issuer.bearer("buyer-1", "buyer"),
        issuer.bearer("agent-9", "support", markets=["fast"]),
    ]

    for stranger in strangers:
        assert (await client.get("/v1/inquiries", headers=stranger)).json()["items"] == []
        foreign = await client.get(f"/v1/inquiries/{inquiry['id']}", headers=stranger)
        unknown = await client.get("/v1/inquiries/i-0", headers=stranger)
        assert (foreign.status_code, foreign.content) == (404, unknown.content)


async def test_the_page_behind_the_link_shows_the_question(door: Any, client: httpx.AsyncClient, issuer: Issuer) -> None:
    inquiry = await door.guest_asks(text="Does <b>it</b> dim?")
    token = issuer.link(inquiry["id"], inquiry["buyer"]["id"], "guest")["authorization"].removeprefix("Link ")

    followed = await client.get(f"/l/{token}", follow_redirects=True)

    assert followed.status_code == 200
    assert token not in str(followed.url)
    assert "Does &lt;b&gt;it&lt;/b&gt; dim?" in followed.text
    assert "zoe@example.org" not in followed.text


@pytest.mark.parametrize("driver", ["motor", "pymongo"])
async def test_both_drivers_keep_the_same_documents(settings: InquiriesSettings, page: Any, issuer: Issuer, driver: str) -> None:
    client = connect(settings.mongodb_uri.get_secret_value(), driver=driver, app="inquiries-tests")
    transact = transactions(settings)(client[settings.mongodb_database])
    zoe, nobody = Guest(id="guest-1", name="Zoë", email="zoe@example.org"), Person(party_id="guest-1", is_buyer=True)
    question = Question(context=Context(seller_id="seller-1", market="de", product_id="product-1"), text="Hello?", guest=zoe)

    seat = await transact(ask, "i-1", asked(nobody), question)
    view = await transact(look, "i-1", Person(party_id="member-1", seller_ids=frozenset({"seller-1"})))

    assert view.conversation == seat.conversation
    assert (view.names["guest-1"], view.conversation.language) == ("Zoë", "de")
    await close(client)
