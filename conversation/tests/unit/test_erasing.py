"""Forgetting a person: nothing of them is left to read, once and for good."""

from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient
from parley_conversation.domain import facts
from parley_conversation.domain.parties import PartyKind
from parley_conversation.domain.people import Actor, Person
from parley_conversation.domain.refusals import Erased
from parley_conversation.domain.waits import Waits
from parley_conversation.domain.words import EscalationReason, Role, Side, State, Visibility
from parley_conversation.ports import Posted
from parley_conversation.testing.builders import AGENT, BUYER, MEMBER, NOW, a_conversation, a_message, a_party, asked
from parley_conversation.testing.doubles import InMemory, InMemoryTransaction
from parley_conversation.testing.issuer import Issuer
from parley_conversation.use_cases import commands, parties, reading

Memory = InMemory[InMemoryTransaction]
MODERATOR = Person(party_id="moderator", moderates=True)


async def forget(transact: Memory, who: str = "buyer-1", *, seconds: float = 1) -> tuple[Any, ...]:
    how: Any = {"at": NOW + timedelta(seconds=seconds), "cause": f"tombstone:{who}", "event_id": lambda it: f"erased {it.id}"}
    return await transact(parties.forget_party, who, **how)


@pytest.fixture
def talk(transact: Memory, place: Any) -> Any:
    """Puts a conversation there in which everybody wrote."""

    def put(id: str = "c-1", state: State = State.AWAITING_BUYER, **changes: Any) -> None:
        place(a_conversation(state, id=id, **changes))
        notes = {Role.SUPPORT: Visibility.INTERNAL}
        for sequence, role in enumerate((Role.BUYER, Role.SELLER, Role.SUPPORT)):
            message = a_message(role, id=f"{id} {role}", text="Dear Bea", visibility=notes.get(role, Visibility.PUBLIC))
            transact.tables.setdefault("messages", {})[id, sequence] = Posted(message=message, sequence=sequence, at=NOW)

    return put


def written(transact: Memory) -> set[str]:
    return {conversation for conversation, _ in transact.tables["messages"]}


@pytest.mark.parametrize("state", State)
async def test_what_was_written_with_an_erased_buyer_is_gone_whoever_wrote_it(transact: Memory, talk: Any, state: State) -> None:
    talk("c-1", state)
    talk("c-2", buyer=Actor("buyer-2", Role.BUYER))

    await forget(transact)

    assert written(transact) == {"c-2"}
    assert [type(each.fact.what) for each in transact.published()] == ([] if state is State.FINAL else [facts.Closed])


@pytest.mark.parametrize("state", [State.AWAITING_SELLER, State.FINAL])
async def test_nobody_reads_what_was_erased_and_each_is_told_so(transact: Memory, talk: Any, state: State) -> None:
    talk("c-1", state)
    await forget(transact)

    for person in (MEMBER, AGENT):
        with pytest.raises(Erased):
            await transact(reading.look, "c-1", person)
    with pytest.raises(Erased):
        await transact(reading.message_of, "c-1", "c-1 buyer", MODERATOR)


async def test_over_http_what_was_erased_is_gone(client: AsyncClient, issuer: Issuer, transact: Memory, talk: Any) -> None:
    talk()
    await forget(transact)

    answer = await client.get("/v1/tickets/c-1", headers=issuer.bearer("agent-1", "support", markets=["de"]))

    assert (answer.status_code, answer.json()["type"]) == (410, "/problems/erased")


async def test_the_same_erasure_again_tells_nothing_new(transact: Memory, talk: Any) -> None:
    talk("c-1", State.FINAL)
    talk("c-2")

    assert len(await forget(transact)) == 2
    assert await forget(transact) == ()
    assert len(transact.published()) == 1


async def test_many_conversations_are_erased_some_at_a_time(transact: Memory, talk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parties, "AT_ONCE", 2)
    for n in range(5):
        talk(f"c-{n}")

    assert [len(await forget(transact)) for _ in range(4)] == [2, 2, 1, 0]
    assert not written(transact)


async def test_who_comes_back_keeps_what_is_new(transact: Memory, talk: Any) -> None:
    back = NOW + timedelta(seconds=5)
    talk("c-old")
    talk("c-new", opened_at=back)
    await transact(parties.know_party, a_party("buyer-1", PartyKind.BUYER, name="Bea again", time=back))

    await forget(transact, seconds=1)

    assert written(transact) == {"c-new"}
    assert (await transact(reading.look, "c-new", MEMBER)).names["buyer-1"] == "Bea again"


async def test_what_an_erased_shop_owed_or_would_owe_is_supports_and_stays_readable(transact: Memory, talk: Any) -> None:
    for state in State:
        talk(f"c-{state}", state)

    await forget(transact, "seller-1")

    told = {each.conversation.state: each.fact.what for each in transact.published()}
    routed = facts.Escalated(EscalationReason.ROUTING)
    assert told == {State.AWAITING_SUPPORT: routed, State.AWAITING_BUYER: routed, State.CLOSED: routed}
    assert {it.handler for it in transact.tables["conversations"].values() if it.state is not State.FINAL} == {Side.SUPPORT}
    assert len(written(transact)) == 5
    assert await forget(transact, "seller-1") == (), "once"


async def test_nobody_waits_for_support_in_what_an_erased_shop_had_closed_unanswered(transact: Memory, place: Any) -> None:
    place(a_conversation(State.CLOSED, waits=Waits(unanswered=True, moved_at=2)))

    await forget(transact, "seller-1")
    assert not transact.tables["conversations"]["c-1"].waits.open

    await transact(commands.reply, "c-1", asked(BUYER), text="Anybody there?")
    assert transact.tables["conversations"]["c-1"].state is State.AWAITING_SUPPORT


async def test_a_shop_that_came_back_keeps_its_conversations(transact: Memory, talk: Any) -> None:
    talk()
    await transact(parties.know_party, a_party("seller-1", PartyKind.SELLER, time=NOW + timedelta(seconds=5)))

    assert await forget(transact, "seller-1") == ()


async def test_what_was_opened_with_a_shop_while_it_was_erased_is_supports_in_the_end(transact: Memory, talk: Any) -> None:
    await forget(transact, "seller-1")
    talk("c-1", State.AWAITING_SELLER)

    assert not await transact(parties.look_again, event_id=lambda it: f"erased {it.id}")
    assert transact.published() == [], "whoever opened it may not have committed yet"
    transact.now = NOW + parties.LOOK_AGAIN + timedelta(seconds=1)
    assert not await transact(parties.look_again, event_id=lambda it: f"erased {it.id}")

    assert [each.fact.what for each in transact.published()] == [facts.Escalated(EscalationReason.ROUTING)]
    assert [each.cause for each in transact.published()] == ["tombstone:seller-1"]
    talk("c-2", State.AWAITING_SELLER)
    await transact(parties.look_again, event_id=lambda it: f"erased {it.id}")
    assert len(transact.published()) == 1, "a shop is looked at once: nothing is opened with it any more"


async def test_a_shop_with_much_to_hand_over_is_looked_at_until_nothing_is_left(
    transact: Memory, talk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parties, "AT_ONCE", 2)
    await forget(transact, "seller-1")
    for n in range(3):
        talk(f"c-{n}", State.AWAITING_SELLER)
    transact.now = NOW + parties.LOOK_AGAIN + timedelta(seconds=1)

    more = [await transact(parties.look_again, event_id=lambda it: f"erased {it.id}") for _ in range(2)]

    assert (more, len(transact.published())) == ([True, False], 3)


async def test_a_shop_that_came_back_is_not_looked_at_again(transact: Memory, talk: Any) -> None:
    await forget(transact, "seller-1")
    await transact(parties.know_party, a_party("seller-1", PartyKind.SELLER, time=NOW + timedelta(seconds=5)))
    talk("c-1", State.AWAITING_SELLER)
    transact.now = NOW + parties.LOOK_AGAIN + timedelta(seconds=1)

    await transact(parties.look_again, event_id=lambda it: f"erased {it.id}")

    assert transact.published() == []
