"""Many people write at once: sequences have no gap, and a request acts once."""

import asyncio
from functools import partial
from typing import Any

from parley_chassis.commands import Answer, Busy, CommandKey, RequestRunning
from parley_chassis.mongo import Database, Transactions
from parley_chassis.testing import eventually
from parley_conversation.testing.builders import BUYER, a_conversation, asked
from parley_conversation.use_cases import commands

WRITERS = 32


async def place(tx: Any) -> None:
    tx.conversations.put(a_conversation(sequence=0))


async def test_the_events_of_thirty_two_writers_have_the_sequences_one_to_thirty_two(
    on_mongodb: Transactions[Any], database: Database
) -> None:
    await on_mongodb(place)

    async def write(tx: Any, n: int) -> Answer:
        ids = [f"event-{n}-{part}" for part in range(4)]
        seat = await commands.reply(tx, "c-1", asked(BUYER, cause=f"command:{n}", ids=ids), text=f"message {n}")
        return Answer(200, {"version": seat.conversation.sequence})

    # Without a second try: those of one process never meet in the database.
    await asyncio.gather(*(on_mongodb.once(None, write, n) for n in range(WRITERS)))

    rows = await database["outbox"].find({"key": "c-1"}).sort("sequence", 1).to_list(None)
    assert [row["sequence"] for row in rows] == list(range(1, WRITERS + 1))
    assert len({row["_id"] for row in rows}) == WRITERS
    times = [row["at"] for row in rows]
    assert times == sorted(times), "a conversation's time never runs backwards"
    messages = await database["messages"].find({"conversation_id": "c-1"}).to_list(None)
    assert {message["text"] for message in messages} == {f"message {n}" for n in range(WRITERS)}
    conversation = await database["conversations"].find_one({"_id": "c-1"})
    assert conversation is not None
    assert conversation["sequence"] == WRITERS


async def test_the_same_request_sent_at_once_by_many_acts_once(on_mongodb: Transactions[Any], database: Database) -> None:
    await on_mongodb(place)
    key = CommandKey("buyer-1", "POST /v1/tickets/c-1/reply", "key-1", "fingerprint")

    async def reply(tx: Any, n: int) -> Answer:
        seat = await commands.reply(
            tx, "c-1", asked(BUYER, cause=f"command:{key.id}", ids=[f"e-{n}-{part}" for part in range(4)]), text="once"
        )
        return Answer(200, {"version": seat.conversation.sequence})

    async def send(n: int) -> Answer | None:
        try:
            return await on_mongodb.once(key, reply, n)
        except (RequestRunning, Busy):
            return None

    answers = await asyncio.gather(*(eventually(partial(send, n)) for n in range(8)))

    assert {answer.body["version"] for answer in answers} == {1}
    assert sorted(answer.replayed for answer in answers) == [False] + [True] * 7
    assert await database["outbox"].count_documents({"key": "c-1"}) == 1


async def test_twelve_who_write_in_twelve_conversations_at_once_have_them_read_with_two_queries(
    on_mongodb: Transactions[Any], database: Database
) -> None:
    async def place_all(tx: Any) -> None:
        for n in range(12):
            tx.conversations.put(a_conversation(id=f"c-{n}"))

    async def write(tx: Any, n: int) -> Answer:
        seat = await commands.reply(tx, f"c-{n}", asked(BUYER, cause=f"command:{n}"), text="Hello")
        return Answer(200, {"version": seat.conversation.sequence})

    await on_mongodb(place_all)
    await database.command("profile", 2)
    answers = await asyncio.gather(*(on_mongodb.about(f"c-{n}", "buyer-1").once(None, write, n) for n in range(12)))
    await database.command("profile", 0)

    assert {answer.body["version"] for answer in answers} == {2}
    read = {"ns": f"{database.name}.conversations", "command.find": "conversations"}
    assert await database["system.profile"].count_documents(read) == 2, "one for who came first and alone, one for all others"
