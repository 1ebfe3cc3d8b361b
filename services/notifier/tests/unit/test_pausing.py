"""The engineer on call pauses mail: who may, what is shown before, what stays in the history."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from notifier.dispatch import Dispatcher
from notifier.domain.pauses import Pause
from notifier.domain.rules import Rules
from notifier.ports import Job, Mail
from notifier.testing.builders import a_delivery, a_party
from notifier.testing.mailer import ScriptedMailer
from parley_chassis.telemetry import REGISTRY
from parley_chassis.testing import eventually

WHY = {"reason": "the prices in them are wrong"}
NORTH = WHY | {"scope": "north"}
ROLES = [
    ("nobody", 401),
    ("link", 403),
    ("buyer", 403),
    ("seller", 403),
    ("service", 403),
    ("support of north", 403),
    ("oncall", 200),
]


@pytest.fixture(autouse=True)
def waiting(desk: Any) -> None:
    desk.deliveries.put(a_delivery())
    desk.deliveries.put(a_delivery(id="d-2", due=desk.now + timedelta(hours=1)))
    desk.deliveries.put(a_delivery(id="d-3", market="south", conversation_id="c-3"))
    desk.deliveries.put(a_delivery(id="d-4").suppressed(desk.now, "dead"))


@pytest.mark.parametrize(("who", "expected"), ROLES)
async def test_the_engineer_on_call_alone_pauses_mail(client: httpx.AsyncClient, signed: Any, desk: Any, who: str, expected: int) -> None:
    headers = signed(who)
    answers = [
        await client.get("/v1/mail-pauses", headers=headers),
        await client.get("/v1/mail-pauses/all", headers=headers),
        await client.post("/v1/mail-pauses", headers=headers, json=NORTH),
        await client.post("/v1/mail-pauses/north/lift", headers=headers, json=WHY),
    ]

    assert [answer.status_code for answer in answers] == ([200, 200, 201, 204] if expected == 200 else [expected] * 4)
    assert len(desk.interventions.rows) == (2 if expected == 200 else 0)


async def test_a_pause_shows_first_what_it_holds_and_stands_in_the_history(client: httpx.AsyncClient, signed: Any, desk: Any) -> None:
    oncall = signed("oncall")
    shown = (await client.get("/v1/mail-pauses/north", headers=oncall)).json()
    assert (shown["pause"], shown["due"], shown["later"]) == (None, 1, 1)
    assert "does not lengthen the five days" in shown["note"]
    assert (await client.get("/v1/mail-pauses/all", headers=oncall)).json()["due"] == 2
    assert desk.pauses.rows == {}

    begun = (await client.post("/v1/mail-pauses", headers=oncall, json=NORTH)).json()
    assert (begun["scope"], begun["by"], begun["reason"]) == ("north", "somebody", WHY["reason"])
    assert (await client.get("/v1/mail-pauses", headers=oncall)).json() == {"pauses": [begun]}
    assert (await client.get("/v1/mail-pauses/north", headers=oncall)).json()["pause"] == begun
    assert (await client.get("/v1/mail-pauses/all", headers=oncall)).json()["pause"] is None

    desk.later(minutes=5)
    assert (await client.post("/v1/mail-pauses/north/lift", headers=oncall, json={"reason": "mended"})).status_code == 204
    assert desk.pauses.rows == {}
    history = (await client.get("/v1/interventions?target=north", headers=signed("support of north"))).json()["interventions"]
    assert [(each["verb"], each["reason"], each["before"]) for each in history] == [
        ("go_on", "mended", f"paused since {begun['since']}, 1 due"),
        ("pause", WHY["reason"], "1 due, 1 later"),
    ]


async def test_the_same_key_pauses_and_lifts_once(client: httpx.AsyncClient, signed: Any, desk: Any) -> None:
    key = signed("oncall") | {"idempotency-key": "k-1"}
    first = await client.post("/v1/mail-pauses", headers=key, json=NORTH)
    desk.later(seconds=1)
    assert (await client.post("/v1/mail-pauses", headers=key, json=NORTH)).json() == first.json()
    other = await client.post("/v1/mail-pauses", headers=key, json=NORTH | {"scope": "all"})
    assert (other.status_code, other.json()["type"]) == (422, "/problems/key-reused")

    for _ in range(2):
        assert (await client.post("/v1/mail-pauses/north/lift", headers=key, json=WHY)).status_code == 204
    assert len(desk.interventions.rows) == 2


async def test_what_stands_otherwise_or_is_no_market_is_refused_before_what_is_wrong_with_the_request(
    client: httpx.AsyncClient, signed: Any, desk: Any
) -> None:
    oncall = signed("oncall")
    refused = await client.post("/v1/mail-pauses/north/lift", headers=oncall, json={})
    assert (refused.status_code, refused.json()["detail"]) == (412, "This mail is not paused, or not any more: there is nothing to lift.")
    await client.post("/v1/mail-pauses", headers=oncall, json=NORTH)
    again = await client.post("/v1/mail-pauses", headers=oncall, json=NORTH | {"reason": "another"})
    assert (again.status_code, again.json()["type"]) == (412, "/problems/changed-meanwhile")
    for answer in (
        await client.get("/v1/mail-pauses/nrth", headers=oncall),
        await client.post("/v1/mail-pauses", headers=oncall, json=NORTH | {"scope": "nrth"}),
        await client.post("/v1/mail-pauses/nrth/lift", headers=oncall, json={}),
    ):
        assert (answer.status_code, answer.json()["detail"]) == (
            404,
            "There is no market 'nrth'. Name one of north, south, or all for all mail.",
        )
    assert list(desk.pauses.rows) == ["north"]


@pytest.mark.parametrize("body", [None, {}, {"scope": "north"}, NORTH | {"reason": "  "}, WHY, NORTH | {"force": True}])
async def test_nothing_is_paused_without_a_scope_and_a_reason(client: httpx.AsyncClient, signed: Any, desk: Any, body: Any) -> None:
    answer = await client.post("/v1/mail-pauses", headers=signed("oncall"), json=body)

    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid")
    assert desk.pauses.rows == {}


async def test_what_is_paused_is_counted_and_goes_on_once_lifted(app: Any, desk: Any, rules: Rules) -> None:
    def written(job: Job) -> Mail:
        return Mail(sender="post@north.example", recipient=job.address, content=b"")

    def told() -> list[float | None]:
        return [REGISTRY.get_sample_value("parley_mail_paused", {"market": scope}) for scope in ("all", "north", "south")]

    mailer = ScriptedMailer()
    mailer.before.set()
    mailer.after.set()
    desk.people.put(a_party("anna"))
    desk.pauses.put(Pause(scope="north", since=desk.now, by="sam", reason="wrong prices"))
    dispatcher = Dispatcher(app.state.transact, mailer, written, rules, mails=1)
    run = asyncio.create_task(dispatcher.run())
    await eventually(lambda: told() == [0, 1, 0] and len(mailer.sent) == 1)

    desk.pauses.remove("north")
    dispatcher.wake()
    await eventually(lambda: told() == [0, 0, 0] and len(mailer.sent) == 2)
    run.cancel()
    await asyncio.gather(run, return_exceptions=True)
