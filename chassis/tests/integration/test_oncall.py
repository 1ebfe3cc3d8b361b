"""The engineer on call sees over HTTP what is parked or held, what a decision would touch, and decides; nobody else does."""

import json
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey
from parley_chassis import oncall, problems
from parley_chassis.auth import Authenticator
from parley_chassis.outbox import OUTBOX, row_of
from parley_chassis.parking import Poison
from parley_chassis.relay.lease import LEASES, RELAY
from parley_chassis.settings import AuthSettings
from parley_contracts.envelope import Envelope
from parley_contracts.topics import PARTIES, TICKETS

KEY = ECKey.generate_key("P-256", {"kid": "k"})
SECRET = "ada@example.org lives in Ada Street"
ABOUT_A = {"topic": TICKETS.name, "subject": "a"}


def token(*roles: str, sub: str = "sam") -> dict[str, str]:
    """The headers of somebody with these roles."""
    claims = {"iss": "id", "aud": "parley", "sub": sub, "exp": int(time.time()) + 60, "roles": roles}
    return {"authorization": f"Bearer {jwt.encode({'alg': 'ES256', 'kid': 'k'}, claims, KEY, algorithms=['ES256'])}"}


@pytest.fixture
async def client(notebook: Any, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody on call, and the routes of a service."""
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps({"keys": [KEY.as_dict(private=False)]}))
    app = FastAPI()
    problems.install(app)
    app.state.authenticator = Authenticator(AuthSettings(issuer="id", jwks_file=file))
    app.state.transact = SimpleNamespace(database=notebook.database)
    app.include_router(oncall.router)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://trains", headers=token("oncall")) as asking:
        yield asking


@pytest.fixture
def foresee(client: httpx.AsyncClient) -> Callable[..., Any]:
    async def foresee(verb: str, **about: str) -> dict[str, Any]:
        answer = await client.get("/v1/decisions/preview", params={"verb": verb, **about})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    return foresee


@pytest.fixture
def decide(client: httpx.AsyncClient, foresee: Any) -> Callable[..., Any]:
    """Look, decide about what was seen, let the worker carry it out; gives the foresight and the result."""

    async def decide(subscription: Any, verb: str, **about: str) -> tuple[dict[str, Any], str]:
        seen = await foresee(verb, **about)
        body = {"verb": verb, "reason": "the market file is mended", "record": seen["record"], **about}
        asked = await client.post("/v1/decisions", json=body)
        assert asked.status_code == 202, asked.text
        await subscription.carry_out()
        done = (await client.get(asked.headers["location"])).json()
        assert done["done_at"] is not None
        return seen, done["result"]

    return decide


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/parked"),
        ("GET", "/v1/parked/record?id=1"),
        ("GET", "/v1/refused"),
        ("GET", "/v1/watermark"),
        ("GET", "/v1/decisions"),
        ("GET", "/v1/decisions/1"),
        ("GET", "/v1/decisions/preview?verb=republish&subject=a"),
        ("POST", "/v1/decisions"),
    ],
)
async def test_everything_is_for_the_engineer_on_call_alone(client: httpx.AsyncClient, method: str, path: str) -> None:
    async def asked(headers: dict[str, str]) -> int:
        return (await client.request(method, path, headers={"authorization": "", **headers})).status_code

    assert await asked({}) == 401
    assert await asked({"authorization": "Link some-token"}) == 403
    for role in ("buyer", "seller", "support", "service"):
        assert await asked(token(role)) == 403, role
    assert await asked(token("oncall", "support")) not in (401, 403)


async def test_a_parked_record_is_shown_by_its_place_and_its_reason_and_never_by_what_it_says(
    notebook: Any, log: Any, handle: Any, client: httpx.AsyncClient
) -> None:
    broken = json.dumps({"text": {"of": SECRET}}).encode()
    await handle(notebook.subscription(), log.event("a", 1, value=broken), log.event("b", 1), log.raw(key=None, value=SECRET.encode()))

    listed = (await client.get("/v1/parked")).json()
    assert listed["total"] == 1
    (record,) = listed["items"]
    assert {name: record[name] for name in ("topic", "partition", "offset", "subject", "sequence")} == {
        **{"topic": TICKETS.name, "partition": 0, "offset": 0, "subject": "a", "sequence": 1}
    }
    assert "text: Input should be a valid string" in record["reason"]

    shown = await client.get("/v1/parked/record", params={"id": record["id"]})
    assert shown.json()["attributes"]["type"] == "parley.reply.posted.v1"
    (refused,) = (await client.get("/v1/refused")).json()["items"]
    assert (refused["offset"], refused["reason"]) == (2, "the key is missing")
    for answer in (listed, shown.text, refused):
        assert SECRET not in str(answer)

    assert (await client.get("/v1/parked/record", params={"id": "nothing"})).status_code == 404
    assert (await client.get("/v1/parked", params={"subject": "b"})).json()["items"] == []


async def test_every_list_is_read_page_by_page(notebook: Any, log: Any, handle: Any, client: httpx.AsyncClient) -> None:
    lost = [log.event("a", sequence) for sequence in (3, 4, 5)] + [log.event("b", 7)]
    await handle(notebook.subscription(), *lost, *(log.raw(key=None, value=b"{}") for _ in range(3)))
    for number in range(3):
        body = {"verb": "republish", "subject": f"s{number}", "reason": "a reader lost it"}
        assert (await client.post("/v1/decisions", json=body)).status_code == 202

    async def read(path: str, name: str, **query: Any) -> list[Any]:
        found, cursor = [], None
        while True:
            asked = {**query, "limit": 2} | ({"cursor": cursor} if cursor else {})
            page = (await client.get(path, params=asked)).json()
            found += [each[name] for each in page["items"]]
            cursor = page["next"]
            if cursor is None:
                return found

    assert await read("/v1/parked", "sequence", subject="a") == [3, 4, 5]
    assert sorted(await read("/v1/parked", "sequence")) == [3, 4, 5, 7]
    assert sorted(await read("/v1/refused", "offset")) == [4, 5, 6]
    assert await read("/v1/decisions", "subject") == ["s2", "s1", "s0"]


async def test_a_cursor_of_another_list_is_refused(notebook: Any, log: Any, handle: Any, client: httpx.AsyncClient) -> None:
    await handle(notebook.subscription(), log.event("a", 3), log.event("a", 4))
    cursor = (await client.get("/v1/parked", params={"subject": "a", "limit": 1})).json()["next"]

    for path in ("/v1/parked", "/v1/refused", "/v1/decisions"):
        answer = await client.get(path, params={"cursor": cursor})
        assert (answer.status_code, [fault["field"] for fault in answer.json()["errors"]]) == (422, ["query.cursor"]), path
    assert (await client.get("/v1/parked", params={"cursor": cursor, "subject": "a"})).status_code == 200


async def test_what_a_redrive_would_touch_is_said_first_and_is_what_it_does(notebook: Any, log: Any, handle: Any, decide: Any) -> None:
    subscription = notebook.subscription()
    notebook.fails["2"] = Poison("unknown market")
    await handle(subscription, *(log.event("a", n) for n in range(1, 5)))

    seen, result = await decide(subscription, "redrive", **ABOUT_A)
    assert seen["touches"] == "applies sequence 2 again; where that succeeds 2 parked behind it follow in order, as far as they can"
    assert result == "still parked: unknown market"

    notebook.fails.clear()
    seen, result = await decide(subscription, "redrive", **ABOUT_A)
    assert (seen["possible"], result) == (True, "done")
    assert await notebook.texts("a") == ["1", "2", "3", "4"]


async def test_what_a_discard_would_touch_is_said_first_and_is_what_it_does(notebook: Any, log: Any, handle: Any, decide: Any) -> None:
    subscription = notebook.subscription()
    await handle(subscription, log.event("a", 1), log.event("a", 2, value=b"{"))

    seen, result = await decide(subscription, "discard", **ABOUT_A)

    assert seen["touches"] == "sequence 2 counts as read and is never applied; then the subject is free again"
    assert result == "done"


async def test_what_a_release_would_touch_is_said_first_and_is_what_it_does(
    notebook: Any, log: Any, handle: Any, decide: Any, foresee: Any
) -> None:
    subscription = notebook.subscription()
    await handle(subscription, log.event("a", 1), log.event("a", 5), log.event("a", 6))

    for verb in ("redrive", "discard"):
        seen = await foresee(verb, **ABOUT_A)
        assert not seen["possible"]
        assert seen["touches"].startswith("sequence 2 is missing before the first parked record"), verb
    seen, result = await decide(subscription, "release", **ABOUT_A)

    assert seen["touches"].startswith("gives up sequences 2 to 4; then sequence 5 is applied")
    assert result == "done"
    assert await notebook.texts("a") == ["1", "5", "6"]
    assert await foresee("release", **ABOUT_A) == {
        **{"verb": "release", "possible": False, "touches": "nothing of this subject is parked", "record": None}
    }


async def test_a_record_without_a_gap_before_it_has_none_to_release(notebook: Any, log: Any, handle: Any, foresee: Any) -> None:
    await handle(notebook.subscription(), log.event("a", 1, value=b"{"))

    assert not (await foresee("release", **ABOUT_A))["possible"]


async def test_of_a_compacted_topic_nothing_waits_behind_a_record(
    notebook: Any, new_log: Any, handle: Any, decide: Any, foresee: Any
) -> None:
    subscription, about = notebook.subscription(topics=[PARTIES]), {"topic": PARTIES.name, "subject": "p"}
    await handle(subscription, new_log(topic=PARTIES).event("p", None, value=b"{"))

    assert not (await foresee("release", **about))["possible"]
    assert (await foresee("redrive", **about))["possible"]
    seen, result = await decide(subscription, "discard", **about)
    assert seen["touches"] == "the record at partition 0, offset 0 counts as read and is never applied"
    assert result == "done"


async def test_a_decision_about_another_record_than_the_one_seen_is_not_taken(
    notebook: Any, log: Any, handle: Any, client: httpx.AsyncClient, foresee: Any, decide: Any
) -> None:
    subscription = notebook.subscription()
    await handle(subscription, log.event("a", 1, value=b"{"), log.event("a", 2, value=b"["))
    seen = await foresee("discard", **ABOUT_A)
    await decide(subscription, "discard", **ABOUT_A)

    late = await client.post("/v1/decisions", json={"verb": "discard", "reason": "broken", "record": seen["record"], **ABOUT_A})

    assert late.status_code == 412
    assert (await client.get("/v1/parked")).json()["total"] == 1


async def test_a_decision_needs_a_reason_and_is_taken_once_for_its_key(
    notebook: Any, log: Any, handle: Any, client: httpx.AsyncClient, foresee: Any
) -> None:
    subscription = notebook.subscription()
    await handle(subscription, log.event("a", 1, value=b"{"))
    record = (await foresee("discard", **ABOUT_A))["record"]
    body = {"verb": "discard", "record": record, "reason": "  looked at it  ", **ABOUT_A}

    for spoilt in (body | {"reason": "  "}, body | {"record": None}, body | {"topic": None}, body | {"more": 1}, body | {"verb": "forget"}):
        assert (await client.post("/v1/decisions", json=spoilt)).status_code == 422, spoilt
    first = await client.post("/v1/decisions", json=body, headers={"idempotency-key": "k-1"})
    await subscription.carry_out()
    again = await client.post("/v1/decisions", json=body, headers={"idempotency-key": "k-1"})
    other = await client.post("/v1/decisions", json=body | {"reason": "another"}, headers={"idempotency-key": "k-1"})

    assert (first.status_code, again.status_code, other.status_code) == (202, 202, 422)
    assert first.json()["id"] == again.json()["id"]
    (decided,) = (await client.get("/v1/decisions")).json()["items"]
    assert (decided["by"], decided["reason"], decided["result"]) == ("sam", "looked at it", "done")
    assert (await client.get("/v1/decisions", params={"subject": "b"})).json()["items"] == []


async def test_what_would_be_published_again_is_counted_first(notebook: Any, client: httpx.AsyncClient, foresee: Any, log: Any) -> None:
    assert not (await foresee("republish", subject="a"))["possible"]
    for sequence in (1, 2):
        attributes = {"dataschema": "urn:x", "correlationid": "c", "causationid": "c", "value": b"{}", "time": log.now}
        event = Envelope(id=f"e-{sequence}", source="/x", type="parley.x.v1", subject="a", sequence=sequence, **attributes)
        await notebook.database[OUTBOX].insert_one(row_of(event, TICKETS))

    seen = await foresee("republish", subject="a")
    asked = await client.post("/v1/decisions", json={"verb": "republish", "subject": "a", "reason": "a disk was lost"})

    assert seen["touches"] == "sends 2 events again, sequences 1 to 2; readers drop what they have applied"
    assert asked.status_code == 202
    assert asked.json()["done_at"] is None, "the relay does it"


async def test_a_held_watermark_is_shown_with_its_reason_and_only_then_can_be_accepted(
    notebook: Any, client: httpx.AsyncClient, foresee: Any, log: Any
) -> None:
    assert (await client.get("/v1/watermark")).json() == {"at": None, "held": None}
    assert not (await foresee("accept_watermark"))["possible"]

    held = {"_id": RELAY, "state": {"watermark": log.now, "held": "clock_skew"}}
    await notebook.database[LEASES].insert_one(held)

    assert (await client.get("/v1/watermark")).json() == {"at": "2026-11-24T12:00:00Z", "held": "clock_skew"}
    seen = await foresee("accept_watermark")
    assert seen["possible"]
    assert "held for clock_skew at 2026-11-24" in seen["touches"]
    assert (await client.post("/v1/decisions", json={"verb": "accept_watermark", "reason": "chrony is right"})).status_code == 202
