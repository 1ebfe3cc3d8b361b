"""Who may resend a mail or lift a dead address, what is shown before, and what stays in the history."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from notifier.domain.dead_addresses import hashed
from notifier.domain.words import State
from notifier.testing.builders import a_dead_address, a_delivery, a_party

ID = hashed("anna@people.example")
WHY = {"reason": "the mailbox works again"}


@pytest.fixture(autouse=True)
def ended(desk: Any) -> None:
    desk.people.put(a_party("anna"))
    desk.deliveries.put(a_delivery(id="d-1").claim(desk.now, timedelta(1)).rejected(1, desk.now, reason="RCPT: 550 •••", code=550))
    desk.deliveries.put(a_delivery(id="d-2").suppressed(desk.now, "dead"))
    desk.deliveries.put(a_delivery(id="d-3").claim(desk.now, timedelta(1)).sent(1, desk.now, 250))
    desk.dead_addresses.put(a_dead_address())


ROLES = [
    ("nobody", 401, 401),
    ("link", 403, 403),
    ("buyer", 403, 403),
    ("seller", 403, 403),
    ("service", 403, 403),
    ("support of north", 200, 200),
    ("support of south", 200, 404),
    ("oncall", 200, 200),
]
ROUTES = [
    ("GET", "/v1/suppressed-addresses", False),
    ("GET", "/v1/interventions", False),
    ("GET", "/v1/deliveries/d-1/resend", True),
    ("GET", f"/v1/suppressed-addresses/{ID}", True),
    ("POST", "/v1/deliveries/d-1/resend", True),
    ("POST", f"/v1/suppressed-addresses/{ID}/lift", True),
]


@pytest.mark.parametrize(("method", "path", "is_one"), ROUTES)
@pytest.mark.parametrize(("who", "list_", "one"), ROLES)
async def test_each_role_gets_what_the_table_of_routes_says(
    client: httpx.AsyncClient, signed: Any, who: str, list_: int, one: int, method: str, path: str, is_one: bool
) -> None:
    answer = await client.request(method, path, headers=signed(who), json=WHY if method == "POST" else None)

    expected = one if is_one else list_
    assert answer.status_code == (204 if expected == 200 and path.endswith("lift") else expected)


async def test_a_resend_is_shown_first_and_then_stands_in_the_history(client: httpx.AsyncClient, signed: Any, desk: Any) -> None:
    support = signed("support of north")
    shown = (await client.get("/v1/deliveries/d-1/resend", headers=support)).json()
    assert (shown["resendable"], shown["possible_copies"], shown["delivery"]["state"]) == (True, 0, "rejected")
    assert desk.deliveries.rows["d-1"].state is State.REJECTED

    answer = await client.post("/v1/deliveries/d-1/resend", headers=support, json=WHY)

    assert (answer.json()["state"], answer.json()["message_id"]) == ("retry", a_delivery().message_id)
    assert desk.deliveries.rows["d-1"].due == desk.now
    (done,) = (await client.get("/v1/interventions?target=d-1", headers=support)).json()["interventions"]
    assert (done["verb"], done["by"], done["reason"], done["before"]) == ("resend", "somebody", WHY["reason"], "rejected")


async def test_what_was_sent_is_not_sent_again(client: httpx.AsyncClient, signed: Any, desk: Any) -> None:
    assert (await client.get("/v1/deliveries/d-3/resend", headers=signed("oncall"))).json()["resendable"] is False

    answer = await client.post("/v1/deliveries/d-3/resend", headers=signed("oncall"), json=WHY)

    assert (answer.status_code, answer.json()["type"]) == (412, "/problems/changed-meanwhile")
    assert desk.deliveries.rows["d-3"].state is State.SENT
    assert desk.interventions.rows == {}


async def test_that_a_mail_cannot_be_sent_again_is_said_before_what_is_wrong_with_the_request(
    client: httpx.AsyncClient, signed: Any
) -> None:
    answers = [await client.post(f"/v1/deliveries/{id}/resend", headers=signed("oncall"), json={}) for id in ("d-9", "d-3", "d-1")]

    assert [answer.status_code for answer in answers] == [404, 412, 422]


async def test_a_dead_address_is_shown_masked_with_what_it_kept_back_and_lifted(client: httpx.AsyncClient, signed: Any, desk: Any) -> None:
    support = signed("support of north")
    listed = await client.get("/v1/suppressed-addresses", headers=support)
    assert [each["address"] for each in listed.json()["suppressed"]] == ["a•••@p•••.example"]
    shown = await client.get(f"/v1/suppressed-addresses/{ID}", headers=support)
    assert shown.json()["unsent"] == ["d-2"]
    assert "anna@" not in listed.text + shown.text
    assert desk.dead_addresses.rows

    await client.post(f"/v1/suppressed-addresses/{ID}/lift", headers=support, json=WHY)

    assert (await client.get("/v1/suppressed-addresses", headers=support)).json()["suppressed"] == []
    assert (await client.get(f"/v1/suppressed-addresses/{ID}", headers=support)).status_code == 404
    (done,) = (await client.get("/v1/interventions", headers=support)).json()["interventions"]
    assert (done["verb"], done["target"], done["reason"]) == ("lift", ID, WHY["reason"])


async def test_the_same_key_acts_once_on_a_route_and_again_on_another(client: httpx.AsyncClient, signed: Any, desk: Any) -> None:
    key = signed("oncall") | {"idempotency-key": "k-1"}
    for _ in range(2):
        assert (await client.post("/v1/deliveries/d-1/resend", headers=key, json=WHY)).status_code == 200
    assert desk.deliveries.rows["d-1"].resends == 1
    other = await client.post("/v1/deliveries/d-1/resend", headers=key, json={"reason": "another"})
    assert (other.status_code, other.json()["type"]) == (422, "/problems/key-reused")

    assert (await client.post("/v1/deliveries/d-2/resend", headers=key, json=WHY)).status_code == 200
    assert (await client.post(f"/v1/suppressed-addresses/{ID}/lift", headers=key, json=WHY)).status_code == 204
    assert (desk.deliveries.rows["d-2"].resends, desk.dead_addresses.rows) == (1, {})


@pytest.mark.parametrize("body", [None, {}, {"reason": "  "}, {"reason": "x" * 501}, {"reason": 7}, {"reason": "because", "force": True}])
@pytest.mark.parametrize("path", ["/v1/deliveries/d-1/resend", f"/v1/suppressed-addresses/{ID}/lift"])
async def test_nothing_is_done_without_a_reason(client: httpx.AsyncClient, signed: Any, desk: Any, path: str, body: Any) -> None:
    answer = await client.post(path, headers=signed("oncall"), json=body)

    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid")
    assert desk.deliveries.rows["d-1"].state is State.REJECTED
    assert desk.dead_addresses.rows


async def test_the_history_is_read_page_by_page(client: httpx.AsyncClient, signed: Any, desk: Any) -> None:
    oncall = signed("oncall")
    for id in ("d-1", "d-2"):
        assert (await client.post(f"/v1/deliveries/{id}/resend", headers=oncall, json=WHY)).status_code == 200
    seen, query = [], {"limit": "1"}
    while True:
        page = (await client.get("/v1/interventions", params=query, headers=oncall)).json()
        seen += [each["target"] for each in page["interventions"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]

    assert sorted(seen) == ["d-1", "d-2"]
    refused = await client.get("/v1/suppressed-addresses", params=query, headers=oncall)
    assert (refused.status_code, [fault["field"] for fault in refused.json()["errors"]]) == (422, ["query.cursor"])
