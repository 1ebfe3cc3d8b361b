"""What the report measures, from a log and faults that were made by hand."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from parley_contracts.topics import TICKETS
from parley_contracts.watermark import watermark_record
from parley_drill.checks import backlog, takeovers
from parley_drill.checks.figures import figures, spread
from parley_drill.evidence import Evidence
from parley_drill.log import Record
from parley_drill.world import BEGAN, World

ZERO = BEGAN.timestamp()


def kill(target: str, seconds: float) -> dict[str, Any]:
    return {"kind": "process-kill", "target": target, "began": ZERO + seconds, "ended": ZERO + seconds}


def relayed(*seconds: float) -> list[Record]:
    """Watermarks of one partition, appended then."""
    headers, value = watermark_record(id="w", source="/ticketing", at=BEGAN, time=BEGAN)
    return [Record(TICKETS.name, 0, offset, ZERO + each, None, headers, value) for offset, each in enumerate(seconds)]


def test_a_relay_is_replaced_when_the_next_watermark_comes() -> None:
    evidence = Evidence(records=relayed(1, 2, 13, 14), faults=[kill("ticketing-work-1", 2.5)])

    assert takeovers.relays(evidence) == [pytest.approx(11)]


def test_a_kill_of_one_who_did_not_lead_is_no_takeover() -> None:
    assert takeovers.relays(Evidence(records=relayed(1, 2, 3, 4), faults=[kill("ticketing-work-2", 2.5)])) == []


def test_a_kill_beside_another_fault_measures_nothing() -> None:
    evidence = Evidence(records=relayed(1, 2, 13, 14), faults=[kill("ticketing-work-1", 2.5), kill("notifier-work-1", 20)])

    assert takeovers.relays(evidence) == []


def test_requests_are_counted_apart_while_the_only_broker_is_away() -> None:
    away = {"kind": "broker-outage", "target": "kafka", "began": ZERO + 10, "ended": ZERO + 70}
    history = [{"kind": "read", "outcome": "ok", "began": ZERO + each} for each in (5, 20, 60, 80)]

    assert len(takeovers.without_broker(Evidence(history=history, faults=[away]))) == 2
    assert takeovers.without_broker(Evidence(plan={"brokers": 3}, history=history, faults=[away])) == []


def test_a_queue_is_what_was_written_in_an_outage_and_reached_the_log_after_it() -> None:
    world = World()
    for second, ticket in enumerate("abc", start=1):
        world.opened(f"0199aaaa-0000-7000-8000-00000000000{ticket}", second)
    evidence = world.evidence()
    before, late, after = (each for each in evidence.records if each.topic == TICKETS.name and each.is_event)
    evidence.records = [before, replace(late, timestamp=ZERO + 7), after]
    evidence.faults = [{"kind": "broker-outage", "target": "kafka", "began": ZERO + 1.5, "ended": ZERO + 2.5}]
    for record, seconds in ((late, 9), (after, 20)):
        assert record.envelope
        next(row for row in evidence.rows["effects"] if row["event"] == record.envelope.id)["at"] = BEGAN + timedelta(seconds=seconds)

    assert backlog.drained(evidence) == {"events": 1, "published after": 4.5, "applied after": 6.5}
    assert backlog.drained(Evidence(records=evidence.records)) == {"events": 0}


def test_delays_near_a_fault_are_not_called_healthy() -> None:
    world = World()
    world.opened("0199aaaa-0000-7000-8000-000000000001", 1)
    world.watermark(20)
    evidence = world.evidence()
    assert figures(evidence)["detection delay, healthy (s)"]["count"] == 1

    evidence.faults = [kill("kafka", 0)]

    told = figures(evidence)
    assert told["detection delay, healthy (s)"]["count"] == 0
    assert told["detection delay, under faults (s)"]["count"] == 1
    assert told["faults"] == {"process-kill": 1}


def test_a_spread_names_median_nearly_all_and_the_worst() -> None:
    assert spread([float(each) for each in range(1, 101)]) == {"count": 100, "p50": 51.0, "p99": 100.0, "max": 100.0}
    assert spread([]) == {"count": 0}
