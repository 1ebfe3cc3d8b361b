"""What goes from the database: a person who is erased, and what was closed long ago."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from parley_chassis.commands import Answer, CommandKey
from parley_chassis.mongo import Database
from parley_conversation.domain.history import reading_of
from parley_conversation.domain.links import LinkRecord
from parley_conversation.domain.parties import PartyKind
from parley_conversation.domain.people import Actor, Person
from parley_conversation.domain.refusals import Erased
from parley_conversation.domain.templates import Owner, ReplyTemplate
from parley_conversation.domain.words import CloseReason, Role, Side, State
from parley_conversation.ports import Posted
from parley_conversation.testing.builders import NOW, PARTIES, a_conversation, a_message, a_party
from parley_conversation.use_cases import parties
from parley_conversation.use_cases.parties import forget_party
from parley_conversation.use_cases.templates import keep_template


async def put(tx: Any, *conversations: Any) -> None:
    for each in conversations:
        tx.conversations.put(each)


async def test_a_buyers_conversations_are_erased_with_what_was_written_in_them(transact: Any) -> None:
    async def write(tx: Any) -> None:
        later, others = {"opened_at": NOW + timedelta(1)}, {"buyer": Actor("b", Role.BUYER)}
        for id, changes in {"c-1": {}, "c-2": {}, "c-3": later, "c-4": others}.items():
            tx.conversations.put(a_conversation(id=id, **changes))
            tx.messages.add(id, Posted(message=a_message(Role.BUYER, id=f"m of {id}"), sequence=1, at=NOW))

    async def left(tx: Any, before: Any = None, limit: int = 9) -> list[str]:
        return [it.id for it in await tx.conversations.not_erased("buyer-1", before=before, limit=limit)]

    async def erase(tx: Any) -> None:
        tx.conversations.put(replace(await tx.conversations.get("c-1"), close_reason=CloseReason.ERASED))
        await tx.messages.erase(["c-1", "c-2"])

    async def written(tx: Any) -> list[int]:
        return [len(await tx.messages.of(f"c-{n}")) for n in (1, 2, 3, 4)]

    await transact(write)
    assert await transact(left) == ["c-1", "c-2", "c-3"]
    assert await transact(left, NOW + timedelta(hours=1)) == ["c-1", "c-2"]
    assert await transact(left, limit=1) == ["c-1"]
    await transact(erase)
    assert await transact(left) == ["c-2", "c-3"]
    assert await transact(written) == [0, 0, 1, 1]


async def test_whoever_claims_a_party_while_it_is_erased_sees_the_erasure(on_mongodb: Any) -> None:
    seen = []

    async def know(tx: Any) -> None:
        tx.parties.put(a_party("p-1", PartyKind.BUYER))

    async def erase(tx: Any) -> None:
        tx.parties.erase("p-1", NOW)

    async def begin(tx: Any) -> None:
        seen.append(await tx.parties.is_erased("p-1"))
        if len(seen) == 1:
            await on_mongodb(erase)
        await tx.parties.claim("p-1")

    await on_mongodb(know)
    await on_mongodb(begin)

    assert seen == [False, True]


async def test_a_shops_reply_template_goes_with_the_answer_that_was_kept_for_whoever_made_it(on_mongodb: Any, database: Database) -> None:
    key = CommandKey("member-1", "POST /v1/tickets/reply-templates", "k", "")
    kept = ReplyTemplate(id="t-1", owner=Owner(seller_id="seller-1"), title="t", text="Yours, Lena", cause=f"command:{key.id}")

    async def keep(tx: Any) -> Answer:
        tx.templates.put(kept)
        return Answer(201, {"text": kept.text})

    async def erase(tx: Any) -> None:
        await forget_party(tx, "seller-1", at=NOW, cause="c", event_id=lambda it: "e")

    await on_mongodb.once(key, keep)
    assert await database["commands"].count_documents({"answer.body.text": kept.text}) == 1
    await on_mongodb(erase)

    assert [await database[name].count_documents({}) for name in ("commands", "reply_templates")] == [0, 0]


async def test_a_reply_template_that_is_kept_in_the_moment_of_its_shops_erasure_is_refused(on_mongodb: Any, database: Database) -> None:
    member, began = Person(party_id="member-1", seller_ids=frozenset({"seller-1"})), []

    async def know(tx: Any) -> None:
        tx.parties.put(a_party("seller-1", PartyKind.SELLER))

    async def erase(tx: Any) -> None:
        await forget_party(tx, "seller-1", at=NOW, cause="c", event_id=lambda it: "e")

    async def keep(tx: Any) -> None:
        began.append(await tx.parties.is_erased("seller-1"))
        if len(began) == 1:
            await on_mongodb(erase)
        await keep_template(tx, member, ReplyTemplate(id="t-1", owner=Owner(), title="t", text="Yours, Lena"))

    await on_mongodb(know)
    with pytest.raises(Erased):
        await on_mongodb(keep)

    assert began == [False, True]
    assert await database["reply_templates"].count_documents({}) == 0


async def test_that_a_shop_is_gone_is_known_for_good_and_that_a_person_is_for_thirty_days(on_mongodb: Any, database: Database) -> None:
    async def erase(tx: Any) -> list[bool]:
        await forget_party(tx, "seller-1", at=NOW, cause="c", event_id=lambda it: "e")
        await forget_party(tx, "buyer-1", at=NOW, cause="c", event_id=lambda it: "e")
        await forget_party(tx, "seller-1", at=NOW, cause="c", event_id=lambda it: "e")  # its tombstone comes again
        return [await tx.parties.is_erased(id) and await tx.parties.get(id) is None for id in ("seller-1", "buyer-1")]

    async def know(tx: Any) -> None:
        for party in PARTIES:
            tx.parties.put(party)

    await on_mongodb(know)
    assert await on_mongodb(erase) == [True, True]

    going = await database["parties"].find({"erased_at": {"$exists": True}}).to_list(None)
    assert [row["_id"] for row in going] == ["buyer-1"], "the index that lets rows go is one of this field"


async def test_what_is_opened_with_a_shop_in_the_moment_of_its_erasure_is_handed_over(
    on_mongodb: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither transaction sees the other, and neither writes what the other writes: both commit."""
    monkeypatch.setattr(parties, "LOOK_AGAIN", timedelta(seconds=-1))

    async def know(tx: Any) -> None:
        tx.parties.put(a_party("seller-1", PartyKind.SELLER))

    async def erase(tx: Any) -> None:
        await forget_party(tx, "seller-1", at=NOW, cause="c", event_id=lambda it: "e")

    async def begin(tx: Any) -> None:
        assert not await tx.parties.is_erased("seller-1")
        await on_mongodb(erase)
        tx.conversations.put(a_conversation())

    async def look_again(tx: Any) -> tuple[bool, State]:
        more = await parties.look_again(tx, event_id=lambda it: "e")
        return more, (await tx.conversations.get("c-1")).state

    await on_mongodb(know)
    await on_mongodb(begin)

    assert await on_mongodb(look_again) == (False, State.AWAITING_SUPPORT)


async def test_what_ended_is_found_and_removed_without_a_trace(transact: Any) -> None:
    async def write(tx: Any) -> None:
        states = {"c-1": State.CLOSED, "c-2": State.FINAL, "c-3": State.FINAL, "c-4": State.AWAITING_BUYER}
        for days, (id, state) in enumerate(states.items()):
            tx.conversations.put(a_conversation(state, id=id, since=NOW + timedelta(days)))
        for days, (id, state) in enumerate({"t-1": State.AWAITING_BUYER, "t-2": State.CLOSED, "t-3": State.CLOSED}.items()):
            tx.conversations.put(a_conversation(state, id=id, changed_at=NOW + timedelta(days), sequence=7, buyer_wrote_at=None))
        for id in ("c-1", "c-11"):
            tx.messages.add(id, Posted(message=a_message(Role.BUYER, id=f"m of {id}"), sequence=1, at=NOW))
            tx.links.put(LinkRecord(party_id="p-1", conversation_id=id, valid_from=NOW))

    async def ended(tx: Any) -> list[str]:
        both = (tx.conversations.ended, tx.conversations.untouched)
        return [it.id for over in both for it in await over("de", before=NOW + timedelta(2), limit=9)]

    async def remove(tx: Any) -> None:
        await tx.traces.remove(["c-1", "t-1"])

    async def last_sequences(tx: Any) -> list[int]:
        return [await tx.traces.last_sequence(id) for id in ("c-1", "t-1", "t-2")]

    async def written(tx: Any) -> list[Any]:
        return [(len(await tx.messages.of(id)), (await tx.links.get("p-1", id)).valid_from) for id in ("c-1", "c-11")]

    await transact(write)
    assert await transact(ended) == ["c-1", "c-2", "t-1", "t-2"]
    await transact(remove)
    assert await transact(ended) == ["c-2", "t-2"]
    assert await transact(last_sequences) == [3, 7, 0]
    assert await transact(written) == [(0, None), (1, NOW)]


async def test_what_a_shop_owes_or_would_owe_is_found(transact: Any) -> None:
    async def left(tx: Any) -> list[str]:
        return [it.id for it in await tx.conversations.left_to("seller-1", limit=9)]

    await transact(put, *(a_conversation(state, id=f"c-{n}") for n, state in enumerate(State)))
    await transact(put, a_conversation(State.CLOSED, id="c-9", handler=Side.SUPPORT), a_conversation(id="c-8", seller_id="seller-2"))

    assert await transact(left) == ["c-0", "c-2", "c-3"]

    await transact(put, a_conversation(State.AWAITING_BUYER, id="c-1a", buyer_wrote_at=None))
    assert await transact(left) == ["c-0", "c-1a", "c-2", "c-3"], "a thread of notes, too"


async def test_a_history_is_erased_and_no_other(transact: Any) -> None:
    async def write(tx: Any) -> None:
        for id in ("order-1", "order-2"):
            tx.history.add(reading_of(id, Actor("agent-1", Role.SUPPORT), NOW))

    async def erase(tx: Any) -> None:
        await tx.history.erase(["order-1"])

    async def left(tx: Any) -> list[int]:
        return [len(await tx.history.of(id, after=None, limit=9)) for id in ("order-1", "order-2")]

    await transact(write)
    await transact(erase)

    assert await transact(left) == [0, 1]
