"""An application with something in its database, the people who may ask it, and the names of what is there."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, cast

from fastapi import FastAPI
from hypothesis import strategies as st
from parley_chassis.links import LinkClaims, Links
from parley_contracts.envelope import timestamp
from parley_local import issuer, keys
from PIL import Image
from schemathesis import Case, SerializationContext, openapi, serializer
from schemathesis.openapi import from_dict
from schemathesis.python.asgi import ASGIClient, get_client, shutdown_lifespans

from parley_openapi.apps import NOWHERE, app_of
from parley_openapi.seeds import ORDERS_KNOWN, seed

# JSON Schema has no words for the first and the last time that something may have.
_BEGAN = datetime(2025, 12, 1, tzinfo=UTC)
openapi.format("date-time", st.timedeltas(timedelta(), timedelta(days=90)).map(lambda later: timestamp(_BEGAN + later)))


@serializer("application/x-ndjson")
def _lines(context: SerializationContext, value: Any) -> bytes:
    """Text goes out as it is."""
    return str(value).encode(errors="replace")


Headers = Mapping[str, str]
Known = dict[str, list[Any]]

BUYER, SELLER, MARKET = "buyer-4711", "shop-88", "de"
"""The people of the contract's examples."""

EVERYBODY, HOLDER, NOBODY = "somebody with every role", "the holder of a link", "nobody"
"""Who passes every gate of a role, so that what lies behind is reached; and who passes few, and none."""

_SAID = [{"at": "2026-03-02T10:00:00Z", "by": "buyer", "text": "Where is it?"}]
_ANSWERED = [*_SAID, {"at": "2026-03-02T11:00:00Z", "by": "seller", "text": "On its way."}]
_STATES: tuple[Mapping[str, Any], ...] = ({"messages": _SAID}, {"messages": _ANSWERED}, {"messages": _ANSWERED, "closed_by": "buyer"})
"""One that waits, one that was answered, one that is closed."""
_CONVERSATIONS = 24


@dataclass(frozen=True)
class World:
    """One service, in this process, on a real database."""

    service: str
    app: FastAPI
    schema: Any
    client: ASGIClient
    people: Mapping[str, Headers]
    link: Callable[[str], Headers]
    """A fresh link of the buyer's to a conversation: the ones before it may have been revoked."""
    known: Known
    """By the name of a parameter or a field, values that mean something here."""
    on_call: Known
    """The same to the engineer on call alone."""
    conversations: Mapping[str, Known]
    """The same in one conversation."""

    def headers_of(self, who: str) -> Headers:
        """What somebody sends to say who they are."""
        return self.link(self.known["conversation_id"][0]) if who == HOLDER else self.people[who]

    def known_in(self, case: Case[Any]) -> Known:
        """What names can stand for in a request."""
        here = self.conversations.get(str(case.path_parameters.get("conversation_id")), {})
        if case.path.startswith("/api/v2/"):
            return {**self.known, "id": self.known["conversation_id"]}
        return {**self.known, **here, **(self.on_call if "on-call" in (case.operation.tags or ()) else {})}


@contextmanager
def world_of(service: str, folder: Path, mongodb_uri: str, database: str) -> Iterator[World]:
    """The service with orders, conversations, mails, waits and parked records, as far as it keeps them."""
    app = app_of(service, folder, NOWHERE | {"MONGODB_URI": mongodb_uri, "MONGODB_DATABASE": database})
    asyncio.run(seed(service, app.state.settings))
    schema = from_dict(app.openapi())
    schema.app = app
    try:
        with get_client(cast(Any, app)) as client:
            people = _people(folder)
            asking = _Asking(client, people, folder)
            known: Known = {"if-match": ['"1"', '"2"'], "market": [MARKET], "seller_id": [SELLER], **_FILL[service](asking)}
            conversations = {id: _conversation(asking, service, id) for id in known["conversation_id"]}
            yield World(service, app, schema, client, people, partial(_link, folder), known, _parked(asking), conversations)
    finally:
        shutdown_lifespans()


@dataclass(frozen=True)
class _Asking:
    """Requests that must succeed, for the world to be there."""

    client: ASGIClient
    people: Mapping[str, Headers]
    folder: Path

    def __call__(self, who: str, method: str, path: str, *, type: str = "application/json", **what: Any) -> Any:
        answer = self.client.request(method, path, headers={**self.people[who], "content-type": type}, **what)
        assert answer.status_code < 300, (method, path, answer.status_code, answer.text)
        return answer.json()


def _people(folder: Path) -> dict[str, Headers]:
    def signed_in(id: str, *roles: str, **claims: Any) -> Headers:
        return {"authorization": f"Bearer {issuer.sign_in(folder, {'sub': id, 'roles': roles, **claims})}"}

    shop, market = {"seller_ids": [SELLER]}, {"markets": [MARKET]}
    return {
        EVERYBODY: signed_in(BUYER, "buyer", "seller", "support", "oncall", "service", **shop, **market, scope="inlet texts stats"),
        "a buyer": signed_in(BUYER, "buyer"),
        "a seller": signed_in("member-3", "seller", **shop),
        "support": signed_in("agent-1", "support", **market),
        "an engineer on call": signed_in("sam", "oncall"),
        "a service": signed_in("shop", "service", scope="inlet texts stats"),
        HOLDER: {},
        NOBODY: {},
        "another buyer": signed_in("buyer-9", "buyer"),
        "another seller": signed_in("member-9", "seller", seller_ids=["shop-9"]),
        "support of another market": signed_in("agent-9", "support", markets=["fast"]),
        "a service without scopes": signed_in("indexer", "service"),
    }


def _link(folder: Path, conversation_id: str) -> Headers:
    claims = LinkClaims(conversation_id, BUYER, "buyer", datetime.now(UTC).replace(microsecond=0))
    return {"authorization": f"Link {Links.from_file(keys.link_keys_file(folder)).mint(claims)}"}


def _tickets(ask: _Asking) -> Known:
    """About some of the orders; the others are free for new ones."""
    about = {"problem_type": "tracking", "line_ids": ["line-1"]}
    opened = _brought_in(ask, "tickets", lambda number: about | {"order_id": f"order-{number}"})
    orders = [f"order-{number}" for number in range(ORDERS_KNOWN)]
    lines = [["line-1"], ["line-2"], ["line-1", "line-2"]]
    template = _template(ask, "tickets")
    return {
        "conversation_id": opened,
        "template_id": template,
        "id": [BUYER, *orders[-3:]],
        "order_id": orders[-20:],
        "line_ids": lines,
        "party_id": [BUYER],
    }


def _questions(ask: _Asking) -> Known:
    page = {"market": MARKET, "product_id": "product-5150", "product_title": "Desk lamp"}
    pages = [issuer.context(ask.folder, page | {"seller_id": seller}) for seller in ("shop-91", SELLER)]
    opened = _brought_in(ask, "inquiries", lambda _: {"market": MARKET, "product_id": "product-5150"})
    template = _template(ask, "inquiries")
    return {"conversation_id": opened, "template_id": template, "context": pages, "party_id": [BUYER]}


def _brought_in(ask: _Asking, kind: str, about: Callable[[int], Mapping[str, Any]]) -> list[str]:
    """In every state but the last."""
    opened: list[str] = []
    for number in range(_CONVERSATIONS):
        old = {"buyer_id": BUYER, "seller_id": SELLER, **about(number), **_STATES[number % len(_STATES)]}
        opened.append(ask("a service", "PUT", f"/v1/marketplace/{kind}/old-{number}", json=old)["id"])
    for id in opened[:: 2 * len(_STATES)]:
        ask("a seller", "POST", f"/v1/{kind}/{id}/appeal", json={"text": "The carrier lost it."})
    picture = BytesIO()
    Image.new("RGB", (8, 6), "green").save(picture, "PNG")
    image = ask("a buyer", "POST", f"/v1/{kind}/attachments", data=picture.getvalue(), type="image/png")
    ask("a buyer", "POST", f"/v1/{kind}/{opened[0]}/reply", json={"text": "It looks like this.", "attachments": [image["id"]]})
    return opened


def _template(ask: _Asking, kind: str) -> list[str]:
    """One that stays, and one for each of the two ways to remove one."""
    new = {"title": "On its way", "text": "It is on its way."}
    return [ask("a seller", "POST", f"/v1/{kind}/reply-templates", json=new)["id"] for _ in range(3)]


def _conversation(ask: _Asking, service: str, id: str) -> Known:
    if service not in ("ticketing", "inquiries"):
        return {}
    read = ask("support", "GET", f"/v1/{'tickets' if service == 'ticketing' else service}/{id}")
    images = [image["id"] for message in read["messages"] for image in message["images"]]
    return {"message_id": [each["id"] for each in read["messages"]], "image_id": images, "if-match": [f'"{read["version"]}"'] * 2 + ['"1"']}


def _mails(ask: _Asking) -> Known:
    found = ask("support", "GET", "/v1/deliveries")["deliveries"]
    dead = ask("support", "GET", "/v1/suppressed-addresses")["suppressed"]
    ids = {"delivery_id": found, "address_id": dead}
    return {name: [each["id"] for each in rows] for name, rows in ids.items()} | {"conversation_id": ["ticket-1"], "scope": [MARKET, "all"]}


def _waits(ask: _Asking) -> Known:
    found = ask("support", "GET", "/v1/responses")["items"]
    return {"cycle_id": [each["cycle_id"] for each in found], "conversation_id": ["ticket-1", "ticket-2"]}


def _parked(ask: _Asking) -> Known:
    parked = ask("an engineer on call", "GET", "/v1/parked")["items"]
    assert parked
    decision = {"verb": "republish", "subject": parked[0]["subject"], "reason": "A reader lost it."}
    decided = ask("an engineer on call", "POST", "/v1/decisions", json=decision)
    return {
        "decision_id": [decided["id"]],
        "record": [each["id"] for each in parked],
        **{name: [each[name] for each in parked] for name in ("topic", "subject")},
    }


_FILL: Mapping[str, Callable[[_Asking], Known]] = {
    "ticketing": _tickets,
    "inquiries": _questions,
    "notifier": _mails,
    "sla-monitor": _waits,
}
