"""On the pages of any service the engineer on call sees what is parked and what each decision would touch, and decides with a reason."""

import re
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from parley_chassis import decisions, problems
from parley_chassis.auth import Principal
from parley_chassis.links import Links
from parley_chassis.pages.parked import DECIDE, LIST, parked_pages
from parley_chassis.pages.site import Site
from parley_chassis.parking import Poison
from parley_contracts.topics import TICKETS

A = {"topic": TICKETS.name, "subject": "a"}


def somebody(role: str) -> Any:
    """Whoever has a cookie is signed in as this."""
    return SimpleNamespace(
        cookie_name="session", read=lambda value: Principal(party_id="sam", role=role, roles=frozenset({role}), cookie=value)
    )


@pytest.fixture
async def client(notebook: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of somebody on call, and the pages of a service."""
    app = FastAPI()
    problems.install(app)
    app.state.sessions, app.state.links = somebody("oncall"), Links(["k" * 40])
    app.state.transact = SimpleNamespace(database=notebook.database)
    app.include_router(parked_pages(Site(public_url="http://trains", markets={}, packages=[])))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://trains", cookies={"session": "c"}) as browser:
        yield browser


async def form_of(client: httpx.AsyncClient) -> dict[str, str]:
    """What the form about subject a carries."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', (await client.get(DECIDE, params=A)).text))


def choices(page: str) -> dict[str, bool]:
    """The decisions that the page shows, and whether each can be taken."""
    return {verb: "disabled" not in more for verb, more in re.findall(r'name="verb" value="(\w+)"([^>]*)>', page)}


@pytest.fixture
async def parked(notebook: Any, log: Any, handle: Any) -> Any:
    """Subject a, of which the second record cannot be applied; gives the one who can carry decisions out."""
    subscription = notebook.subscription()
    notebook.fails["2"] = Poison("unknown market")
    await handle(subscription, *(log.event("a", n) for n in range(1, 4)))
    notebook.fails.clear()
    return subscription


async def test_what_is_parked_leads_to_what_each_decision_would_touch(client: httpx.AsyncClient, parked: Any) -> None:
    listed = (await client.get(LIST)).text
    assert "unknown market" in listed
    (lead,) = set(re.findall(rf'href="({DECIDE}[^"]+)"', listed))

    page = (await client.get(lead.replace("&amp;", "&"))).text

    assert "applies sequence 2 again; where that succeeds 1 parked behind it follow in order" in page
    assert choices(page) == {"redrive": True, "release": False, "discard": True}


async def test_a_decision_needs_a_reason_is_asked_for_once_and_told_with_its_result(
    client: httpx.AsyncClient, notebook: Any, parked: Any
) -> None:
    form = await form_of(client) | {"verb": "redrive"}
    refused = await client.post(DECIDE, data=form | {"reason": " "})
    assert (refused.status_code, await decisions.history(notebook.database)) == (422, [])
    assert "write why" in refused.text
    refused = await client.post(DECIDE, data=form | {"reason": " "}, headers={"accept-language": "zh-CN"})
    assert "请选择操作并填写理由" in refused.text

    for _ in range(2):
        sent = await client.post(DECIDE, data=form | {"reason": "the market file is mended"})
        assert (sent.status_code, sent.headers["location"]) == (303, f"{LIST}?done=1")
    await parked.carry_out()

    (decided,) = await decisions.history(notebook.database)
    assert (decided.verb, decided.by, decided.reason, decided.record) == ("redrive", "sam", "the market file is mended", form["record"])
    page = (await client.get(LIST)).text
    for told in ("Apply it again", "the market file is mended", "by sam", "done"):
        assert told in page
    assert "unknown market" not in page
    assert "Nothing of this subject is parked" in (await client.get(DECIDE, params=A)).text


async def test_what_was_not_seen_is_not_decided_about(client: httpx.AsyncClient, notebook: Any, parked: Any) -> None:
    form = await form_of(client) | {"verb": "discard", "reason": "it can never be applied"}
    await client.post(DECIDE, data=form)
    await parked.carry_out()

    late = await client.post(DECIDE, data=form | {"key": "another"})

    assert late.status_code == 412
    assert len(await decisions.history(notebook.database)) == 1


async def test_a_form_of_another_site_decides_nothing(client: httpx.AsyncClient, notebook: Any, parked: Any) -> None:
    form = await form_of(client) | {"verb": "redrive", "reason": "the market file is mended"}

    for forged, headers in ((form | {"form": "guessed"}, {}), (form, {"sec-fetch-site": "cross-site"})):
        assert (await client.post(DECIDE, data=forged, headers=headers)).status_code == 409
    assert await decisions.history(notebook.database) == []


async def test_the_pages_are_for_on_call_alone(client: httpx.AsyncClient) -> None:
    transport: Any = client._transport
    for role in ("buyer", "seller", "support", "service"):
        transport.app.state.sessions = somebody(role)
        for asked in (client.get(LIST), client.get(DECIDE, params=A), client.post(DECIDE, data=A)):
            assert (await asked).status_code == 403
    client.cookies.clear()
    assert (await client.get(LIST)).status_code == 401
