"""The life of a ticket over HTTP on a real database: every command once, and no gap in its events."""

import asyncio
from typing import Any

import httpx
import pytest
from parley_chassis.mongo import Database, Transactions
from parley_conversation.domain.waits import Expected
from parley_conversation.domain.words import Side
from parley_conversation.store import Writers
from parley_conversation.testing.builders import NOW
from parley_conversation.testing.issuer import Issuer
from parley_conversation.use_cases import reactions
from ticketing.publishing import published, told
from ticketing.store import MongoTickets
from ticketing.testing import A_MARKET, an_order

Transact = Transactions[MongoTickets]


@pytest.fixture
async def transact(database: Database) -> Transact:
    """The runner beside the application, with an order in place."""
    transact = Transactions(
        database, lambda unit: MongoTickets(unit, markets={"de": A_MARKET}, writers=Writers(), publish=published, tell=told)
    )

    async def keep(tx: MongoTickets) -> None:
        tx.orders.put(an_order())

    await transact(keep)
    return transact


class People:
    """Somebody of each role, sending commands about one ticket with the version that they have read."""

    def __init__(self, client: httpx.AsyncClient, issuer: Issuer) -> None:
        self._client = client
        self._headers = {
            "buyer": issuer.bearer("buyer-1", "buyer"),
            "seller": issuer.bearer("member-1", "seller", seller_ids=["seller-1"]),
            "support": issuer.bearer("agent-1", "support", markets=["de"]),
        }
        self.url = "/v1/tickets"

    async def open(self, **headers: str) -> httpx.Response:
        body = {"order_id": "order-1", "line_ids": ["line-1"], "problem_type": "tracking", "text": "Where is it?"}
        answer = await self._client.post("/v1/tickets", json=body, headers={**self._headers["buyer"], **headers})
        self.url = answer.headers.get("location", self.url)
        return answer

    async def read(self, who: str) -> httpx.Response:
        return await self._client.get(self.url, headers=self._headers[who])

    async def do(self, who: str, command: str, **body: Any) -> str:
        etag = (await self.read(who)).headers["etag"]
        answer = await self._client.post(f"{self.url}/{command}", json=body, headers={**self._headers[who], "if-match": etag})
        assert answer.status_code == 200, answer.text
        state: str = answer.json()["state"]
        return state


async def test_a_ticket_goes_through_everything_that_can_happen_to_it(
    client: httpx.AsyncClient, issuer: Issuer, database: Database, transact: Transact
) -> None:
    people = People(client, issuer)
    await people.open()

    assert await people.do("seller", "note", text="Ask the carrier", visibility="internal") == "awaiting_seller"
    assert await people.do("seller", "reply", text="It is on its way.") == "awaiting_buyer"
    assert await people.do("buyer", "reply", text="Since when?") == "awaiting_seller"
    assert await people.do("seller", "appeal", text="The carrier lost it.") == "awaiting_support"
    assert await people.do("support", "acknowledge") == "awaiting_support"
    assert await people.do("support", "hand-back", text="Please send another.") == "awaiting_seller"
    assert await people.do("seller", "reply-and-close", text="We send another.") == "closed"
    assert await people.do("buyer", "reopen") == "awaiting_seller"
    await announce(transact, people.url.rpartition("/")[2])
    assert await people.do("seller", "no-response-needed", reason="thanks", close=True) == "closed"
    assert await people.do("buyer", "reply", text="It came broken.") == "awaiting_seller"
    assert await people.do("support", "reply", text="We look into it.") == "awaiting_buyer"
    assert await people.do("support", "take-over") == "awaiting_support"
    assert await people.do("support", "close", reason="solved") == "closed"

    rows = await database["outbox"].find({"key": people.url.rpartition("/")[2]}).sort("sequence", 1).to_list(None)
    assert [row["sequence"] for row in rows] == list(range(1, len(rows) + 1))
    assert [row["type"].removeprefix("parley.").removesuffix(".v1") for row in rows] == [
        "ticket.created",
        "reply.posted",
        "reply.posted",
        "reply.posted",
        "ticket.escalated",
        "ticket.acknowledged",
        "ticket.handed_back",
        "reply.posted",
        "ticket.closed",
        "ticket.reopened",
        "response.waived",
        "ticket.closed",
        "ticket.reopened",
        "ticket.escalated",
        "ticket.acknowledged",
        "reply.posted",
        "ticket.escalated",
        "ticket.acknowledged",
        "ticket.closed",
    ]
    texts = {who: [message["text"] for message in (await people.read(who)).json()["messages"]] for who in ("buyer", "seller", "support")}
    assert len(texts["buyer"]) == 6
    assert set(texts["seller"]) - set(texts["buyer"]) == {"Ask the carrier", "The carrier lost it.", "Please send another."}
    assert texts["support"] == texts["seller"]


async def announce(transact: Transact, ticket_id: str) -> None:
    """The response clock's word about the wait that is open, in time for a waiver."""

    async def announce(tx: MongoTickets) -> None:
        ticket = await tx.conversations.get(ticket_id)
        assert ticket is not None
        assert ticket.wait is not None
        due = ticket.wait.since.replace(year=ticket.wait.since.year + 1)
        await reactions.expect(tx, ticket_id, Expected(owed_by=Side.SELLER, opened_by=ticket.wait.opened_by, start=NOW, due=due))

    await transact(announce)


async def test_a_ticket_that_is_opened_by_many_clicks_with_one_key_is_one(
    client: httpx.AsyncClient, issuer: Issuer, database: Database, transact: Transact
) -> None:
    people = People(client, issuer)

    answers = await asyncio.gather(*(people.open(**{"idempotency-key": "one-form"}) for _ in range(6)))

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert {answer.json()["type"] for answer in answers if answer.status_code == 409} <= {"/problems/request-running"}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert await database["conversations"].count_documents({}) == 1


async def test_what_is_stored_for_repeated_requests_holds_no_text_and_no_name(
    client: httpx.AsyncClient, issuer: Issuer, database: Database, transact: Transact
) -> None:
    people = People(client, issuer)
    await people.open(**{"idempotency-key": "k"})

    (stored,) = await database["commands"].find({}).to_list(None)
    (row,) = await database["outbox"].find({}).to_list(None)

    assert "Where" not in str(stored)
    assert b"Where" not in row["value"]
