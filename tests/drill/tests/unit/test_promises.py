"""The checker finds a stop that was not in order, poison that waited, a log that folds to something else, and a save of the past."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from parley_contracts.topics import TICKETS
from parley_drill.checks import poison, stops
from parley_drill.evidence import Evidence
from parley_drill.leases import lease_history
from parley_drill.log import Record
from parley_drill.stopped import cancelled_handlers
from parley_drill.verdict import judge
from parley_drill.world import World, at

FIRST, SECOND = (f"0199bbbb-0000-7000-8000-00000000000{n}" for n in range(2))
WITNESS = "witness-work-1"


def evidence() -> Evidence:
    """Two tickets, a worker that was told to end, a parked record of the drill's own, and a relay that was replaced."""
    made = World()
    for ticket in (FIRST, SECOND):
        made.opened(ticket, 1)
    made.answered(SECOND, 3)
    made.answered(FIRST, 5)
    made.watermark(20)
    found = made.evidence()
    found.faults = [stop(WITNESS, began=2, seconds=3, code=0)]
    parked = next(record for record in found.records if record.key == FIRST)
    found.rows["parked"] = [
        {
            "database": "witness",
            "topic": TICKETS.name,
            "subject": "another",
            "sequence": None,
            "partition": parked.partition,
            "offset": parked.offset,
            "at": at(4),
        }
    ]
    found.leases = history(taken("one", 1), saved(1), taken("two", 2), saved(2))
    return found


def stop(target: str, *, began: float, seconds: float, code: int | None) -> dict[str, Any]:
    since = at(began).timestamp()
    return {"kind": "rolling-restart", "target": target, "began": since, "ended": since + seconds, "code": code}


def fault(target: str, *, began: float, ended: float) -> dict[str, Any]:
    return {"kind": "process-freeze", "target": target, "began": at(began).timestamp(), "ended": at(ended).timestamp()}


def change(**said: Any) -> dict[str, Any]:
    """As the database records an update of the relay's lease."""
    return {"ns": "ticketing.leases", "o2": {"_id": "relay"}, "o": {"$v": 2, "diff": said}}


def taken(owner: str, epoch: int) -> dict[str, Any]:
    return change(u={"owner": owner, "epoch": epoch, "until": at(epoch)})


def saved(epoch: int, **more: Any) -> dict[str, Any]:
    return change(u={"until": at(epoch + 1), "saved_by": epoch}, sstate={"u": {"token": "t"}})


def history(*changes: dict[str, Any]) -> list[dict[str, Any]]:
    return list(lease_history(changes))


def test_nothing_is_found_where_every_stop_park_fold_and_save_was_in_order() -> None:
    found = evidence()

    assert judge(found).word == "kept", judge(found).violations
    assert (stops.times(found), poison.delays(found)) == ([3.0], [pytest.approx(2.95)])


def slow_to_end(found: Evidence) -> None:
    found.faults[0]["ended"] += 23


def ended_otherwise(found: Evidence) -> None:
    found.faults[0]["code"] = 1


def never_ended(found: Evidence) -> None:
    found.faults[0]["code"] = None


def handler_cancelled(found: Evidence) -> None:
    found.cancelled = [{"process": WITNESS, "at": at(3).timestamp(), "event": "A handler was cancelled"}]


def parked_late(found: Evidence) -> None:
    found.rows["parked"][0]["at"] = at(90)


def held_up_by_what_is_parked(found: Evidence) -> None:
    parked = found.rows["parked"][0]
    behind: Record = next(
        record
        for record in found.real
        if (record.topic, record.partition) == (TICKETS.name, parked["partition"]) and record.offset > parked["offset"]
    )
    assert behind.envelope is not None
    effect = next(row for row in found.rows["effects"] if row["event"] == behind.envelope.id)
    effect["at"] += timedelta(seconds=90)


def folded_differently(found: Evidence) -> None:
    found.replay |= {"code": 1, "said": "equal: 1 conversations, digest 0\ndiffering: 1 conversations\n  x: state: live 1, folded 2\n"}


def folded_in_part(found: Evidence) -> None:
    found.replay["said"] = "equal: 1 conversations, digest 0\nleft out: 1 not whole in the log"


def not_folded(found: Evidence) -> None:
    found.replay |= {"code": 2, "said": "", "complained": "MongoDB does not answer"}


def published_by_the_fold(found: Evidence) -> None:
    found.replay["published"] = ["sla_monitor_again/1"]


def mailed_by_the_fold(found: Evidence) -> None:
    found.replay["mailed"] = ["7: d-1@drill"]


def saved_by_the_last_relay(found: Evidence) -> None:
    found.leases = history(taken("one", 1), saved(1), taken("two", 2), saved(1))


def saved_after_the_next_relay(found: Evidence) -> None:
    found.leases = history(taken("one", 1), saved(1), taken("two", 2), saved(2), saved(1))


def taken_under_the_same_epoch(found: Evidence) -> None:
    found.leases = history(taken("one", 1), saved(1), taken("two", 1), saved(1))


SPOILT: dict[Callable[[Evidence], None], str] = {
    slow_to_end: "I16 stop",
    ended_otherwise: "I16 stop",
    never_ended: "I16 stop",
    handler_cancelled: "I16 cancelled",
    parked_late: "I17 parked late",
    held_up_by_what_is_parked: "I17 blocked",
    folded_differently: "I15 replay",
    folded_in_part: "I15 replay",
    not_folded: "I15 replay",
    published_by_the_fold: "I15 replay",
    mailed_by_the_fold: "I15 replay",
    saved_by_the_last_relay: "I20 fencing",
    saved_after_the_next_relay: "I20 fencing",
    taken_under_the_same_epoch: "I20 fencing",
}


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda spoil: spoil.__name__)
def test_what_was_spoilt_is_found(spoil: Callable[[Evidence], None]) -> None:
    found = evidence()
    spoil(found)

    assert {violation.invariant for violation in judge(found).violations} == {SPOILT[spoil]}


@pytest.mark.parametrize("target", [WITNESS, "kafka", "mongodb"])
def test_a_stop_that_something_else_disturbed_is_not_judged(target: str) -> None:
    found = evidence()
    slow_to_end(found)
    found.faults.append(fault(target, began=1, ended=3))

    assert not list(stops.check(found))
    assert not stops.times(found)


def test_another_process_does_not_excuse_a_slow_stop() -> None:
    found = evidence()
    slow_to_end(found)
    found.faults.append(fault("notifier-work-1", began=1, ended=3))

    assert [violation.invariant for violation in stops.check(found)] == ["I16 stop"]


def test_poison_may_wait_while_faults_follow_one_another_and_a_minute_longer() -> None:
    found = evidence()
    found.faults.append(fault("witness-work-2", began=30, ended=40))
    found.rows["parked"][0]["at"] = at(119)
    assert not list(poison.check(found))

    found.rows["parked"][0]["at"] = at(121)
    assert [violation.invariant for violation in poison.check(found)] == ["I17 parked late"]


def test_a_cancelled_handler_is_read_once_from_the_log_of_its_process(tmp_path: Path) -> None:
    said = '{"event": "A handler was cancelled; its records come again", "timestamp": "2026-01-01T00:00:03Z"}'
    (tmp_path / f"{WITNESS}.log").write_text(f'12:00:00.000 {{"event": "Stopped"}}\n12:00:01.000 {said}\n12:00:02.000     {said}\n')

    assert [(each["process"], each["at"]) for each in cancelled_handlers(tmp_path)] == [(WITNESS, at(3).timestamp())]


def test_a_lease_is_followed_from_its_first_row_on() -> None:
    first = {"ns": "ticketing.leases", "o": {"_id": "relay", "epoch": 1, "owner": "one"}}

    found = history(first, saved(1), change(u={"owner": None}))

    assert [(each["epoch"], each["owner"], each["saved_by"], each["saved"]) for each in found] == [
        (1, "one", None, False),
        (1, "one", 1, True),
        (1, None, 1, False),
    ]
