"""Visits every route of every service as everybody: the table of routes and people, whole."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from parley_conversation.domain.cells import Command
from parley_conversation.domain.states import TABLE
from parley_conversation.domain.words import Role
from parley_conversation.use_cases.commands import OFFERED
from parley_openapi.apps import SETTINGS
from parley_openapi.world import HOLDER, NOBODY, World

# In the order of the columns. yes: neither 401, 403 nor 404; "other" is the same role, of whom nothing here is.
COLUMNS = {
    "nobody": NOBODY,
    "link": HOLDER,
    "buyer": "a buyer",
    "other-buyer": "another buyer",
    "seller": "a seller",
    "other-seller": "another seller",
    "support": "support",
    "other-support": "support of another market",
    "oncall": "an engineer on call",
    "service": "a service",
    "scopeless": "a service without scopes",
}
TO_ALL = "yes yes yes yes yes yes yes yes yes yes yes"
TO_NOBODY = "404 404 404 404 404 404 404 404 404 404 404"
TO_ON_CALL = "401 403 403 403 403 403 403 403 yes 403 403"
TO_THE_MARKETPLACE = "401 403 403 403 403 403 403 403 403 yes 403"

EVERYWHERE = f"""
GET    /openapi.json             | {TO_ALL}
GET    /asyncapi.json            | {TO_ALL}
GET    /schemas/{{type}}.json    | {TO_ALL}
GET    /docs                     | {TO_ALL}
GET    /docs/reference.css       | {TO_ALL}
GET    /livez                    | {TO_NOBODY}
GET    /readyz                   | {TO_NOBODY}
GET    /metrics                  | {TO_NOBODY}
GET    /v1/parked                | {TO_ON_CALL}
GET    /v1/parked/record         | {TO_ON_CALL}
GET    /v1/refused               | {TO_ON_CALL}
GET    /v1/watermark             | {TO_ON_CALL}
GET    /v1/decisions             | {TO_ON_CALL}
POST   /v1/decisions             | {TO_ON_CALL}
GET    /v1/decisions/preview     | {TO_ON_CALL}
GET    /v1/decisions/{{decision_id}} | {TO_ON_CALL}
"""
CONVERSATIONS = f"""
GET    /v1/OF                                      | 401 403 yes yes yes yes yes yes 403 403 403
GET    /v1/OF/counts                               | 401 403 yes yes yes yes yes yes 403 403 403
GET    /v1/OF/{{conversation_id}}                  | 401 yes yes 404 yes 404 yes 404 403 403 403
GET    /v1/OF/{{conversation_id}}/history          | 401 403 403 404 yes 404 yes 404 yes 403 403
GET    /v1/OF/{{conversation_id}}/messages/{{message_id}} | 401 403 403 403 403 403 yes 404 403 yes 403
POST   /v1/OF/{{conversation_id}}/remove-message   | 401 403 403 403 403 403 yes 404 403 yes 403
GET    /v1/OF/reply-templates                      | 401 403 403 403 yes yes yes yes 403 403 403
POST   /v1/OF/reply-templates                      | 401 403 403 403 yes yes yes yes 403 403 403
PUT    /v1/OF/reply-templates/{{template_id}}      | 401 403 403 403 yes 404 404 404 403 403 403
DELETE /v1/OF/reply-templates/{{template_id}}      | 401 403 403 403 yes 404 404 404 403 403 403
POST   /v1/OF/attachments                          | 401 yes yes yes yes yes yes yes 403 403 403
GET    /v1/OF/{{conversation_id}}/images/{{image_id}} | 401 yes yes 404 yes 404 yes 404 403 403 403
GET    /c/{{conversation_id}}/images/{{image_id}}  | 401 yes yes 404 yes 404 yes 404 403 403 403
GET    /c/{{conversation_id}}                      | 401 yes yes 404 yes 404 yes 404 403 403 403
POST   /c/{{conversation_id}}/{{slug}}             | 401 yes yes 404 yes 404 yes 404 403 403 403
GET    /board                                      | 401 403 yes yes yes yes yes yes 403 403 403
GET    /reply-templates                            | 401 403 403 403 yes yes yes yes 403 403 403
POST   /reply-templates                            | 401 403 403 403 yes yes yes yes 403 403 403
GET    /reply-templates/{{template_id}}            | 401 403 403 403 yes 404 404 404 403 403 403
POST   /reply-templates/{{template_id}}            | 401 403 403 403 yes 404 404 404 403 403 403
POST   /reply-templates/{{template_id}}/remove     | 401 403 403 403 yes 404 404 404 403 403 403
GET    /assets/{{digest}}/{{name}}                 | {TO_ALL}
GET    /on-call/parked                             | {TO_ON_CALL}
GET    /on-call/decide                             | {TO_ON_CALL}
POST   /on-call/decide                             | {TO_ON_CALL}
GET    /l/{{token}}                                | {TO_ALL}
POST   /l/renew                                    | {TO_ALL}
POST   /session                                    | {TO_ALL}
POST   /session/end                                | {TO_ALL}
PUT    /v1/marketplace/OF/{{old_id}}               | {TO_THE_MARKETPLACE}
POST   /v1/OF/{{conversation_id}}/revoke-links     | 401 yes yes 404 yes 404 yes 404 403 403 403
POST   /v1/OF/revoke-links                         | 401 403 yes yes yes yes yes yes 403 403 403
"""
WRITTEN = {
    "ticketing": f"""
POST   /v1/tickets                                 | 401 403 yes 404 403 403 403 403 403 403 403
GET    /v1/tickets/{{conversation_id}}/order       | 401 403 yes 404 yes 404 yes 404 403 403 403
GET    /v1/orders/{{order_id}}                     | 401 403 yes 404 yes 404 yes 404 403 403 403
GET    /v1/orders/{{order_id}}/history             | 401 403 403 404 yes 404 yes 404 yes 403 403
POST   /v1/orders/{{order_id}}/notes               | 401 403 403 404 yes 404 403 404 403 403 403
GET    /orders/{{order_id}}                        | 401 403 yes 404 yes 404 yes 404 403 403 403
POST   /orders/{{order_id}}                        | 401 403 403 404 yes 404 403 404 403 403 403
GET    /orders/{{order_id}}/tickets/new            | 401 403 yes 404 403 403 403 403 403 403 403
POST   /orders/{{order_id}}/tickets/new            | 401 403 yes 404 403 403 403 403 403 403 403
PUT    /v1/marketplace/parties/{{id}}              | {TO_THE_MARKETPLACE}
DELETE /v1/marketplace/parties/{{id}}              | {TO_THE_MARKETPLACE}
PUT    /v1/marketplace/orders/{{id}}               | {TO_THE_MARKETPLACE}
DELETE /v1/marketplace/orders/{{id}}               | {TO_THE_MARKETPLACE}
POST   /v1/marketplace                             | {TO_THE_MARKETPLACE}
""",
    "inquiries": """
POST   /v1/inquiries                               | yes yes yes yes 403 yes 403 403 403 403 403
GET    /questions/new                              | yes yes yes yes 403 yes 403 403 403 403 403
POST   /questions/new                              | yes yes yes yes 403 yes 403 403 403 403 403
""",
    "notifier": f"""
GET    /v1/deliveries                              | 401 403 403 403 403 403 yes yes yes 403 403
GET    /v1/deliveries/{{delivery_id}}              | 401 403 403 403 403 403 yes 404 yes 403 403
GET    /v1/deliveries/{{delivery_id}}/resend       | 401 403 403 403 403 403 yes 404 yes 403 403
POST   /v1/deliveries/{{delivery_id}}/resend       | 401 403 403 403 403 403 yes 404 yes 403 403
GET    /v1/suppressed-addresses                    | 401 403 403 403 403 403 yes yes yes 403 403
GET    /v1/suppressed-addresses/{{address_id}}     | 401 403 403 403 403 403 yes 404 yes 403 403
POST   /v1/suppressed-addresses/{{address_id}}/lift | 401 403 403 403 403 403 yes 404 yes 403 403
GET    /v1/interventions                           | 401 403 403 403 403 403 yes yes yes 403 403
GET    /v1/mail-pauses                             | {TO_ON_CALL}
POST   /v1/mail-pauses                             | {TO_ON_CALL}
GET    /v1/mail-pauses/{{scope}}                   | {TO_ON_CALL}
POST   /v1/mail-pauses/{{scope}}/lift              | {TO_ON_CALL}
""",
    "sla-monitor": f"""
GET    /v1/responses                               | 401 403 403 403 yes yes yes yes yes yes 403
GET    /v1/responses/counts                        | 401 403 403 403 yes yes yes yes yes yes 403
GET    /v1/responses/{{cycle_id}}                  | 401 403 403 403 yes 404 yes 404 yes yes 403
GET    /v1/sellers/{{seller_id}}/performance       | 401 403 403 403 yes 404 yes 404 yes yes 403
GET    /sellers/{{seller_id}}                      | 401 403 403 403 yes 404 yes 404 yes yes 403
GET    /assets/{{digest}}/{{name}}                 | {TO_ALL}
GET    /on-call/parked                             | {TO_ON_CALL}
GET    /on-call/decide                             | {TO_ON_CALL}
POST   /on-call/decide                             | {TO_ON_CALL}
POST   /session                                    | {TO_ALL}
POST   /session/end                                | {TO_ALL}
GET    /responses/{{cycle_id}}                     | 401 403 403 403 yes 404 yes 404 yes yes 403
GET    /on-call                                    | {TO_ON_CALL}
GET    /on-call/overdue                            | {TO_ON_CALL}
GET    /on-call/excuses                            | {TO_ON_CALL}
POST   /on-call/excuses                            | {TO_ON_CALL}
GET    /v1/frozen-clocks                           | {TO_ON_CALL}
GET    /v1/excuses                                 | {TO_ON_CALL}
POST   /v1/excuses                                 | {TO_ON_CALL}
GET    /v1/excuses/preview                         | {TO_ON_CALL}
""",
}
TO_ITS_SELLER = "401 403 403 403 yes 404 403 403 403 403 403"
MERCHANTS = f"""
GET    /api/v2/OF                                  | {TO_ITS_SELLER}
GET    /api/v2/OF/get-action-required              | 401 403 403 403 yes yes 403 403 403 403 403
POST   /api/v2/OF/reply                            | {TO_ITS_SELLER}
POST   /api/v2/OF/close                            | {TO_ITS_SELLER}
POST   /api/v2/OF/appeal-to-wish-support           | {TO_ITS_SELLER}
POST   /api/v2/OF/re-open                          | {TO_ITS_SELLER}
"""
NAMES = {"ticketing": "tickets", "inquiries": "inquiries"}
WORDS = {"ticketing": "ticket", "inquiries": "inquiry"}
LINK_OF_A_BUYER = {Command.REPLY, Command.CLOSE, Command.REOPEN, Command.RATE}
IN_QUERY = {f"/api/v2/{word}": "id={conversation_id}" for word in WORDS.values()} | {"/questions/new": "context={page}"}
"""Routes of which something is named behind the question mark."""

NOT_ROUTES = ("/livez", "/readyz", "/metrics")
"""They have a port of their own."""


@dataclass(frozen=True)
class Row:
    """A route, and what each of the people is answered."""

    method: str
    path: str
    cells: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def rows(service: str) -> Iterator[Row]:
    """What asks for nothing comes first, what revokes the links that others ask with last."""
    yield from _read(EVERYWHERE + WRITTEN[service])
    if service in NAMES:
        yield from _commands(f"/v1/{NAMES[service]}", without=set() if service == "ticketing" else {Command.REFUND})
        yield from _read(CONVERSATIONS.replace("/OF", f"/{NAMES[service]}"))
        yield from _read(MERCHANTS.replace("/OF", f"/{WORDS[service]}"))


def _read(written: str) -> Iterator[Row]:
    for line in filter(None, written.splitlines()):
        route, cells = line.split("|")
        yield Row(*route.split(), dict(zip(COLUMNS, cells.split(), strict=True)))


def _commands(path: str, *, without: set[Command]) -> Iterator[Row]:
    for command in sorted(OFFERED - {Command.REMOVE_MESSAGE} - without):
        may = {role for row in TABLE if row.command is command for role in row.roles}
        link = "yes" if command in LINK_OF_A_BUYER else "403"
        own = ["yes" if role in may else "403" for role in (Role.BUYER, Role.SELLER, Role.SUPPORT)]
        cells = ["401", link, own[0], "404", own[1], "404", own[2], "404", "403", "403", "403"]
        yield Row("POST", f"{path}/{{conversation_id}}/{command.value.replace('_', '-')}", dict(zip(COLUMNS, cells, strict=True)))


def routes(world: World) -> set[tuple[str, str]]:
    """All that the application answers, in its document or not."""
    documented = {(method.upper(), path) for path, item in world.app.openapi()["paths"].items() for method in item}
    hidden = (route for route in _flat(world.app.routes) if not route.include_in_schema)
    return documented | {(method, route.path) for route in hidden for method in route.methods - {"HEAD"}}


def _flat(routes: Any) -> Iterator[Any]:
    for each in routes:
        yield from _flat(each.original_router.routes) if hasattr(each, "original_router") else [each]


@pytest.mark.parametrize("service", SETTINGS)
def test_the_table_has_every_route(open_world: Callable[[str], World], service: str) -> None:
    named = [(row.method, row.path) for row in rows(service) if row.path not in NOT_ROUTES]

    assert len(named) == len(set(named))
    assert set(named) == routes(open_world(service))


@pytest.mark.parametrize(("service", "row"), [(service, row) for service in SETTINGS for row in rows(service)], ids=str)
def test_a_route_is_open_to_whom_the_table_says(
    open_world: Callable[[str], World], tally: Counter[tuple[str, str]], service: str, row: Row
) -> None:
    world = open_world(service)

    answers = {column: visit(world, row, who) for column, who in COLUMNS.items()}

    tally.update((f"Cells of routes and people of {service}", answer) for answer in answers.values())
    assert answers == row.cells


def visit(world: World, row: Row, who: str) -> str:
    """What somebody is answered whose request cannot be read, for that is said last; and what they may not see is as if it were not."""
    path = f"{row.path}?{IN_QUERY[row.path]}" if row.path in IN_QUERY else row.path
    what = {"json": body_of(world, path, who)} if row.method in ("POST", "PUT") else {}
    template = 1 if row.method == "DELETE" else 2 if path.endswith("/remove") else 0
    answer = ask(world, row.method, address_of(world, path, template=template), who, **what)
    assert answer.status_code < 500, answer.text
    if answer.status_code == 404:
        absent = re.sub(r"{\w*id}", "not-there", path).replace("{slug}", "reply")
        about = {name: {**body, "id": "not-there"} if "id" in body else body for name, body in what.items()}
        assert answer.json() == ask(world, row.method, absent, who, **about).json()
    return str(answer.status_code) if answer.status_code in (401, 403, 404) else "yes"


def ask(world: World, method: str, path: str, who: str, **what: Any) -> Any:
    return world.client.request(method, path, headers=world.headers_of(who), allow_redirects=False, **what)


def address_of(world: World, path: str, *, template: int = 0) -> str:
    """The first of each that there is, but of templates the one that is named: who removes one takes it from the others."""
    conversation = world.known["conversation_id"][0]
    here = {**world.known, **world.on_call, **world.conversations[conversation]}
    known = {name: values[0] for name, values in here.items()}
    known |= {"template_id": world.known["template_id"][template]} if "{template_id}" in path else {}
    known |= {
        "page": world.known.get("context", [""])[-1],
        "type": "parley.ticket.created.v1",
        "slug": "reply",
        "old_id": "x-1",
        "id": "x-1",
    }
    if "{token}" in path:
        known["token"] = world.link(conversation)["authorization"].split()[1]
    if "{digest}" in path:
        return re.findall(r'"(/assets/[^"]+)"', world.client.get("/nothing", headers={"accept": "text/html"}).text)[0]
    return path.format(**known)


def body_of(world: World, path: str, who: str) -> Any:
    """What no route takes, but where the body says what it is about."""
    if path == "/v1/tickets":
        return {"order_id": world.known["order_id"][-1], "line_ids": ["line-1"], "problem_type": "order_status", "text": "Where is it?"}
    if path == "/v1/orders/{order_id}/notes":
        return {"text": "Packed.", "to_customer": False}
    if path == "/v1/inquiries":
        guest = {"guest": {"name": "Zoë", "email": "zoe@example.org"}} if who in (NOBODY, HOLDER) else {}
        return {"context": world.known["context"][-1], "text": "Does it dim?", **guest}
    if path.startswith("/api/v2/"):
        return {"id": world.known["conversation_id"][0], "more": 7}
    return [7]
