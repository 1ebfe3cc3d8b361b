"""One behaviour of the ports, in memory and on a real database with both drivers."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from parley_chassis.mongo import Database
from parley_conversation.domain.cells import NoOp
from parley_conversation.domain.links import LinkRecord, Revoker
from parley_conversation.domain.parties import PartyKind
from parley_conversation.domain.people import Actor
from parley_conversation.domain.rating import Rating
from parley_conversation.domain.standing import About
from parley_conversation.domain.waits import Waits
from parley_conversation.domain.words import Category, CloseReason, EscalationReason, Kind, Role, Side, State, Visibility
from parley_conversation.ports import Listing, Place, Posted, Scope, Unchanged
from parley_conversation.testing.builders import MEMBER, NOW, a_conversation, a_message, a_party, a_wait
from parley_conversation.use_cases import merchant

EVERYTHING = a_conversation(
    State.AWAITING_SUPPORT,
    kind=Kind.PRODUCT_INQUIRY,
    category=Category.PRE_PURCHASE,
    buyer=Actor("guest-1", Role.GUEST),
    about=About(product_id="p-1", product_title="Kännchen", product_url="https://shop.example/p-1"),
    waits=Waits(open=(a_wait(Side.SELLER), a_wait(Side.SUPPORT, due=None)), unanswered=True, moved_at=7),
    escalation=EscalationReason.OVERDUE,
    routed_only=True,
    agent_id="agent-1",
    assignee_id="member-1",
    answered=frozenset(Side),
    close_reason=CloseReason.WITH_REPLY,
    last_answer=Side.SUPPORT,
    rating=Rating(4, NOW),
)


async def put(tx: Any, *conversations: Any) -> None:
    for each in conversations:
        tx.conversations.put(each)


@pytest.mark.parametrize("it", [EVERYTHING, *(a_conversation(state) for state in State)], ids=lambda it: it.state)
async def test_a_conversation_comes_back_as_it_was(transact: Any, it: Any) -> None:
    async def get(tx: Any) -> Any:
        return await tx.conversations.get("c-1")

    assert await transact(get) is None
    await transact(put, it)
    assert await transact(get) == it


async def test_a_transaction_sees_what_it_wrote(transact: Any) -> None:
    async def write_and_read(tx: Any) -> tuple[Any, Any]:
        tx.conversations.put(a_conversation(agent_id="agent-1"))
        tx.messages.add("c-1", Posted(message=a_message(Role.BUYER), sequence=1, at=NOW))
        listed = await tx.conversations.page(Listing(scope=Scope(buyer_id="buyer-1")))
        return await tx.conversations.get("c-1"), (listed, await tx.messages.of("c-1"))

    it, (listed, messages) = await transact(write_and_read)

    assert it.agent_id == "agent-1"
    assert listed == (it,)
    assert [posted.message for posted in messages] == [a_message(Role.BUYER)]


async def test_a_team_is_the_members_of_the_shop_or_the_agents_of_the_market(transact: Any) -> None:
    async def know(tx: Any) -> None:
        for party in (
            a_party("m-2", PartyKind.MEMBER, name="Ben", seller_id="seller-1"),
            a_party("m-1", PartyKind.MEMBER, name="Ann", seller_id="seller-1"),
            a_party("m-9", PartyKind.MEMBER, seller_id="seller-9"),
            a_party("seller-1", PartyKind.SELLER),
            a_party("agent-1", PartyKind.SUPPORT),
            a_party("agent-9", PartyKind.SUPPORT, market="fast"),
        ):
            tx.parties.put(party)
        tx.parties.erase("m-3", NOW)

    async def team(tx: Any, side: Side) -> list[str]:
        return [party.id for party in await tx.parties.team(side, seller_id="seller-1", market="de")]

    await transact(know)
    assert await transact(team, Side.SELLER) == ["m-1", "m-2"]
    assert await transact(team, Side.SUPPORT) == ["agent-1"]


async def test_a_failed_transaction_leaves_nothing(transact: Any) -> None:
    async def write_and_fail(tx: Any) -> None:
        tx.conversations.put(a_conversation())
        raise LookupError

    async def get(tx: Any) -> Any:
        return await tx.conversations.get("c-1")

    with pytest.raises(LookupError):
        await transact(write_and_fail)
    assert await transact(get) is None


async def test_messages_come_in_the_order_of_their_places(transact: Any) -> None:
    posted = [
        Posted(message=a_message(Role.SUPPORT, id=f"m-{9 - n}", visibility=Visibility.BACKSTAGE, text="ü\n" * n), sequence=n, at=NOW)
        for n in (10, 2, 9, 1)
    ]

    async def add(tx: Any) -> None:
        for each in posted:
            tx.messages.add("c-1", each)
        tx.messages.add("c-2", replace(posted[0], message=a_message(Role.BUYER, id="other")))

    async def read(tx: Any) -> Any:
        return await tx.messages.of("c-1")

    await transact(add)
    assert await transact(read) == tuple(sorted(posted, key=lambda each: each.sequence))


async def test_a_list_holds_whose_it_is(transact: Any) -> None:
    await transact(
        put,
        a_conversation(id="c-1"),
        a_conversation(id="c-2", buyer=Actor("buyer-2", Role.BUYER)),
        a_conversation(id="c-3", seller_id="seller-2"),
        a_conversation(State.AWAITING_SUPPORT, id="c-4", routed_only=True),
        a_conversation(State.CLOSED, id="c-5", market="fast", category=Category.POST_PURCHASE),
    )

    async def ids(tx: Any, listing: Listing) -> list[str]:
        return sorted(each.id for each in await tx.conversations.page(listing))

    async def counts(tx: Any, scope: Scope) -> Any:
        return {state.value: count for state, count in (await tx.conversations.counts(scope)).items() if count}

    buyer, support = Scope(buyer_id="buyer-1"), Scope(markets=frozenset({"de"}))
    sellers = Scope(seller_ids=frozenset({"seller-1", "seller-2"}))
    assert await transact(ids, Listing(scope=buyer)) == ["c-1", "c-3", "c-4", "c-5"]
    assert await transact(ids, Listing(scope=sellers)) == ["c-1", "c-2", "c-3", "c-5"]
    assert await transact(ids, Listing(scope=sellers, state=State.CLOSED)) == ["c-5"]
    assert await transact(ids, Listing(scope=buyer, category=Category.POST_PURCHASE)) == ["c-5"]
    assert await transact(ids, Listing(scope=support)) == ["c-1", "c-2", "c-3", "c-4"]
    assert await transact(ids, Listing(scope=Scope(seller_ids=frozenset()))) == []
    assert await transact(ids, Listing(scope=Scope())) == []
    assert await transact(counts, buyer) == {"awaiting_seller": 2, "awaiting_support": 1, "closed": 1}
    assert await transact(counts, sellers) == {"awaiting_seller": 3, "closed": 1}


@pytest.mark.parametrize("state", [State.AWAITING_SELLER, State.CLOSED, None])
async def test_pages_follow_one_another_without_a_gap_or_a_repeat(transact: Any, state: State | None) -> None:
    # Every second one is as old as its neighbour: the id decides between those.
    some = [a_conversation(state or State.CLOSED, id=f"c-{n}", since=NOW + timedelta(minutes=n // 2)) for n in range(9)]
    await transact(put, *some)

    async def page(tx: Any, after: Place | None) -> Any:
        return await tx.conversations.page(Listing(scope=Scope(buyer_id="buyer-1"), state=state, after=after, limit=2))

    found: list[str] = []
    after = None
    while rows := await transact(page, after):
        found += [row.id for row in rows]
        after = Place(rows[-1].since, rows[-1].id)

    expected = [each.id for each in some]
    assert found == (expected if state is State.AWAITING_SELLER else expected[::-1])


async def test_no_list_no_count_and_no_search_for_what_ended_fetches_a_thread_of_order_notes(on_mongodb: Any, database: Any) -> None:
    threads = [a_conversation(State.AWAITING_BUYER, id=f"t-{n}", buyer_wrote_at=None) for n in range(50)]
    await on_mongodb(put, *threads, *(a_conversation(State.AWAITING_BUYER, id=f"c-{n}") for n in range(3)))
    scopes = (Scope(buyer_id="buyer-1"), Scope(seller_ids=frozenset({"seller-1"})), Scope(markets=frozenset({"de"})))

    async def ask(tx: Any) -> None:
        for scope in scopes:
            for state in (None, State.AWAITING_BUYER):
                assert len(await tx.conversations.page(Listing(scope=scope, state=state))) == 3
            assert (await tx.conversations.counts(scope))[State.AWAITING_BUYER] == 3
        assert await tx.conversations.ended("de", before=NOW + timedelta(1), limit=9) == ()
        assert await tx.conversations.untouched("de", before=NOW, limit=9) == ()

    await database.command({"profile": 2})
    await on_mongodb(ask)
    await database.command({"profile": 0})

    asked = await database["system.profile"].find({"ns": f"{database.name}.conversations"}).to_list(None)
    assert len(asked) == len(scopes) * (2 + len(State)) + 2
    assert all(each["docsExamined"] <= 3 for each in asked), [(each["planSummary"], each["docsExamined"]) for each in asked]


async def test_the_search_for_threads_that_nobody_touched_and_for_what_a_tombstone_is_about_uses_an_index(
    on_mongodb: Any, database: Any
) -> None:
    await on_mongodb(put, *(a_conversation(id=f"c-{n}", buyer=Actor("another", Role.BUYER), seller_id="another") for n in range(50)))
    await on_mongodb(put, a_conversation(id="c"), a_conversation(State.AWAITING_BUYER, id="t", buyer_wrote_at=None))

    async def ask(tx: Any) -> None:
        assert [it.id for it in await tx.conversations.not_erased("buyer-1", before=None, limit=9)] == ["c", "t"]
        assert [it.id for it in await tx.conversations.left_to("seller-1", limit=9)] == ["c", "t"]
        assert [it.id for it in await tx.conversations.untouched("de", before=NOW + timedelta(1), limit=9)] == ["t"]

    await database.command({"profile": 2})
    await on_mongodb(ask)
    await database.command({"profile": 0})

    asked = await database["system.profile"].find({"ns": f"{database.name}.conversations"}).to_list(None)
    assert [each["docsExamined"] for each in asked] == [2, 2, 1], [each["planSummary"] for each in asked]


async def test_a_party_is_kept_and_erased(transact: Any) -> None:
    party = a_party("p-1", PartyKind.MEMBER, seller_id="seller-1", language="de", country="DE", has_account=False)

    async def read(tx: Any) -> Any:
        await tx.parties.load(["p-1", "p-2"])
        return await tx.parties.get("p-1"), await tx.parties.time_of("p-1"), await tx.parties.get("p-2")

    async def keep(tx: Any) -> None:
        tx.parties.put(party)

    async def erase(tx: Any) -> None:
        tx.parties.erase("p-1", NOW)

    assert await transact(read) == (None, None, None)
    await transact(keep)
    assert await transact(read) == (party, party.time, None)
    await transact(erase)
    assert await transact(read) == (None, NOW, None)


async def test_a_link_record_is_for_one_conversation_or_for_all(transact: Any) -> None:
    here = LinkRecord(party_id="buyer-1", conversation_id="c-1", renewed=(NOW, NOW + timedelta(minutes=1)))
    everywhere = LinkRecord(party_id="buyer-1").revoke(NOW, Revoker.SUPPORT)

    async def keep(tx: Any) -> None:
        tx.links.put(here)
        tx.links.put(everywhere)

    async def read(tx: Any) -> Any:
        return [await tx.links.get("buyer-1", id) for id in ("c-1", None, "c-2")]

    await transact(keep)
    assert await transact(read) == [here, everywhere, LinkRecord(party_id="buyer-1", conversation_id="c-2")]


async def test_what_the_clock_brought_about_in_vain_is_recorded_once(transact: Any) -> None:
    record = Unchanged(event_id="e-1", conversation_id="c-1", cycle_id="cycle-1", reason=NoOp.MOVED_SINCE, at=NOW)

    async def keep(tx: Any) -> None:
        tx.reactions.unchanged(record)

    for _ in range(2):
        await transact(keep)
    if hasattr(transact, "tables"):
        assert list(transact.tables["reactions"].values()) == [record]
    else:
        rows = await transact.database["reactions"].find({}).to_list(None)
        assert [(row["_id"], row["reason"], row["at"]) for row in rows] == [("e-1", "moved_since", NOW)]


async def test_what_waits_for_a_sellers_program_is_read_with_one_query_for_all_messages(on_mongodb: Any, database: Database) -> None:
    ids = [f"c-{n}" for n in range(3)]

    async def write(tx: Any) -> None:
        for id in ids:
            tx.conversations.put(a_conversation(id=id))
            tx.messages.add(id, Posted(message=a_message(Role.BUYER, id=f"m of {id}"), sequence=1, at=NOW))

    await on_mongodb(write)
    await database.command("profile", 2)
    views, _ = await on_mongodb(merchant.await_seller, MEMBER, after=None, start=0, limit=9)
    await database.command("profile", 0)

    assert [[each.message.id for each in view.messages] for view in views] == [[f"m of {id}"] for id in ids]
    assert await database["system.profile"].count_documents({"op": "query", "ns": {"$regex": r"\.messages$"}}) == 1
