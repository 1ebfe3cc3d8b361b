"""Use cases on doubles: links, the clock's facts, parties."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from parley_conversation.domain import facts
from parley_conversation.domain.cells import NoOp
from parley_conversation.domain.market import MarketRules
from parley_conversation.domain.parties import PartyKind
from parley_conversation.domain.people import Actor, Person
from parley_conversation.domain.refusals import ChangedMeanwhile, LinkOutdated, NotFound, RoleNotAllowed
from parley_conversation.domain.rules import OverdueResponse
from parley_conversation.domain.waits import Expected
from parley_conversation.domain.words import CloseReason, EscalationReason, LinkMode, Role, Side, State
from parley_conversation.testing.builders import AGENT, BUYER, MEMBER, NOW, a_conversation, a_party, asked, holder_of
from parley_conversation.testing.doubles import InMemory, InMemoryTransaction
from parley_conversation.use_cases import commands, links, parties, reactions, reading

Memory = InMemory[InMemoryTransaction]
HOLDER = holder_of("buyer-1", Role.BUYER)
IDS = ("link-event",)


def told(transact: Memory) -> list[type]:
    return [type(each.fact.what) for each in transact.published()]


async def test_a_refused_command_leaves_nothing_behind(transact: Memory, place: Any) -> None:
    place(a_conversation())

    with pytest.raises(ChangedMeanwhile):
        await transact(commands.reply, "c-1", asked(BUYER, read=9), text="Hello")

    assert not transact.published()
    assert (await transact(reading.look, "c-1", BUYER)).messages == ()


async def test_a_message_speaks_the_authors_language(transact: Memory, place: Any) -> None:
    place(a_conversation())

    await transact(commands.reply, "c-1", asked(HOLDER), text="Hallo")
    await transact(commands.reply, "c-1", asked(AGENT, cause="command:2"), text="Hello")

    view = await transact(reading.look, "c-1", BUYER)
    assert [posted.message.language for posted in view.messages] == ["de", "en"]


async def test_a_new_link_is_asked_for_by_the_holder_of_an_old_one(transact: Memory, place: Any) -> None:
    place(a_conversation(State.FINAL))

    await transact(links.renew_link, "c-1", HOLDER, cause="command:1", event_ids=IDS)

    (published,) = transact.published()
    assert (published.fact.what, published.fact.id) == (facts.LinkRequested("buyer-1", Role.BUYER), "link-event")


@pytest.mark.parametrize(
    "holder",
    [
        holder_of("buyer-2", Role.BUYER),
        holder_of("stranger", Role.SELLER),
        holder_of("agent-1", Role.SUPPORT),
        holder_of("buyer-1", Role.BUYER, "c-9"),
        BUYER,
    ],
    ids=["another buyer", "no member", "support", "another conversation", "no link"],
)
async def test_nobody_else_gets_a_link_and_nobody_learns_why(transact: Memory, place: Any, holder: Person) -> None:
    place(a_conversation())

    for id in ("c-1", "c-9"):
        await transact(links.renew_link, id, holder, cause="command:1", event_ids=IDS)

    assert not transact.published()


async def test_a_market_that_wants_a_sign_in_sends_no_links(transact: Memory, place: Any) -> None:
    transact.markets = {"de": MarketRules(contact_window=timedelta(days=30), links={Role.BUYER: LinkMode.LOGIN})}
    place(a_conversation())

    await transact(links.renew_link, "c-1", HOLDER, cause="command:1", event_ids=IDS)

    assert not transact.published()


async def test_a_link_is_renewed_three_times_an_hour(transact: Memory, place: Any) -> None:
    place(a_conversation())

    for n in range(5):
        await transact(links.renew_link, "c-1", HOLDER, cause=f"command:{n}", event_ids=(f"event-{n}",))
    assert told(transact) == [facts.LinkRequested] * 3

    transact.now += timedelta(hours=1)
    await transact(links.renew_link, "c-1", HOLDER, cause="command:9", event_ids=("event-9",))
    assert len(transact.published()) == 4


async def test_a_party_who_revoked_gets_a_new_link_but_none_where_support_did(transact: Memory, place: Any) -> None:
    place(a_conversation())
    await transact(links.revoke_links, "c-1", BUYER)
    await transact(links.renew_link, "c-1", HOLDER, cause="command:1", event_ids=IDS)
    assert told(transact) == [facts.LinkRequested]

    await transact(links.revoke_links, "c-1", AGENT, party_id="buyer-1")
    await transact(links.renew_link, "c-1", HOLDER, cause="command:2", event_ids=("event-2",))
    assert len(transact.published()) == 1


async def test_links_to_all_conversations_are_revoked_by_their_party_or_by_support_of_its_market(transact: Memory, place: Any) -> None:
    place(a_conversation())
    old = holder_of("buyer-1", Role.BUYER, issued_at=NOW - timedelta(seconds=1))
    await transact(links.revoke_all_links, AGENT, party_id="buyer-1")

    with pytest.raises(LinkOutdated):
        await transact(reading.look, "c-1", old)
    with pytest.raises(RoleNotAllowed):
        await transact(links.revoke_all_links, MEMBER, party_id="buyer-1")
    with pytest.raises(NotFound):
        await transact(links.revoke_all_links, replace(AGENT, markets=frozenset({"fast"})), party_id="buyer-1")
    with pytest.raises(RoleNotAllowed):
        await transact(links.revoke_all_links, old)


async def test_an_erasure_ends_every_link_for_good(transact: Memory, place: Any) -> None:
    place(a_conversation())

    await transact(parties.forget_party, "buyer-1", at=NOW, cause="tombstone:buyer-1", event_id=lambda it: f"erased {it.id}")

    with pytest.raises(LinkOutdated):
        await transact(reading.look, "c-1", holder_of("buyer-1", Role.BUYER, issued_at=NOW - timedelta(seconds=1)))
    await transact(links.renew_link, "c-1", HOLDER, cause="command:1", event_ids=IDS)
    assert told(transact) == [facts.Closed], "no new link"


async def test_an_older_word_about_a_party_never_replaces_a_newer_one(transact: Memory) -> None:
    async def name(tx: InMemoryTransaction) -> str | None:
        party = await tx.parties.get("buyer-9")
        return party.display_name if party else None

    newer = a_party("buyer-9", PartyKind.BUYER, name="Newer", time=NOW)
    await transact(parties.know_party, newer)
    await transact(parties.know_party, replace(newer, display_name="Older", time=NOW - timedelta(seconds=1)))
    assert await transact(name) == "Newer"
    await transact(parties.know_party, replace(newer, display_name="Later in the log"))
    assert await transact(name) == "Later in the log"
    await transact(parties.forget_party, "buyer-9", at=NOW - timedelta(seconds=1), cause="t", event_id=lambda it: it.id)
    assert await transact(name) == "Later in the log"
    await transact(parties.forget_party, "buyer-9", at=NOW + timedelta(seconds=1), cause="t", event_id=lambda it: it.id)
    await transact(parties.know_party, newer)
    assert await transact(name) is None, "what came before the erasure does not undo it"
    await transact(parties.know_party, replace(newer, time=NOW + timedelta(seconds=2)))
    assert await transact(name) == "Newer"


def overdue(as_of: int = 1, owed_by: Side = Side.SELLER, *, escalates: bool = True) -> OverdueResponse:
    return OverdueResponse(cycle_id="cycle-1", owed_by=owed_by, as_of=as_of, escalates=escalates)


async def test_an_overdue_answer_is_handed_over_once(transact: Memory, place: Any) -> None:
    place(a_conversation())

    for _ in range(2):
        await transact(reactions.escalate_overdue, "c-1", overdue(), cause="overdue-1", event_ids=("escalated-1",))

    (published,) = transact.published()
    assert published.fact.what == facts.Escalated(EscalationReason.OVERDUE, None, "cycle-1")
    assert (published.cause, published.fact.id, published.fact.by) == ("overdue-1", "escalated-1", Actor("system", Role.SYSTEM))
    assert [row.reason for row in transact.tables["reactions"].values()] == [NoOp.WITH_SUPPORT]


@pytest.mark.parametrize(
    ("state", "what", "reason"),
    [
        (State.AWAITING_SELLER, overdue(as_of=0), NoOp.MOVED_SINCE),
        (State.AWAITING_SELLER, overdue(escalates=False), NoOp.POLICY_DOES_NOT_ESCALATE),
        (State.AWAITING_SELLER, overdue(owed_by=Side.SUPPORT), NoOp.OWED_BY_SUPPORT),
        (State.AWAITING_SUPPORT, overdue(), NoOp.WITH_SUPPORT),
        (State.AWAITING_BUYER, overdue(), NoOp.AWAITING_BUYER),
        (State.CLOSED, overdue(), NoOp.CLOSED),
        (State.FINAL, overdue(), NoOp.FINAL),
    ],
)
async def test_what_is_not_handed_over_is_recorded_with_its_reason(
    transact: Memory, place: Any, state: State, what: OverdueResponse, reason: NoOp
) -> None:
    place(a_conversation(state))

    await transact(reactions.escalate_overdue, "c-1", what, cause="overdue-1", event_ids=("escalated-1",))

    assert not transact.published()
    (row,) = transact.tables["reactions"].values()
    assert (row.reason, row.event_id, row.conversation_id, row.cycle_id) == (reason, "overdue-1", "c-1", "cycle-1")


async def test_a_further_message_of_the_buyer_does_not_stop_the_hand_over(transact: Memory, place: Any) -> None:
    place(a_conversation())
    await transact(commands.reply, "c-1", asked(BUYER), text="Are you there?")

    await transact(reactions.escalate_overdue, "c-1", overdue(as_of=1), cause="overdue-1", event_ids=("escalated-1",))

    assert told(transact) == [facts.Replied, facts.Escalated]


async def test_a_retracted_overdue_fact_gives_the_conversation_back(transact: Memory, place: Any) -> None:
    place(a_conversation())
    await transact(reactions.escalate_overdue, "c-1", overdue(), cause="overdue-1", event_ids=("escalated-1",))

    for n in range(2):
        await transact(reactions.hand_back_retracted, "c-1", "cycle-1", cause=f"retracted-{n}", event_ids=("back-1",))

    assert told(transact) == [facts.Escalated, facts.HandedBack]
    assert (await transact(reading.look, "c-1", BUYER)).conversation.state is State.AWAITING_SELLER
    assert [row.reason for row in transact.tables["reactions"].values()] == [NoOp.AWAITING_SELLER]


async def test_until_when_an_answer_is_expected_is_kept(transact: Memory, place: Any) -> None:
    place(a_conversation())
    due = NOW + timedelta(hours=1)

    await transact(reactions.expect, "c-1", Expected(owed_by=Side.SELLER, opened_by="event-1", start=NOW, due=due))

    wait = (await transact(reading.look, "c-1", BUYER)).conversation.wait
    assert wait is not None
    assert wait.due == due


async def test_the_clock_speaking_of_an_unknown_conversation_is_a_fault(transact: Memory) -> None:
    with pytest.raises(NotFound):
        await transact(reactions.escalate_overdue, "c-0", overdue(), cause="overdue-1", event_ids=("escalated-1",))


async def test_what_an_erased_buyer_asked_ends_for_good_and_once(transact: InMemory[InMemoryTransaction]) -> None:
    states = {state: a_conversation(state, id=f"c-{state}") for state in State}
    transact.tables["conversations"] = {
        it.id: it for it in (*states.values(), a_conversation(id="c-other", buyer=Actor("buyer-2", Role.BUYER)))
    }

    for hours in (1, 2):
        how: Any = {"at": NOW + timedelta(hours=hours), "cause": "tombstone:buyer-1", "event_id": lambda it: f"erased {it.id}"}
        await transact(parties.forget_party, "buyer-1", **how)

    assert {it.id for it in transact.tables["conversations"].values() if it.state is not State.FINAL} == {"c-other"}
    told = [(each.fact.id, each.fact.what, each.fact.by.role, each.cause) for each in transact.published()]
    assert sorted(told, key=str) == sorted(
        [
            (f"erased c-{state}", facts.Closed(CloseReason.ERASED), Role.SYSTEM, "tombstone:buyer-1")
            for state in State
            if state is not State.FINAL
        ],
        key=str,
    )
    assert all(not it.waits.open for it in transact.tables["conversations"].values() if it.id != "c-other")
