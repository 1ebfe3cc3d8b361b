"""Who may look up what became of a mail, and what they see."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from notifier.domain.recipients import party, queue
from notifier.domain.words import Audience
from notifier.http import REFUSALS, router
from notifier.settings import Settings
from notifier.testing.builders import a_delivery, a_party
from parley_chassis.http import http_app
from parley_chassis.links import LinkClaims, Links

KEY = ECKey.generate_key("P-256", {"kid": "test"}, auto_kid=False)


def bearer(role: str, *, markets: tuple[str, ...] = ()) -> dict[str, str]:
    now = datetime.now(UTC)
    claims = {
        "iss": "https://identity.test",
        "aud": "parley",
        "sub": "somebody",
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(hours=2)).timestamp()),
        "roles": role.split("+"),
        "markets": list(markets),
        "scope": "texts stats inlet",
    }
    token = jwt.encode({"alg": "ES256", "kid": "test"}, claims, KEY)
    return {"authorization": f"Bearer {token}"}


def link() -> dict[str, str]:
    return {"authorization": f"Link {Links(['k' * 40]).mint(LinkClaims('c-1', 'anna', 'buyer', datetime.now(UTC)))}"}


@pytest.fixture
def app(tmp_path: Path, desk: Any, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    (tmp_path / "keys").write_text("k" * 40)
    (tmp_path / "jwks.json").write_text(json.dumps(KeySet([KEY]).as_dict(private=False)))
    for name, value in {
        "ENVIRONMENT": "test",
        "MONGODB_URI": "mongodb://nowhere.test",
        "KAFKA_BOOTSTRAP_SERVERS": "nowhere.test:9092",
        "PUBLIC_URL": "http://mails.test",
        "MARKETS_DIR": str(tmp_path),
        "AUTH_ISSUER": "https://identity.test",
        "AUTH_JWKS_FILE": str(tmp_path / "jwks.json"),
        "LINK_KEYS_FILE": str(tmp_path / "keys"),
        "TICKETING_PUBLIC_URL": "http://help.test/tickets",
        "INQUIRIES_PUBLIC_URL": "http://help.test/questions",
        "SLA_MONITOR_PUBLIC_URL": "http://clock.test",
        "SMTP_HOST": "nowhere.test",
    }.items():
        monkeypatch.setenv(name, value)

    async def transact(use_case: Callable[..., Awaitable[Any]], *arguments: Any, **options: Any) -> Any:
        return await use_case(desk, *arguments, **options)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield

    app = http_app(Settings(), title="notifier", routers=[router], refusals=REFUSALS, lifespan=lifespan)
    app.state.transact = transact
    return app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://mails.test") as client:
        yield client


@pytest.fixture(autouse=True)
def deliveries(desk: Any) -> None:
    desk.people.put(a_party("anna"))
    desk.deliveries.put(a_delivery(id="d-1").claim(desk.now, timedelta(1)).rejected(1, desk.now, reason="RCPT: 550 •••", code=550))
    later = desk.now + timedelta(minutes=1)
    desk.deliveries.put(a_delivery(id="d-2", created=later, audience=Audience.SUPPORT, recipient=queue(Audience.SUPPORT, "north")))
    desk.deliveries.put(a_delivery(id="d-3", market="south", conversation_id="c-2", recipient=party("anna")))


CELLS = [
    (None, 401, 401),
    (link(), 403, 403),
    (bearer("buyer"), 403, 403),
    (bearer("seller"), 403, 403),
    (bearer("service"), 403, 403),
    (bearer("support", markets=("north",)), 200, 200),
    (bearer("support", markets=("south",)), 200, 404),
    (bearer("support"), 200, 404),
    (bearer("oncall"), 200, 200),
]
NAMES = ["nobody", "a link", "a buyer", "a seller", "a service", "support", "other support", "support of no market", "on-call"]


@pytest.mark.parametrize(("who", "list_", "one"), CELLS, ids=NAMES)
async def test_each_role_gets_what_the_table_of_routes_says(
    client: httpx.AsyncClient, who: dict[str, str] | None, list_: int, one: int
) -> None:
    assert (await client.get("/v1/deliveries", headers=who)).status_code == list_
    assert (await client.get("/v1/deliveries/d-1", headers=who)).status_code == one


async def test_support_sees_its_markets_with_masked_addresses(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/deliveries", headers=bearer("support", markets=("north",)))

    found = answer.json()["deliveries"]
    assert [(each["id"], each["state"], each["address"]) for each in found] == [
        ("d-2", "pending", None),
        ("d-1", "rejected", "a•••@p•••.example"),
    ]
    assert "anna@people" not in answer.text
    assert (found[1]["reason"], found[1]["smtp_code"]) == ("RCPT: 550 •••", 550)


async def test_on_call_sees_all_markets_and_no_address(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/deliveries", headers=bearer("oncall"))

    found = answer.json()["deliveries"]
    assert {each["id"] for each in found} == {"d-1", "d-2", "d-3"}
    assert {each["address"] for each in found} == {None}


async def test_who_is_both_sees_addresses_of_the_own_markets_alone(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/deliveries", headers=bearer("support+oncall", markets=("north",)))

    assert {each["id"]: each["address"] for each in answer.json()["deliveries"]}["d-3"] is None
    assert {each["id"]: each["address"] for each in answer.json()["deliveries"]}["d-1"] is not None


async def test_a_list_is_read_page_by_page(client: httpx.AsyncClient) -> None:
    seen, cursor = [], ""
    while cursor is not None:
        query = {"limit": "1"} | ({"cursor": cursor} if cursor else {})
        page = (await client.get("/v1/deliveries", params=query, headers=bearer("oncall"))).json()
        seen += [each["id"] for each in page["deliveries"]]
        cursor = page["next"]

    assert seen == ["d-2", "d-3", "d-1"]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({"conversation_id": "c-2"}, ["d-3"]),
        ({"state": "rejected"}, ["d-1"]),
        ({"state": ["rejected", "pending"], "recipient_id": "anna"}, ["d-3", "d-1"]),
        ({"conversation_id": "nowhere"}, []),
    ],
)
async def test_a_list_can_be_narrowed(client: httpx.AsyncClient, query: dict[str, Any], ids: list[str]) -> None:
    answer = await client.get("/v1/deliveries", params=query, headers=bearer("oncall"))

    assert [each["id"] for each in answer.json()["deliveries"]] == ids


@pytest.mark.parametrize(
    "query",
    [
        {"cursor": "x"},
        {"cursor": "W10"},
        {"cursor": "WzEsMl0"},
        {"cursor": "\u202e"},
        {"state": "lost"},
        {"limit": "0"},
        {"limit": "201"},
        {"conversation_id": ""},
        {"conversation_id": "x" * 201},
    ],
)
async def test_a_question_that_makes_no_sense_is_refused_with_its_field(client: httpx.AsyncClient, query: dict[str, str]) -> None:
    answer = await client.get("/v1/deliveries", params=query, headers=bearer("oncall"))

    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/invalid"
    assert answer.json()["errors"]


@pytest.mark.parametrize("id", ["unknown", "$ne", "a" * 500, "%00", "..%2fx"])
async def test_an_unknown_delivery_is_not_there(client: httpx.AsyncClient, id: str) -> None:
    answer = await client.get(f"/v1/deliveries/{id}", headers=bearer("oncall"))

    assert answer.status_code == 404
