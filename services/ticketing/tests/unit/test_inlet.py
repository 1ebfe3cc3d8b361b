"""The inlet: the marketplace's people and orders over HTTP, as its events on the inbound topics."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient, Response
from parley_contracts.envelope import timestamp
from parley_contracts.marketplace import OrderChanged, PartyChanged
from parley_conversation.domain.parties import Party, PartyKind
from parley_conversation.testing.builders import NOW
from parley_conversation.testing.doubles import InMemory
from parley_conversation.testing.issuer import Issuer
from ticketing.domain.marketplace import Word
from ticketing.domain.orders import Order
from ticketing.publishing import told
from ticketing.testing import InMemoryTicketing

Memory = InMemory[InMemoryTicketing]

BUYER: dict[str, Any] = {"id": "b-9", "kind": "buyer", "display_name": "Nora Neu", "email": "nora@example.org", "market": "de"}
LINE = {"id": "l-1", "seller_id": "s-9", "product_id": "p-1", "title": "Teapot", "quantity": 1, "price_minor": 1999}
ORDER: dict[str, Any] = {
    "id": "o-9",
    "number": "0815",
    "buyer_id": "b-9",
    "state": "open",
    "currency": "EUR",
    "market": "de",
    "placed_at": "2026-03-01T10:00:00Z",
    "lines": [LINE],
}
BODIES = {"parties": BUYER, "orders": ORDER}
TYPES = {"parties": PartyChanged.type, "orders": OrderChanged.type}
ROUTES = [*((method, f"/v1/marketplace/{kind}/x") for method in ("PUT", "DELETE") for kind in BODIES), ("POST", "/v1/marketplace")]


@pytest.fixture
def shop(issuer: Issuer) -> dict[str, str]:
    """The header of the marketplace's own programs."""
    return issuer.bearer("shop", "service", scope="inlet")


def said(transact: Memory) -> list[tuple[str, bool, str]]:
    """What was published: about whom, whether it says anything, and the time it has."""
    return [(word.id, word.said is not None, timestamp(at)) for word, at, _ in transact.tables.get("told", {}).values()]


def line(kind: str, data: dict[str, Any] | None, **more: Any) -> str:
    return json.dumps({"type": TYPES[kind], "data": data, **more})


async def send(client: AsyncClient, shop: Mapping[str, str], *lines: str) -> Response:
    return await client.post("/v1/marketplace", content="\n".join(lines), headers={**shop, "content-type": "application/x-ndjson"})


def faults(answer: Response) -> dict[str, str]:
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid")
    return {fault["field"]: fault["message"] for fault in answer.json()["errors"]}


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_it_is_for_services_with_the_scope_alone(client: AsyncClient, issuer: Issuer, method: str, path: str) -> None:
    refused = {
        "nobody": ({}, 401),
        "link": (issuer.link("c-1", "buyer-1", "buyer"), 403),
        "buyer": (issuer.bearer("b", "buyer", scope="inlet"), 403),
        "seller": (issuer.bearer("m", "seller", seller_ids=["s-9"], scope="inlet"), 403),
        "support": (issuer.bearer("a", "support", markets=["de"], scope="inlet"), 403),
        "oncall": (issuer.bearer("e", "oncall", scope="inlet"), 403),
        "another service": (issuer.bearer("x", "service", scope="texts stats"), 403),
    }
    for who, (headers, status) in refused.items():
        for body in (json.dumps(BUYER), "{", '{"wrong": 1}'):
            answer = await client.request(method, path, content=body, headers={**headers, "content-type": "application/json"})
            assert answer.status_code == status, who


@pytest.mark.parametrize("kind", BODIES)
async def test_what_is_told_is_kept_and_published_whole(client: AsyncClient, shop: dict[str, str], transact: Memory, kind: str) -> None:
    body = BODIES[kind]

    answer = await client.put(f"/v1/marketplace/{kind}/{body['id']}?time=2026-03-02T09:00:00.123456Z", json=body, headers=shop)

    assert (answer.status_code, answer.json()) == (200, {"id": body["id"], "time": "2026-03-02T09:00:00.123Z"})
    [(word, at, cause)] = transact.tables["told"].values()
    envelope = told(word, at, cause)
    assert (envelope.type, envelope.subject, envelope.source) == (TYPES[kind], body["id"], "/marketplace")
    assert timestamp(envelope.time) == "2026-03-02T09:00:00.123Z"
    assert json.loads(envelope.value or b"").items() >= {name: value for name, value in body.items() if name not in ("placed_at",)}.items()
    kept = transact.tables[kind][body["id"]]
    assert isinstance(kept, Party | Order)
    assert timestamp(kept.time) == "2026-03-02T09:00:00.123Z"


@pytest.mark.parametrize("kind", BODIES)
async def test_what_is_older_than_what_is_known_is_refused(client: AsyncClient, shop: dict[str, str], transact: Memory, kind: str) -> None:
    path, body = f"/v1/marketplace/{kind}/{BODIES[kind]['id']}", BODIES[kind]
    await client.put(f"{path}?time=2026-03-02T09:00:00Z", json=body, headers=shop)

    same = await client.put(f"{path}?time=2026-03-02T09:00:00Z", json=body, headers=shop)
    older = await client.put(f"{path}?time=2026-03-02T08:59:59.999Z", json=body, headers=shop)
    erased = await client.delete(f"{path}?time=2026-03-02T08:00:00Z", headers=shop)

    assert same.status_code == 200
    for refused in (older, erased):
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/older-than-known")
    assert [time for _, _, time in said(transact)] == ["2026-03-02T09:00:00.000Z"] * 2


async def test_without_a_time_it_is_now_and_never_too_old(client: AsyncClient, shop: dict[str, str], transact: Memory) -> None:
    ahead = timestamp(NOW + timedelta(seconds=20))
    await client.put(f"/v1/marketplace/parties/b-9?time={ahead}", json=BUYER, headers=shop)
    await client.put("/v1/marketplace/parties/b-9", json=BUYER, headers=shop)
    await client.put("/v1/marketplace/orders/o-9", json=ORDER, headers=shop)

    assert said(transact) == [("b-9", True, ahead), ("b-9", True, ahead), ("o-9", True, timestamp(NOW))]


@pytest.mark.parametrize("kind", BODIES)
async def test_an_erasure_is_a_tombstone_for_everybody(client: AsyncClient, shop: dict[str, str], transact: Memory, kind: str) -> None:
    path = f"/v1/marketplace/{kind}/{BODIES[kind]['id']}"
    await client.put(path, json=BODIES[kind], headers=shop)

    assert (await client.delete(path, headers=shop)).status_code == 200

    word, at, cause = list(transact.tables["told"].values())[-1]
    envelope = told(word, at, cause)
    assert (envelope.value, envelope.subject, envelope.type) == (None, BODIES[kind]["id"], TYPES[kind])
    assert transact.tables[kind][BODIES[kind]["id"]] == NOW


async def test_an_order_of_an_erased_buyer_is_told_without_the_address_and_one_of_before_not_at_all(
    client: AsyncClient, shop: dict[str, str], transact: Memory
) -> None:
    home = {"name": "Nora Neu", "lines": ["Weg 1"], "postal_code": "10115", "city": "Berlin", "country": "DE"}
    erased, before = ((NOW - timedelta(hours=hours)).isoformat() for hours in (1, 2))
    await client.delete("/v1/marketplace/parties/b-9", params={"time": erased}, headers=shop)

    late = await client.put("/v1/marketplace/orders/o-9", json={**ORDER, "delivery_address": home}, params={"time": before}, headers=shop)
    new = await client.put("/v1/marketplace/orders/o-9", json={**ORDER, "delivery_address": home}, headers=shop)

    assert (late.status_code, new.status_code) == (409, 200)
    (_, (word, _, _)) = transact.tables["told"].values()
    assert word.said["number"] == "0815"
    assert "Nora" not in repr(word.said)


@pytest.mark.parametrize(
    ("kind", "change", "field"),
    [
        ("parties", {"id": "b-10"}, "body.id"),
        ("parties", {"kind": "customer"}, "body.kind"),
        ("parties", {"kind": "member"}, "body"),
        ("parties", {"e_mail": "nora@example.org"}, "body.e_mail"),
        ("parties", {"email": "nora"}, "body.email"),
        ("parties", {"email": "Nora <nora@example.org>"}, "body.email"),
        ("parties", {"time_zone": "../Berlin"}, "body.time_zone"),
        ("parties", {"time_zone": "Mars/Base"}, "body.time_zone"),
        ("parties", {"language": "german!"}, "body.language"),
        ("parties", {"country": "Germany"}, "body.country"),
        ("parties", {"display_name": " "}, "body.display_name"),
        ("parties", {"market": "nowhere"}, "body.market"),
        ("orders", {"market": "nowhere"}, "body.market"),
        ("orders", {"state": "shipped"}, "body.state"),
        ("orders", {"currency": "€"}, "body.currency"),
        ("orders", {"placed_at": "2026-03-01T10:00:00"}, "body.placed_at"),
        ("orders", {"placed_at": "0001-01-01T00:00:00+14:00"}, "body.placed_at"),
        ("orders", {"lines": []}, "body.lines"),
        ("orders", {"lines": [LINE, LINE]}, "body"),
        ("orders", {"lines": [{**LINE, "product_url": "javascript:alert(1)"}]}, "body.lines.0.product_url"),
        ("orders", {"lines": [{**LINE, "colour": "red"}]}, "body.lines.0.colour"),
        ("orders", {"lines": [{**LINE, "id": f"l-{n}", "title": "x" * 300} for n in range(300)]}, "body"),
    ],
)
async def test_what_makes_no_sense_is_refused_by_its_field(
    client: AsyncClient, shop: dict[str, str], transact: Memory, kind: str, change: dict[str, Any], field: str
) -> None:
    answer = await client.put(f"/v1/marketplace/{kind}/{BODIES[kind]['id']}", json={**BODIES[kind], **change}, headers=shop)

    assert list(faults(answer)) == [field]
    assert said(transact) == []


@pytest.mark.parametrize("time", ["yesterday", "2026-03-02T09:00:00", "0001-01-01T00:00:00Z", timestamp(NOW + timedelta(seconds=31))])
async def test_a_time_that_readers_would_refuse_is_refused_here(client: AsyncClient, shop: dict[str, str], time: str) -> None:
    for request in (
        client.put(f"/v1/marketplace/parties/b-9?time={time}", json=BUYER, headers=shop),
        client.delete(f"/v1/marketplace/orders/o-9?time={time}", headers=shop),
    ):
        assert list(faults(await request)) == ["query.time"]


async def test_many_are_told_in_their_order(client: AsyncClient, shop: dict[str, str], transact: Memory) -> None:
    lines = [
        line("parties", BUYER, time="2026-03-02T09:00:00Z", source="/elsewhere", sequence=None, partition=3),
        line("orders", ORDER),
        "",
        line("parties", {**BUYER, "display_name": "Older"}, time="2026-03-02T08:00:00Z"),
        line("orders", None, subject="o-1"),
    ]

    answer = await send(client, shop, *lines)

    assert (answer.status_code, answer.json()) == (200, {"taken": 3, "older": [4]})
    assert [(id, whole) for id, whole, _ in said(transact)] == [("b-9", True), ("o-9", True), ("o-1", False)]
    assert transact.tables["parties"]["b-9"] == Party(
        id="b-9", kind=PartyKind.BUYER, display_name="Nora Neu", market="de", time=NOW - timedelta(hours=1)
    )


async def test_every_fault_of_many_is_named_at_once_and_nothing_is_taken(
    client: AsyncClient, shop: dict[str, str], transact: Memory
) -> None:
    answer = await send(
        client,
        shop,
        line("parties", BUYER),
        line("parties", {**BUYER, "email": "nora", "country": "Germany"}),
        "{",
        line("orders", None),
        line("orders", ORDER, subject="o-10"),
        json.dumps({"type": "parley.ticket.created.v1", "data": {}}),
    )

    assert set(faults(answer)) == {"line 2: data.email", "line 2: data.country", "line 3", "line 4", "line 5", "line 6"}
    assert said(transact) == []

    answer = await send(
        client, shop, line("parties", {**BUYER, "market": "x"}), line("orders", ORDER, time=timestamp(NOW + timedelta(minutes=1)))
    )

    assert set(faults(answer)) == {"line 1: data.market", "line 2: time"}
    assert said(transact) == []


async def test_many_come_as_lines_of_json_and_not_too_many(client: AsyncClient, shop: dict[str, str]) -> None:
    other = await client.post("/v1/marketplace", content=line("parties", BUYER), headers={**shop, "content-type": "application/json"})
    assert (other.status_code, other.json()["type"]) == (415, "/problems/media-type")

    assert list(faults(await send(client, shop, ""))) == ["body"]
    assert list(faults(await send(client, shop, *[line("orders", None, subject=f"o-{n}") for n in range(301)]))) == ["body"]


def test_an_address_is_in_no_text_that_is_logged() -> None:
    word = Word(event_id="e", about="party", id="b-9", at=None, said=BUYER)  # type: ignore[arg-type]

    assert "nora@example.org" not in repr(word)


async def test_an_erasure_is_one_small_transaction_however_much_somebody_ordered(
    client: AsyncClient, shop: dict[str, str], issuer: Issuer, transact: Memory
) -> None:
    answer = await client.delete("/v1/marketplace/parties/buyer-1", headers=shop)

    assert answer.status_code == 200
    assert said(transact) == [("buyer-1", False, timestamp(NOW))]
    assert isinstance(transact.tables["orders"]["order-1"], Order)
    opening = {"order_id": "order-1", "line_ids": ["line-1"], "problem_type": "order_status", "text": "Where is it?"}
    refused = await client.post("/v1/tickets", json=opening, headers=issuer.bearer("buyer-1", "buyer"))
    assert (refused.status_code, refused.json()["type"]) == (410, "/problems/erased")


async def test_the_same_lines_with_the_same_key_are_taken_once(client: AsyncClient, shop: dict[str, str], transact: Memory) -> None:
    once = {**shop, "idempotency-key": "k-1"}
    first = await send(client, once, line("parties", BUYER))
    kept = said(transact)
    transact.now += timedelta(minutes=1)

    again = await send(client, once, line("parties", BUYER))
    other = await send(client, once, line("parties", BUYER | {"display_name": "Nora Alt"}))

    assert (again.status_code, again.json(), again.headers["idempotency-replayed"]) == (200, first.json(), "true")
    assert (other.status_code, other.json()["type"]) == (422, "/problems/key-reused")
    assert said(transact) == kept
