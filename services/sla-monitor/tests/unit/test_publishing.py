"""Facts become events whose identity follows from the cycle alone."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid5

import pytest
from parley_contracts import sla
from parley_contracts.envelope import named_id
from sla_monitor.domain.conversation import Conversation
from sla_monitor.domain.cycle import Cycle, Level, Proof, cycle_id
from sla_monitor.domain.events import About
from sla_monitor.domain.facts import DueSoon, Expected, Fact, Overdue, Retracted, Settled
from sla_monitor.domain.words import Outcome, Retraction, Side
from sla_monitor.publishing import fact_id, published
from sla_monitor.testing import T

HOUR = timedelta(hours=1)
CONVERSATION_ID = "019ab7c4-0001-7e31-9a52-6d0c4f1b8e01"
CYCLE = Cycle(
    id=cycle_id(CONVERSATION_ID, "event-1"),
    ordinal=1,
    owed_by=Side.SELLER,
    opened_by="event-1",
    opened_at_sequence=1,
    message_id="m-1",
    start=T,
    due=T + 48 * HOUR,
    levels=(Level(36 * HOUR, T + 36 * HOUR), Level(44 * HOUR, T + 44 * HOUR)),
    policy="standard",
    policy_version=3,
    escalates=True,
)
LATE = replace(CYCLE, overdue=Proof(T + 49 * HOUR, None, 7), levels=())
CONVERSATION = Conversation(
    id=CONVERSATION_ID, about=About("/ticketing", "event-0", "T-7F3K-92QD", "de", "post_purchase", "seller-1", "buyer-1"), sequence=8
)
FACTS: list[Fact] = [
    Expected(CYCLE),
    DueSoon(CYCLE, CYCLE.levels[0]),
    DueSoon(CYCLE, CYCLE.levels[1]),
    Overdue(LATE),
    Retracted(LATE, Retraction.VOIDED),
    Settled(LATE, Outcome.LATE, T + 50 * HOUR, "event-9", 2 * HOUR),
]


def data_of(fact: Fact) -> sla.CycleEvent:
    envelope = published(CONVERSATION, fact, sequence=4, at=T + 51 * HOUR)
    data = next(event for event in sla.EVENTS if event.type == envelope.type).model_validate_json(envelope.value or b"")
    assert isinstance(data, sla.CycleEvent)
    return data


def test_an_event_has_the_envelope_of_the_contract() -> None:
    envelope = published(CONVERSATION, FACTS[0], sequence=4, at=T + HOUR)

    assert (envelope.source, envelope.subject, envelope.sequence, envelope.time) == ("/sla-monitor", CONVERSATION_ID, 4, T + HOUR)
    assert envelope.correlationid == "event-0", "the conversation's first event"
    assert envelope.causationid == "event-1", "the event that opened the cycle"


def test_the_cycle_is_named_by_its_conversation_and_the_event_that_opened_it() -> None:
    assert CYCLE.id == str(uuid5(UUID(CONVERSATION_ID), "event-1"))
    assert cycle_id("order-7", "event-1") == named_id("order-7", "event-1"), "an id that is no UUID, as the contract names it"


def test_each_fact_of_a_cycle_has_its_own_id_for_ever() -> None:
    assert [fact_id(fact) for fact in FACTS] == [
        str(uuid5(UUID(CYCLE.id), name))
        for name in ("expected", "due_soon/129600", "due_soon/158400", "overdue", "overdue_retracted", "settled")
    ]


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: type(fact).__name__)
def test_every_event_says_which_wait_it_is_about(fact: Fact) -> None:
    said = data_of(fact)

    assert (said.cycle_id, said.opened_by, said.conversation_source) == (CYCLE.id, "event-1", "/ticketing")
    assert (said.number, said.market, said.seller_id, said.buyer_id) == ("T-7F3K-92QD", "de", "seller-1", "buyer-1")
    assert (said.owed_by, said.start, said.due, said.policy, said.policy_version) == ("seller", T, T + 48 * HOUR, "standard", 3)


def test_expected_names_the_instants_of_the_warnings() -> None:
    said = data_of(FACTS[0])

    assert isinstance(said, sla.ResponseExpected)
    assert said.warn_at == (T + 36 * HOUR, T + 44 * HOUR)


def test_a_level_below_a_second_is_told_as_one() -> None:
    said = data_of(DueSoon(CYCLE, Level(timedelta(milliseconds=300), T)))

    assert isinstance(said, sla.ResponseDueSoon)
    assert said.level_seconds == 1


def test_overdue_carries_its_proof_and_what_had_been_applied() -> None:
    said = data_of(FACTS[3])

    assert isinstance(said, sla.ResponseOverdue)
    assert (said.as_of, said.proof, said.escalates) == (7, T + 49 * HOUR, True)


def test_only_the_sellers_overdue_answer_escalates_and_only_by_policy() -> None:
    supports, without = replace(LATE, owed_by=Side.SUPPORT), replace(LATE, escalates=False)

    for cycle in (supports, without):
        said = data_of(Overdue(cycle))
        assert isinstance(said, sla.ResponseOverdue)
        assert not said.escalates


def test_settled_says_how_when_by_what_and_how_late() -> None:
    said = data_of(FACTS[5])

    assert isinstance(said, sla.ResponseSettled)
    assert (said.outcome, said.settled_at, said.settled_by, said.late_by_seconds) == ("late", T + 50 * HOUR, "event-9", 7200)


def test_every_outcome_and_reason_is_a_word_of_the_contract() -> None:
    assert {outcome.value for outcome in Outcome} == {word.value for word in sla.Outcome} - {"other"}
    assert {reason.value for reason in Retraction} == {word.value for word in sla.RetractionReason} - {"other"}
