"""The command `parley` on the whole system: what went wrong is seen, decided with a reason, and is in the history."""

import asyncio
import io
import json
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from typing import Any
from uuid import uuid4

import httpx
import pytest
from aiokafka import AIOKafkaProducer
from parley.__main__ import main
from parley_chassis.testing import eventually
from parley_contracts.topics import TICKETS
from parley_local import issuer
from parley_local import stack as local
from parley_local.demo.scene import Scene
from parley_local.demo.telling import Teller
from parley_local.layout import Layout

pytestmark = pytest.mark.timeout(300)

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
POISON = [("ce_specversion", b"1.0"), ("ce_id", b"e"), ("ce_source", b"/ticketing"), ("ce_type", b"parley.ticket.created.v1")]


class Command:
    """`parley`, as a shell runs it for somebody on call."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._settings = settings

    async def __call__(self, *arguments: str, code: int = 0) -> str:
        """What it printed; fails where it ends with another code."""
        printed = io.StringIO()
        with pytest.MonkeyPatch.context() as shell, redirect_stdout(printed), redirect_stderr(printed):
            for name, value in self._settings.items():
                shell.setenv(name, value)
            ended = await asyncio.to_thread(main, arguments)
        assert ended == code, printed.getvalue()
        return printed.getvalue()

    async def objects(self, *arguments: str) -> list[dict[str, Any]]:
        """What it printed as JSON, one object a line."""
        return [json.loads(line) for line in (await self(*arguments)).splitlines() if line.startswith("{")]


@pytest.fixture
def parley(stack: Layout) -> Command:
    return Command(local.settings_of_command(stack, "sam"))


async def test_a_parked_record_is_seen_and_discarded_with_a_reason(stack: Layout, parley: Command) -> None:
    subject = str(uuid4())
    headers = [*POISON, ("ce_time", b"2026-03-02T10:00:00Z"), ("ce_subject", subject.encode()), ("ce_sequence", b"1")]
    producer = AIOKafkaProducer(bootstrap_servers=local.addresses(stack)["KAFKA_BOOTSTRAP_SERVERS"])
    await producer.start()
    await producer.send_and_wait(stack.prefix + TICKETS.name, b'{"number": 1}', key=subject.encode(), headers=headers)
    await producer.stop()

    async def parked() -> bool:
        found = await parley.objects("parked", "list", "--subject", subject, "--json")
        return {record["service"] for record in found} == {"notifier", "sla-monitor"}

    assert await eventually(parked)
    about = ("notifier", TICKETS.name, subject)
    assert "discard: sequence 1 counts as read and is never applied" in await parley("parked", "show", *about)
    assert "Nothing was changed. Give --reason to do it." in await parley("parked", "discard", *about)
    assert "no gap is before the first parked record" in await parley("parked", "release", *about, "--reason", "a test", code=1)
    assert "still parked" in await parley("parked", "redrive", *about, "--reason", "try it again", code=1)

    assert await parley("parked", "discard", *about, "--reason", "it came from a test") == (
        "discard in notifier: sequence 1 counts as read and is never applied; then the subject is free again.\nnotifier: done\n"
    )

    assert await parley("parked", "list", "--service", "notifier", "--subject", subject) == "Nothing is parked.\n"
    newest, redriven = await parley.objects("history", "notifier", "--subject", subject, "--json")
    assert {name: newest[name] for name in ("verb", "by", "reason", "result")} == {
        **{"verb": "discard", "by": "sam", "reason": "it came from a test", "result": "done"}
    }
    assert redriven["verb"] == "redrive"
    await parley("parked", "discard", "sla-monitor", *about[1:], "--reason", "here too")


async def test_a_conversation_is_followed_by_its_trace_and_published_again(stack: Layout, parley: Command) -> None:
    async def followed() -> set[str] | None:
        told = await parley.objects("tail", "--trace", TRACE, "--beginning", "--once", "--json")
        found = {event["type"].removeprefix("parley.").removesuffix(".v1") for event in told}
        return found if "notification.sent" in found else None

    async with Scene(stack, Teller()) as scene:
        asked = {"order_id": "B-2002", "line_ids": ["1"], "problem_type": "missing_item", "text": "One bulb is missing."}
        headers = {"authorization": f"Bearer {issuer.token(stack.folder, 'ben')}", "traceparent": f"00-{TRACE}-00f067aa0ba902b7-00"}
        async with httpx.AsyncClient() as browser:
            answer = await browser.post(f"{stack.url('ticketing')}/v1/tickets", json=asked, headers=headers)
        ticket = answer.json()["tickets"][0]
        mail = await scene.inbox.wait("omar@example.org", ticket["number"], within=60)
        assert answer.headers["traceresponse"][3:35] == mail.message["X-Trace-Id"] == TRACE
        assert await eventually(followed, within=60) == {"ticket.created", "response.expected", "notification.sent"}
        await scene.close("ben", "ticketing", f"/v1/tickets/{ticket['id']}")

        async def mailed() -> list[dict[str, Any]]:
            return await parley.objects("mails", "list", "--conversation", ticket["id"], "--state", "sent", "--json")

        sent = (await eventually(mailed))[0]
        assert "state:         sent" in await parley("mails", "show", sent["id"])
        assert "ticketing: done: 2 events" in await parley("republish", "ticketing", ticket["id"], "--reason", "a disk was lost")

    told = await parley.objects("tail", TICKETS.name, "--subject", ticket["id"], "--beginning", "--once", "--json")
    assert [event["sequence"] for event in told] == [1, 2, 1, 2]
    assert "One bulb" not in json.dumps(told)


async def test_a_canary_comes_through_and_is_closed_and_only_its_own_market_sees_it(stack: Layout) -> None:
    canary = Command(local.settings_of_command(stack, "canary"))

    told = dict(line.split(maxsplit=1) for line in (await canary("canary", "--within", "60s")).splitlines())

    assert [*told] == ["number:", "ticket:", "opened:", "due:", "mailed:"]
    async with Scene(stack, Teller()) as scene:
        seen = await scene.ask("canary", "GET", "ticketing", f"/v1/tickets/{told['ticket:']}")
        assert (seen.body["market"], seen.body["state"], seen.body["close_reason"]) == ("canary", "closed", "by_buyer")
        await scene.ask("sofia", "GET", "ticketing", f"/v1/tickets/{told['ticket:']}", expected=(404,))


async def test_a_watermark_that_goes_on_is_shown_and_not_accepted(parley: Command) -> None:
    assert "held:          -" in await parley("watermark", "show", "ticketing")
    assert "no watermark is held" in await parley("watermark", "accept", "ticketing", "--reason", "the clocks are right", code=1)


async def test_whoever_is_not_on_call_is_told_so(stack: Layout) -> None:
    seller = Command(local.settings_of_command(stack, "omar"))

    assert "ticketing: You may not do this. (403)" in await seller("parked", "list", code=1)
