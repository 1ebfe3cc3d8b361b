"""Processes are killed while people write: the API goes on, the processes come back, and everybody gets each mail once."""

import os
import signal
from collections.abc import Awaitable, Callable, Sequence

import pytest
from parley_chassis.testing import eventually
from parley_local.demo.complaint import open_ticket
from parley_local.demo.eventlog import events_about
from parley_local.demo.scene import Scene
from parley_local.demo.telling import Teller
from parley_local.layout import SERVICES, Layout
from parley_local.part import State
from parley_local.state import Snapshot


def pids(stack: Layout) -> dict[str, int]:
    """Every process of a service that is ready."""
    snapshot = Snapshot.read(stack.folder)
    assert snapshot is not None
    names = [f"{service}-{command}" for service in SERVICES for command in ("serve", "work")]
    return {name: snapshot.parts[name]["pid"] for name in names if snapshot.parts[name]["state"] == State.READY}


def killed(stack: Layout, names: Sequence[str]) -> Callable[[], Awaitable[bool]]:
    """Kill these processes; gives what waits until all of them are back."""
    before = pids(stack)
    for name in names:
        os.kill(before[name], signal.SIGKILL)
    return lambda: eventually(lambda: all(pids(stack).get(name, before[name]) != before[name] for name in names))


@pytest.mark.timeout(180)
async def test_killed_workers_come_back_and_everybody_gets_each_mail_once(stack: Layout) -> None:
    async with Scene(stack, Teller()) as scene:
        all_back = killed(stack, [f"{service}-work" for service in SERVICES])
        ticket, _ = await open_ticket(scene, "anna", order="A-1002", line="2", problem="defective_item", text="Der Stuhl wackelt.")
        assert await all_back()

        async def sent() -> bool:
            events = await events_about(scene.kafka, stack.prefix, [ticket["id"]])
            return len([each for each in events if each.envelope.type == "parley.notification.sent.v1"]) == 3

        assert await eventually(sent)
        for person in ("anna", "lena", "jonas"):
            assert len(await scene.inbox.mails(f"{person}@example.org", ticket["number"])) == 1, person


@pytest.mark.timeout(180)
async def test_a_killed_api_comes_back_with_everything_that_it_had_answered(stack: Layout) -> None:
    async with Scene(stack, Teller()) as scene:
        ticket, _ = await open_ticket(scene, "ben", order="B-2002", line="1", problem="missing_item", text="One bulb is missing.")
        back = killed(stack, ["ticketing-serve"])
        assert await back()
        read = await scene.ask("ben", "GET", "ticketing", f"/v1/tickets/{ticket['id']}")
        assert [message["text"] for message in read.body["messages"]] == ["One bulb is missing."]
