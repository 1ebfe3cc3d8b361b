"""`parley explain` and `parley excuse` against the monitor's own routes: what decided a wait, and what excused many."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from parley.__main__ import main
from parley_contracts.topics import TICKETS
from sla_monitor.domain.events import About, Posted
from sla_monitor.domain.words import Role
from sla_monitor.http import REFUSALS, ROUTERS
from sla_monitor.ports import Partition
from sla_monitor.testing import MemoryMonitor, T
from sla_monitor.use_cases.following import follow, let_time_pass

HOUR = timedelta(hours=1)
PLACE = Partition(TICKETS.name, 0)


@pytest.fixture(autouse=True)
def monitor(serve: Callable[..., None]) -> MemoryMonitor:
    """A wait that was warned of, overdue, and answered late."""
    monitor = MemoryMonitor()
    about = About("/ticketing", "event-1", "T-7F3K-92QD", "de", "post_purchase", "seller-1", "buyer-1")

    def wrote(number: int, by: Role, at: timedelta) -> Posted:
        return Posted(id=f"event-{number}", sequence=number, at=T + at, about=about, by=by, message_id=f"m-{number}")

    async def story() -> None:
        await monitor(follow, "c-1", wrote(1, Role.BUYER, timedelta()), partition=PLACE, watermark=None)
        await monitor(let_time_pass, PLACE, T + 37 * HOUR)
        await monitor(let_time_pass, PLACE, T + 49 * HOUR)
        await monitor(follow, "c-1", wrote(2, Role.SELLER, 50 * HOUR), partition=PLACE, watermark=T + 49 * HOUR)

    asyncio.run(story())
    serve("SLA_MONITOR", ROUTERS, REFUSALS, monitor)
    return monitor


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["explain", *arguments]) == 0
    return capsys.readouterr().out


def test_every_step_is_told_with_what_decided_it(monitor: MemoryMonitor, capsys: pytest.CaptureFixture[str]) -> None:
    [cycle] = monitor.rows

    told: dict[str, Any] = json.loads(printed(capsys, cycle, "--json"))
    steps = [(step["what"], step["detail"], step["by"], step["watermark"]) for step in told["steps"]]

    assert steps == [
        ("expected", "seller", "event-1", None),
        ("due_soon", "129600", None, "2026-03-03T23:00:00Z"),
        ("overdue", None, None, "2026-03-04T11:00:00Z"),
        ("settled", "late", "event-2", None),
    ]


def test_people_read_the_policy_and_a_table(monitor: MemoryMonitor, capsys: pytest.CaptureFixture[str]) -> None:
    [cycle] = monitor.rows
    text = printed(capsys, cycle)

    assert "policy:        standard version 1, 172800 s, 24x7, valid from the beginning" in text
    assert [line.split()[0] for line in text.splitlines()[-5:]] == ["what", "expected", "due_soon", "overdue", "settled"]


def test_the_waits_of_a_conversation_are_listed(monitor: MemoryMonitor, capsys: pytest.CaptureFixture[str]) -> None:
    [cycle] = monitor.rows

    assert cycle in printed(capsys, "c-1", "--waits")
    assert "The clock knows no wait of this conversation." in printed(capsys, "c-9", "--waits")


def test_a_wait_that_is_not_known_is_told_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "no-cycle"]) == 1
    assert "(404)" in capsys.readouterr().err


def test_an_outage_is_declared_with_a_reason_and_kept(monitor: MemoryMonitor, capsys: pytest.CaptureFixture[str]) -> None:
    monitor.now = T + 60 * HOUR
    window = ("declare", "2026-03-04T08:00:00Z", "2026-03-04T11:00:00Z")

    assert main(["excuse", *window]) == 0
    assert (
        "excuse: 0 overdue waits, whose overdue facts are retracted, and 0 that are open.\nNothing was changed." in capsys.readouterr().out
    )
    assert not monitor.outages.declared

    assert main(["excuse", *window, "--reason", "the mail provider was down"]) == 0
    assert main(["excuse", "list"]) == 0
    assert "the mail provider was down" in capsys.readouterr().out.splitlines()[-1]
