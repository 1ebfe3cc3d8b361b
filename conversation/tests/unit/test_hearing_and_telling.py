"""What conversations hear from the log, and what every event of theirs says."""

from datetime import timedelta
from typing import Any

import pytest
from parley_chassis.parking import Poison
from parley_chassis.records import Received, Tombstone
from parley_contracts import sla, ticketing, words
from parley_contracts.envelope import Envelope, EventData, derived_id
from parley_contracts.marketplace import PartyChanged, PartyKind
from parley_contracts.topics import PARTIES, RESPONSES, Topic
from parley_conversation.consumers import ClockFacts, Erasures, on_party_changed
from parley_conversation.domain import words as domain_words
from parley_conversation.domain.words import Role, State, Visibility
from parley_conversation.publishing import enveloped, if_any, repeated, without_text
from parley_conversation.testing.builders import NOW, a_conversation, a_message, an_act
from parley_conversation.testing.doubles import InMemory, InMemoryTransaction
from parley_conversation.use_cases import parties

Memory = InMemory[InMemoryTransaction]
CLOCK = ClockFacts(source="/ticketing", escalated=ticketing.TicketEscalated, handed_back=ticketing.TicketHandedBack)
CYCLE = {
    "cycle_id": "cycle-1",
    "opened_by": "event-1",
    "conversation_source": "/ticketing",
    "number": "T-0000-0000",
    "market": "de",
    "seller_id": "seller-1",
    "buyer_id": "buyer-1",
    "owed_by": words.Side.SELLER,
    "start": NOW,
    "due": NOW + timedelta(hours=1),
    "policy": "standard",
    "policy_version": 1,
}


def received(data: EventData, *, topic: Topic = RESPONSES, subject: str = "c-1", id: str = "fact-1") -> Received[Any]:
    envelope = Envelope.of(
        data,
        id=id,
        source="/sla-monitor",
        subject=subject,
        time=NOW,
        sequence=None if topic.compacted else 1,
        correlationid="event-1",
        causationid="event-1",
    )
    return Received(topic, 0, 0, envelope, data, None)


async def conversation(tx: InMemoryTransaction) -> Any:
    return await tx.conversations.get("c-1")


async def test_the_clocks_facts_reach_the_conversation_that_they_are_about(transact: Memory, place: Any) -> None:
    place(a_conversation())

    await transact(CLOCK.on_response_expected, received(sla.ResponseExpected(**CYCLE)))
    assert (await transact(conversation)).wait.due == CYCLE["due"]
    overdue = sla.ResponseOverdue(**CYCLE, as_of=1, escalates=True, proof=NOW + timedelta(hours=2))
    await transact(CLOCK.on_response_overdue, received(overdue, id="overdue-1"))
    assert (await transact(conversation)).state is State.AWAITING_SUPPORT
    retracted = sla.ResponseOverdueRetracted(**CYCLE, reason=sla.RetractionReason.VOIDED)
    await transact(CLOCK.on_response_overdue_retracted, received(retracted, id="retracted-1"))
    assert (await transact(conversation)).state is State.AWAITING_SELLER


async def test_a_replayed_fact_would_make_the_same_event(transact: Memory, place: Any) -> None:
    place(a_conversation())
    overdue = sla.ResponseOverdue(**CYCLE, as_of=1, escalates=True, proof=NOW + timedelta(hours=2))

    await transact(CLOCK.on_response_overdue, received(overdue, id="overdue-1"))

    (published,) = transact.published()
    assert published.fact.id == derived_id("overdue-1", "/ticketing", "parley.ticket.escalated.v1")
    assert published.cause == "overdue-1"


@pytest.mark.parametrize("changed", [{"conversation_source": "/inquiries"}, {"owed_by": words.Side.OTHER}])
async def test_what_is_said_of_others_or_of_sides_to_come_is_passed_over(transact: Memory, place: Any, changed: dict[str, Any]) -> None:
    before = a_conversation()
    place(before)
    said = {**CYCLE, **changed}

    await transact(CLOCK.on_response_expected, received(sla.ResponseExpected(**said)))
    await transact(CLOCK.on_response_overdue, received(sla.ResponseOverdue(**said, as_of=1, escalates=True, proof=NOW)))
    if "owed_by" not in changed:
        await transact(
            CLOCK.on_response_overdue_retracted, received(sla.ResponseOverdueRetracted(**said, reason=sla.RetractionReason.VOIDED))
        )

    assert await transact(conversation) == before


async def test_a_party_is_kept_without_its_address_and_erased_by_a_tombstone(transact: Memory) -> None:
    said = PartyChanged(id="buyer-7", kind=PartyKind.BUYER, display_name="Bo", email="bo@example.com", market="de", language="fr")

    async def party(tx: InMemoryTransaction) -> Any:
        return await tx.parties.get("buyer-7")

    async def forget(tx: InMemoryTransaction, party_id: str, **how: Any) -> bool:
        await parties.forget_party(tx, party_id, **how)
        return True

    await transact(on_party_changed, received(said, topic=PARTIES, subject="buyer-7"))
    kept = await transact(party)
    assert (kept.display_name, kept.language) == ("Bo", "fr")
    assert "bo@example.com" not in repr(kept)
    erasures = Erasures(source="/ticketing", closed=ticketing.TicketClosed, escalated=ticketing.TicketEscalated, forget=forget)
    tombstone = Tombstone(PARTIES, 0, 1, "buyer-7", NOW + timedelta(seconds=1))
    assert await transact(erasures.on_party_erased, tombstone), "there may be more, as the use case says"
    assert await transact(party) is None


async def test_a_party_under_the_key_of_another_is_poison(transact: Memory) -> None:
    said = PartyChanged(id="buyer-7", kind=PartyKind.BUYER, display_name="Bo", market="de")

    with pytest.raises(Poison, match="under its own key"):
        await transact(on_party_changed, received(said, topic=PARTIES, subject="buyer-8"))


def test_an_event_says_the_state_after_it_and_no_word_of_the_message() -> None:
    it = a_conversation()
    after, (fact,) = it.reply(a_message(Role.SELLER, text="the secret text"), an_act(Role.SELLER, it))

    event = ticketing.ReplyPosted(**repeated(after, fact), message=without_text(fact.message))  # type: ignore[arg-type]
    envelope = enveloped(event, after, fact, source="/ticketing", cause="command:1")

    assert (envelope.id, envelope.subject, envelope.sequence, envelope.time) == ("e-1", "c-1", 2, fact.at)
    assert (envelope.correlationid, envelope.causationid) == ("event-1", "command:1")
    assert (event.state, event.handler, event.actor_id, event.message.length) == ("awaiting_buyer", "seller", "member-1", 15)
    assert b"secret" not in (envelope.value or b"")


def test_a_message_on_the_wire_says_who_for_whom_and_how_long() -> None:
    message = a_message(Role.SUPPORT, visibility=Visibility.BACKSTAGE, text="abc")

    on_the_wire = without_text(message)

    assert (on_the_wire.author_role, on_the_wire.visibility, on_the_wire.length, on_the_wire.language) == ("support", "backstage", 3, "de")
    assert if_any(None) is None
    assert if_any(message) == on_the_wire


@pytest.mark.parametrize(
    "word",
    ["Side", "State", "Role", "Visibility", "CloseReason", "EscalationReason", "HandBackReason", "Kind", "Category"],
)
def test_every_word_of_the_domain_is_a_word_of_the_contract(word: str) -> None:
    mine, theirs = getattr(domain_words, word), getattr(words, word)

    assert {each.value for each in mine} <= {each.value for each in theirs}
