"""What moved a cycle, step by step."""

from datetime import datetime, timedelta

from hypothesis import given
from sla_monitor.domain.conversation import Conversation
from sla_monitor.domain.events import Posted
from sla_monitor.domain.facts import DueSoon, Expected, Overdue, Retracted, Settled
from sla_monitor.domain.fold import fold
from sla_monitor.domain.responses import Response, after
from sla_monitor.domain.steps import steps
from sla_monitor.domain.words import Role
from sla_monitor.testing import T
from sla_monitor.testing.histories import BOOK, HOUR, Record, folded, whatever

NAMES = {Expected: "expected", DueSoon: "due_soon", Overdue: "overdue", Retracted: "retracted", Settled: "settled"}


@given(whatever)
def test_each_fact_of_a_cycle_is_one_step_of_it_in_the_same_order(log: list[Record]) -> None:
    told: dict[str, list[str]] = {}
    rows: dict[str, Response] = {}
    for conversation, facts in folded(log):
        retracted = {fact.cycle.id: fact.reason for fact in facts if isinstance(fact, Retracted)}
        for fact in facts:
            told.setdefault(fact.cycle.id, []).append(NAMES[type(fact)])
            rows[fact.cycle.id] = after(conversation, fact, retracted.get(fact.cycle.id))

    assert {id: [step.what for step in steps(row)] for id, row in rows.items()} == told


def opened(at: datetime, watermark: datetime | None) -> Response:
    event = Posted(id="event-1", sequence=1, at=at, by=Role.BUYER, message_id="m-1")
    conversation, (expected, *_) = fold(Conversation(id="c-1"), event, watermark=watermark, book=BOOK)
    return after(conversation, expected)


def test_the_watermark_that_moved_a_start_is_named() -> None:
    [first] = steps(opened(T, T + HOUR))

    assert (first.at, first.watermark) == (T + HOUR + timedelta(milliseconds=1), T + HOUR)


def test_a_watermark_that_moved_nothing_is_not() -> None:
    [first] = steps(opened(T, T - HOUR))

    assert (first.at, first.by, first.sequence, first.watermark) == (T, "event-1", 1, None)
