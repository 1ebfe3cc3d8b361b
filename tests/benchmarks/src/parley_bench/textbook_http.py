"""The textbook of B1: a FastAPI route that opens a transaction, looks, writes the ticket, its message and its event, and commits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import uuid4

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from parley_chassis.auth import Authenticator, Principal
from parley_chassis.mongo import Database, close, connect
from parley_chassis.mongo.driver import session, start_transaction
from parley_chassis.probes import Readiness
from pydantic import BaseModel, Field
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern
from ticketing.settings import TicketingSettings


class NewTicket(BaseModel):
    """What a buyer asks."""

    order_id: str
    line_ids: list[str] = Field(min_length=1)
    problem_type: str
    text: str


class Ticket(BaseModel):
    """What is answered."""

    id: str
    number: str
    order_id: str
    seller_id: str
    state: str


def textbook_app(settings: TicketingSettings, authenticator: Authenticator) -> FastAPI:
    """One route, as one would write it."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        client = connect(settings.mongodb_uri.get_secret_value(), driver="pymongo", app="textbook")
        app.state.database = client[settings.mongodb_database]
        yield
        await close(client)

    app = FastAPI(lifespan=lifespan)
    app.state.readiness = Readiness()

    async def buyer(token: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]) -> Principal:
        return await authenticator.from_bearer(token.credentials)

    @app.post("/v1/tickets", status_code=201)
    async def open_ticket(new: NewTicket, person: Annotated[Principal, Depends(buyer)]) -> list[Ticket]:
        database: Database = app.state.database
        async with session(database.client) as opened:
            await start_transaction(opened, read=ReadConcern("snapshot"), write=WriteConcern(w="majority", j=True), max_commit_ms=3_000)
            tickets = [await _open(database, opened, row) for row in await _tickets(database, opened, new, person)]
            await opened.commit_transaction()
        return tickets

    return app


async def _tickets(database: Database, opened: Any, new: NewTicket, person: Principal) -> list[dict[str, Any]]:
    """A ticket for each seller of the lines, where none is open about the order."""
    order = await database["orders"].find_one({"_id": new.order_id}, session=opened)
    if order is None or order["buyer_id"] != person.party_id:
        raise HTTPException(404)
    found = []
    for seller in sorted({line["seller_id"] for line in order["lines"] if line["id"] in new.line_ids}):
        already = {"about.order_id": new.order_id, "seller_id": seller, "state": {"$ne": "closed"}}
        if await database["conversations"].find_one(already, session=opened):
            raise HTTPException(409)
        found.append({
            "_id": str(uuid4()), "number": uuid4().hex[:8], "about": {"order_id": new.order_id, "line_ids": new.line_ids},
            "seller_id": seller, "buyer_id": person.party_id, "market": order["market"], "problem_type": new.problem_type,
            "state": "awaiting_seller", "sequence": 1, "text": new.text,
        })  # fmt: skip
    return found


async def _open(database: Database, opened: Any, row: dict[str, Any]) -> Ticket:
    ticket = Ticket(id=row["_id"], number=row["number"], order_id=row["about"]["order_id"], seller_id=row["seller_id"], state=row["state"])
    message = {"_id": str(uuid4()), "conversation_id": row["_id"], "author_id": row["buyer_id"], "text": row.pop("text")}
    value = ticket.model_dump_json().encode()
    event = {"_id": str(uuid4()), "key": row["_id"], "type": "parley.ticket.created.v1", "sequence": 1, "value": value}
    await database["conversations"].insert_one(row, session=opened)
    await database["messages"].insert_one(message, session=opened)
    await database["outbox"].insert_one(event, session=opened)
    return ticket
