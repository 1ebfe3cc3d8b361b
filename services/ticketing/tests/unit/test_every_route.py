"""Visits every route of tickets as everybody: the table of routes and roles, whole."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from parley_conversation.domain.cells import Command
from parley_conversation.domain.images import Image, Upload
from parley_conversation.domain.states import TABLE
from parley_conversation.domain.templates import Owner, ReplyTemplate
from parley_conversation.domain.words import Role
from parley_conversation.ports import Posted
from parley_conversation.testing.builders import NOW, a_conversation, a_message
from parley_conversation.testing.doubles import InMemory
from parley_conversation.testing.images import KeptImage
from parley_conversation.testing.issuer import Issuer
from parley_conversation.use_cases.commands import OFFERED
from ticketing.testing import InMemoryTicketing

Memory = InMemory[InMemoryTicketing]

# In the order of the columns. yes: neither 401, 403 nor 404; "other" is the same role, of whom neither ticket nor order is.
COLUMNS = ["nobody", "link", "buyer", "other-buyer", "seller", "other-seller", "support", "other-support", "oncall", "service", "scopeless"]
WRITTEN = """
POST   /v1/tickets                                    | 401 403 yes 404 403 403 403 403 403 403 403
GET    /v1/tickets                                    | 401 403 yes yes yes yes yes yes 403 403 403
GET    /v1/tickets/counts                             | 401 403 yes yes yes yes yes yes 403 403 403
GET    /v1/tickets/{conversation_id}                  | 401 yes yes 404 yes 404 yes 404 403 403 403
GET    /v1/tickets/{conversation_id}/order            | 401 403 yes 404 yes 404 yes 404 403 403 403
GET    /v1/tickets/{conversation_id}/history          | 401 403 403 404 yes 404 yes 404 yes 403 403
GET    /v1/tickets/{conversation_id}/messages/{message_id} | 401 403 403 403 403 403 yes 404 403 yes 403
POST   /v1/tickets/{conversation_id}/remove-message   | 401 403 403 403 403 403 yes 404 403 yes 403
POST   /v1/tickets/{conversation_id}/revoke-links     | 401 yes yes 404 yes 404 yes 404 403 403 403
GET    /v1/tickets/reply-templates                    | 401 403 403 403 yes yes yes yes 403 403 403
POST   /v1/tickets/reply-templates                    | 401 403 403 403 yes yes yes yes 403 403 403
PUT    /v1/tickets/reply-templates/{template_id}      | 401 403 403 403 yes 404 404 404 403 403 403
DELETE /v1/tickets/reply-templates/{template_id}      | 401 403 403 403 yes 404 404 404 403 403 403
POST   /v1/tickets/attachments                        | 401 yes yes yes yes yes yes yes 403 403 403
GET    /v1/tickets/{conversation_id}/images/{image_id} | 401 yes yes 404 yes 404 yes 404 403 403 403
POST   /v1/tickets/revoke-links                       | 401 403 yes yes yes yes yes yes 403 403 403
GET    /v1/orders/{order_id}                          | 401 403 yes 404 yes 404 yes 404 403 403 403
POST   /v1/orders/{order_id}/notes                    | 401 403 403 404 yes 404 403 404 403 403 403
GET    /api/v2/ticket                                 | 401 403 403 403 yes 404 403 403 403 403 403
GET    /api/v2/ticket/get-action-required             | 401 403 403 403 yes yes 403 403 403 403 403
POST   /api/v2/ticket/reply                           | 401 403 403 403 yes 404 403 403 403 403 403
POST   /api/v2/ticket/close                           | 401 403 403 403 yes 404 403 403 403 403 403
POST   /api/v2/ticket/appeal-to-wish-support          | 401 403 403 403 yes 404 403 403 403 403 403
POST   /api/v2/ticket/re-open                         | 401 403 403 403 yes 404 403 403 403 403 403
"""
LINK_OF_A_BUYER = {Command.REPLY, Command.CLOSE, Command.REOPEN, Command.RATE}
ASKED = {"order_id": "order-1", "line_ids": ["line-1"], "problem_type": "order_status", "text": "Where is it?"}


def table() -> Iterator[tuple[str, str, list[str]]]:
    for line in filter(None, WRITTEN.splitlines()):
        route, cells = line.split("|")
        method, path = route.split()
        yield method, path, cells.split()
    for command in sorted(OFFERED - {Command.REMOVE_MESSAGE}):
        may = {role for row in TABLE if row.command is command for role in row.roles}
        link = "yes" if command in LINK_OF_A_BUYER else "403"
        own = ["yes" if role in may else "403" for role in (Role.BUYER, Role.SELLER, Role.SUPPORT)]
        cells = ["401", link, own[0], "404", own[1], "404", own[2], "404", "403", "403", "403"]
        yield "POST", f"/v1/tickets/{{conversation_id}}/{command.value.replace('_', '-')}", cells


def inlet(app: FastAPI) -> Iterator[tuple[str, str, list[str]]]:
    """The marketplace's own routes are all alike."""
    for method, path in routes(app):
        if path.startswith("/v1/marketplace"):
            yield method, path, ["401", *["403"] * 8, "yes", "403"]


def routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    for path, methods in app.openapi()["paths"].items():
        if path.startswith(("/v1/", "/api/")):
            yield from ((method.upper(), path) for method in methods)


@pytest.fixture
def everybody(issuer: Issuer) -> dict[str, dict[str, str]]:
    return {
        "nobody": {},
        "link": issuer.link("c-1", "buyer-1", "buyer"),
        "buyer": issuer.bearer("buyer-1", "buyer"),
        "other-buyer": issuer.bearer("buyer-9", "buyer"),
        "seller": issuer.bearer("member-1", "seller", seller_ids=["seller-1"]),
        "other-seller": issuer.bearer("member-9", "seller", seller_ids=["seller-9"]),
        "support": issuer.bearer("agent-1", "support", markets=["de"]),
        "other-support": issuer.bearer("agent-9", "support", markets=["fast"]),
        "oncall": issuer.bearer("engineer", "oncall"),
        "service": issuer.bearer("indexer", "service", scope="inlet texts stats"),
        "scopeless": issuer.bearer("indexer", "service"),
    }


@pytest.mark.parametrize("columns", [COLUMNS], ids=[f"{len(list(table())) * len(COLUMNS)} cells of table 2 beside the inlet's"])
def test_the_table_names_every_route_of_tickets(app: FastAPI, columns: list[str]) -> None:
    assert all(len(cells) == len(columns) for _, _, cells in (*table(), *inlet(app)))
    named = [(method, path) for method, path, _ in (*table(), *inlet(app))]

    assert sorted(named) == sorted(routes(app))


async def visit(client: AsyncClient, transact: Memory, method: str, path: str, headers: dict[str, str]) -> str:
    """What somebody is answered who has read an old version, so that nothing changes."""
    transact.tables["conversations"] = {"c-1": a_conversation()}
    transact.tables["messages"] = {("c-1", 1): Posted(message=a_message(Role.BUYER, id="m-1"), sequence=1, at=NOW)}
    image = Upload(image=Image(id="i-1", width=1, height=1, size=1), owner_id="buyer-1", taken={"c-1": "m-1"})
    transact.tables["images"] = {"i-1": KeptImage(image, b"RIFF", NOW)}
    transact.tables["reply_templates"] = {"t-1": ReplyTemplate(id="t-1", owner=Owner(seller_id="seller-1"), title="Hi", text="Hi")}
    here = {"conversation_id": "c-1", "message_id": "m-1", "image_id": "i-1", "template_id": "t-1", "order_id": "order-1"}
    address = path.format(**here, id="x-1", old_id="x-1")
    bodies = {"/v1/tickets": ASKED, "/v1/orders/{order_id}/notes": {"text": "Packed.", "to_customer": False}}
    named = {"id": "c-1"} if path.startswith("/api/") else {}
    body = {"json": bodies.get(path, named)} if method in ("POST", "PUT") else {"params": named}
    answer = await client.request(method, address, headers={**headers, "if-match": '"99"'}, **body)
    assert answer.status_code < 500, answer.text
    return str(answer.status_code) if answer.status_code in (401, 403, 404) else "yes"


async def check(client: AsyncClient, transact: Memory, everybody: dict[str, dict[str, str]], row: tuple[str, str, list[str]]) -> None:
    method, path, cells = row
    found = [await visit(client, transact, method, path, everybody[who]) for who in COLUMNS]

    assert dict(zip(COLUMNS, found, strict=True)) == dict(zip(COLUMNS, cells, strict=True))


@pytest.mark.parametrize("row", list(table()), ids=lambda row: f"{row[0]} {row[1]}")
async def test_a_route_is_open_to_whom_the_table_says(
    client: AsyncClient, transact: Memory, everybody: dict[str, dict[str, str]], row: tuple[str, str, list[str]]
) -> None:
    await check(client, transact, everybody, row)


async def test_what_the_marketplace_says_is_taken_from_its_own_service_alone(
    client: AsyncClient, app: FastAPI, transact: Memory, everybody: dict[str, dict[str, str]]
) -> None:
    for row in inlet(app):
        await check(client, transact, everybody, row)
