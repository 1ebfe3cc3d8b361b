"""Processes die at the worst moments: each mail is sent once, or it is known that nobody knows."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from parley_chassis.testing import SmtpSink, eventually
from parley_contracts.ticketing import TicketCreated
from parley_contracts.topics import TICKETS
from parley_contracts.words import Role

Said = Callable[..., dict[str, Any]]
Started = Callable[..., Awaitable[Any]]

ANNA = "anna@people.example"


async def a_receipt(log: Any, a_ticket: Said, a_message: Said) -> str:
    """A ticket whose only mail is Anna's receipt."""
    await log.person("anna", "Anna König", ANNA)
    ticket = str(uuid4())
    await log.say(TICKETS, ticket, TicketCreated(**a_ticket(handler="support", state="awaiting_support"), message=a_message()))
    return ticket


async def state_of(database: Any) -> str | None:
    row = await database.deliveries.find_one({})
    return row["state"] if row else None


async def test_a_sender_killed_before_the_text_left_sends_it_once_after_its_restart(
    log: Any, started: Started, smtp_sink: SmtpSink, a_ticket: Said, a_message: Said, database: Any
) -> None:
    smtp_sink.next("RCPT", delay=60)
    first = await started()
    await a_receipt(log, a_ticket, a_message)
    await eventually(lambda: smtp_sink.connections)
    first.kill()
    await first.ended()
    assert await state_of(database) == "claimed"

    await started()
    await eventually(lambda: smtp_sink.mails)
    assert await eventually(lambda: state_of(database)) in ("dot", "sent")
    await eventually(lambda: sent(database))

    assert len(smtp_sink.to(ANNA)) == 1


async def sent(database: Any) -> bool:
    return await state_of(database) == "sent"


async def test_a_sender_killed_after_the_text_left_leaves_it_open_and_does_not_send_it_again_soon(
    log: Any, started: Started, smtp_sink: SmtpSink, a_ticket: Said, a_message: Said, database: Any
) -> None:
    smtp_sink.next("DOT", until=asyncio.Event())
    first = await started(SMTP_REPLY_TIMEOUT="6s")
    await a_receipt(log, a_ticket, a_message)

    async def at_the_dot() -> bool:
        return await state_of(database) == "dot"

    await eventually(at_the_dot)
    first.kill()
    await first.ended()
    await started()

    async def left_open() -> Any:
        return await database.deliveries.find_one({"state": "ambiguous"})

    row = await eventually(left_open)

    assert row["ambiguous"] == 1
    assert (row["due"] - row["created"]).total_seconds() > 900
    # The server took it over or not; nobody asked it a second time.
    assert smtp_sink.connections == 1


async def test_a_sender_asked_to_end_waits_for_the_reply_and_ends(
    log: Any, started: Started, smtp_sink: SmtpSink, a_ticket: Said, a_message: Said, database: Any
) -> None:
    told = asyncio.Event()
    smtp_sink.next("DOT", until=told)
    process = await started(SMTP_REPLY_TIMEOUT="60s")
    await a_receipt(log, a_ticket, a_message)

    async def at_the_dot() -> bool:
        return await state_of(database) == "dot"

    await eventually(at_the_dot)
    process.stop()
    told.set()

    assert await process.ended() == 0
    assert await state_of(database) == "sent"


async def test_a_notifier_killed_in_the_middle_of_a_crowd_mails_each_once(
    log: Any, started: Started, smtp_sink: SmtpSink, a_ticket: Said, a_message: Said, database: Any
) -> None:
    buyers = [f"buyer-{n}" for n in range(40)]
    for buyer in buyers:
        await log.person(buyer, buyer, f"{buyer}@people.example")
    process = await started()
    for n, buyer in enumerate(buyers):
        said = a_ticket(handler="support", state="awaiting_support", buyer_id=buyer, actor_id=buyer)
        await log.say(TICKETS, str(uuid4()), TicketCreated(**said, message=a_message(buyer, Role.BUYER)))
        if n % 10 == 5:
            await eventually(lambda n=n: len(smtp_sink.mails) >= n - 5)
            process.kill()
            await process.ended()
            process = await started()

    async def all_settled() -> bool:
        open_ = await database.deliveries.count_documents({"state": {"$nin": ["sent", "ambiguous"]}})
        return open_ == 0 and await database.deliveries.count_documents({}) == len(buyers)

    await eventually(all_settled)

    copies = [len(smtp_sink.to(f"{buyer}@people.example")) for buyer in buyers]
    unsure = {row["recipient"] async for row in database.deliveries.find({"state": "ambiguous"})}
    for buyer, count in zip(buyers, copies, strict=True):
        assert count == 1 or (count == 0 and f"party:{buyer}" in unsure), (buyer, count)
