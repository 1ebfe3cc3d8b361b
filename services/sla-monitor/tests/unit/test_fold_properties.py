"""What holds for every conversation, however it is read: redelivered, late, or with few watermarks."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st
from sla_monitor.domain.conversation import Conversation
from sla_monitor.domain.events import Event
from sla_monitor.domain.facts import DueSoon, Expected, Fact, Overdue, Retracted, Settled
from sla_monitor.domain.fold import fold
from sla_monitor.domain.passing import advance
from sla_monitor.domain.policy import OutageWindow, PolicyBook
from sla_monitor.domain.words import Outcome, Retraction
from sla_monitor.testing import T
from sla_monitor.testing.histories import BOOK, HOUR, Record, ordinary, whatever


@dataclass
class Reading:
    """A log that was read: the state and all facts."""

    conversation: Conversation
    facts: list[Fact]

    def of(self, *kinds: type[Fact]) -> list[Fact]:
        return [fact for fact in self.facts if isinstance(fact, kinds)]

    def settled(self) -> dict[str, Settled]:
        return {fact.cycle.id: fact for fact in self.facts if isinstance(fact, Settled)}


def read(records: Iterable[Record], book: PolicyBook = BOOK) -> Reading:
    reading, watermark = Reading(Conversation(id="a conversation"), []), None
    for record in records:
        if isinstance(record, datetime):
            watermark = max(record, watermark or record)
            reading.conversation, facts = advance(reading.conversation, watermark, book)
        else:
            reading.conversation, facts = fold(reading.conversation, record, watermark=watermark, book=book)
        reading.facts += facts
    return reading


def told(facts: Iterable[Fact]) -> list[tuple[object, ...]]:
    """What a fact says, without what proved it: that depends on how it was read."""
    said: list[tuple[object, ...]] = []
    for fact in facts:
        detail = (fact.outcome, fact.at, fact.by, fact.late_by) if isinstance(fact, Settled) else ()
        reason = (fact.reason,) if isinstance(fact, Retracted) else ()
        said.append((type(fact), fact.cycle.id, fact.cycle.start, fact.cycle.due, *detail, *reason))
    return said


@given(whatever)
def test_a_cycle_has_at_most_one_overdue_fact_one_outcome_and_one_beginning(log: list[Record]) -> None:
    reading = read(log)

    for kind in (Expected, Overdue, Settled, Retracted):
        assert max(Counter(fact.cycle.id for fact in reading.of(kind)).values(), default=1) == 1


@given(whatever)
def test_every_cycle_that_began_is_open_or_has_its_outcome(log: list[Record]) -> None:
    reading = read(log)

    assert {fact.cycle.id for fact in reading.of(Expected)} == {cycle.id for cycle in reading.conversation.open} | reading.settled().keys()
    owing = [cycle.owed_by for cycle in reading.conversation.open]
    assert len(owing) == len(set(owing))


@given(whatever)
def test_a_cycle_that_ended_in_time_was_never_overdue(log: list[Record]) -> None:
    reading = read(log)

    overdue = {fact.cycle.id for fact in reading.of(Overdue)}
    for settled in reading.settled().values():
        if settled.outcome not in (Outcome.VOIDED, Outcome.EXCUSED):
            assert (settled.cycle.id in overdue) == (settled.at > settled.cycle.due)
            assert (settled.outcome in (Outcome.LATE, Outcome.MISSED)) == (settled.at > settled.cycle.due)
    assert not [fact for fact in reading.of(Retracted) if fact.reason is Retraction.ANSWERED_IN_TIME]  # type: ignore[union-attr]


@given(whatever)
def test_what_is_open_is_overdue_exactly_if_the_watermark_has_passed_its_due_time(log: list[Record]) -> None:
    watermark = log[-1]
    assert isinstance(watermark, datetime)

    for cycle in read(log).conversation.open:
        assert bool(cycle.overdue) == (cycle.due < watermark)


@given(whatever, st.data())
def test_a_redelivery_changes_nothing(log: list[Record], data: st.DataObject) -> None:
    again = list[Record]()
    for place, record in enumerate(log):
        again.append(record)
        back = data.draw(st.integers(0, place), label=f"records read again after {place}")
        # What is read again comes in the old order, watermarks included.
        again += log[place + 1 - back : place + 1]

    assert read(again).facts == read(log).facts
    assert read(again).conversation == read(log).conversation


@given(whatever)
def test_a_reader_that_lags_and_sees_only_the_last_of_several_watermarks_finds_the_same(log: list[Record]) -> None:
    pairs = zip(log, [*log[1:], None], strict=True)
    late = [record for record, following in pairs if not (isinstance(record, datetime) and isinstance(following, datetime))]
    prompt, lagging = read(log), read(late)

    kinds = (Expected, Overdue, Retracted, Settled)
    assert told(lagging.of(*kinds)) == told(prompt.of(*kinds))
    assert set(told(lagging.of(DueSoon))) <= set(told(prompt.of(DueSoon)))


@given(ordinary, st.data())
def test_a_log_with_fewer_watermarks_has_the_same_overdue_and_settled_facts(log: list[Record], data: st.DataObject) -> None:
    fewer = [record for record in log[:-1] if not isinstance(record, datetime) or data.draw(st.booleans())] + log[-1:]

    for kind in (Expected, Overdue, Settled):
        assert sorted(told(read(fewer).of(kind)), key=str) == sorted(told(read(log).of(kind)), key=str)


@given(whatever)
def test_after_a_watermark_nothing_is_due_before_it(log: list[Record]) -> None:
    watermark = log[-1]
    assert isinstance(watermark, datetime)
    instant = read(log).conversation.next_instant

    assert instant is None or instant >= watermark


@given(ordinary, st.integers(1, 25), st.integers(1, 25))
def test_a_frozen_conversation_sees_no_time_pass_and_then_finds_the_same(log: list[Record], begin: int, length: int) -> None:
    before, meanwhile, after = log[:begin], log[begin : begin + length], log[begin + length :]
    watermarks = [record for record in meanwhile if isinstance(record, datetime)]
    parked = [record for record in meanwhile if isinstance(record, Event)]
    reading = read(before)
    frozen = replace(reading.conversation, frozen=True)

    assert all(advance(frozen, watermark, BOOK) == (frozen, ()) for watermark in watermarks)
    thawed = read([*before, *parked, *watermarks[-1:], *after])

    for kind in (Expected, Overdue, Settled):
        assert sorted(told(thawed.of(kind)), key=str) == sorted(told(read(log).of(kind)), key=str)


@given(whatever, st.integers(0, 60), st.integers(1, 30), st.integers(0, 40))
def test_an_outage_excuses_exactly_the_open_cycles_that_fall_due_in_it(log: list[Record], begin: int, length: int, place: int) -> None:
    outage = OutageWindow("an outage", T + begin * HOUR, T + (begin + length) * HOUR, T)
    reading = read(log, BOOK.with_outage(outage))

    for fact in reading.of(Overdue):
        assert not outage.start <= fact.cycle.due <= outage.end
    for settled in reading.settled().values():
        excused = settled.outcome is Outcome.EXCUSED
        assert not excused or outage.start <= settled.cycle.due <= outage.end
