"""Lost replies, dead addresses, erased people, two notifiers at once: from the log to the mail server and back."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from parley_chassis.testing import SmtpSink, eventually
from parley_contracts.conversation import ReplyPosted
from parley_contracts.ticketing import TicketCreated
from parley_contracts.topics import PARTIES, TICKETS
from parley_contracts.words import Role, State

Running = Callable[..., AbstractAsyncContextManager[None]]
Started = Callable[[], Awaitable[Any]]
Said = Callable[..., dict[str, Any]]

ANNA = "anna@people.example"
WITH_SUPPORT = {"handler": "support", "state": "awaiting_support"}


async def row_in(database: Any, state: str) -> Any:
    return await database.deliveries.find_one({"state": state})


async def test_a_mail_whose_reply_was_lost_goes_again_as_the_same_mail(
    log: Any, running: Running, smtp_sink: SmtpSink, a_ticket: Said, a_message: Said, database: Any
) -> None:
    smtp_sink.next("DOT", drop=True, accept=True)
    await log.person("anna", "Anna König", ANNA)
    async with running():
        await log.say(TICKETS, str(uuid4()), TicketCreated(**a_ticket(**WITH_SUPPORT), message=a_message()))
        await eventually(lambda: row_in(database, "ambiguous"))
        # A quarter of an hour later.
        await database.deliveries.update_one({}, {"$set": {"due": datetime.now(UTC)}})
        row = await eventually(lambda: row_in(database, "sent"))

    assert (row["attempts"], row["ambiguous"]) == (2, 1)
    first, second = smtp_sink.to(ANNA)
    assert first.message["Message-ID"] == second.message["Message-ID"]
    assert [first.answered, second.answered] == [False, True]


async def test_an_address_that_the_server_does_not_know_gets_no_second_mail(
    log: Any, running: Running, smtp_sink: SmtpSink, a_ticket: Said, a_message: Said, database: Any
) -> None:
    smtp_sink.next("RCPT", reply="550 5.1.1 no such user", to=ANNA)
    await log.person("anna", "Anna König", ANNA)
    ticket = str(uuid4())
    async with running():
        await log.say(TICKETS, ticket, TicketCreated(**a_ticket(**WITH_SUPPORT), message=a_message()))
        rejected = await eventually(lambda: row_in(database, "rejected"))
        said = a_ticket(state=State.AWAITING_BUYER, actor_id="agent", actor_role=Role.SUPPORT)
        await log.say(TICKETS, ticket, ReplyPosted(**said, message=a_message("agent", Role.SUPPORT)))
        await eventually(lambda: row_in(database, "suppressed"))

    assert rejected["code"] == 550
    assert smtp_sink.to(ANNA) == []
    assert ANNA not in str(await database.dead_addresses.find().to_list(None))


async def test_who_is_erased_is_forgotten_and_gets_no_mail_that_still_waits(
    log: Any, running: Running, smtp_sink: SmtpSink, a_ticket: Said, a_message: Said, database: Any
) -> None:
    smtp_sink.next("RCPT", reply="451 4.3.0 later", times=None)
    await log.person("anna", "Anna König", ANNA)
    async with running():
        await log.say(TICKETS, str(uuid4()), TicketCreated(**a_ticket(**WITH_SUPPORT), message=a_message()))
        await eventually(lambda: row_in(database, "retry"))
        await log.erase(PARTIES, "anna")
        await eventually(lambda: row_in(database, "erased"))

    everything = [str(row) for name in await database.list_collection_names() async for row in database[name].find()]
    assert not [row for row in everything if ANNA in row or "Anna" in row]


async def test_two_notifiers_share_the_work_and_mail_each_once(
    log: Any, started: Started, smtp_sink: SmtpSink, a_ticket: Said, a_message: Said, database: Any
) -> None:
    buyers = [f"buyer-{n}" for n in range(30)]
    for buyer in buyers:
        await log.person(buyer, buyer, f"{buyer}@people.example")
    await started()
    await started()
    for buyer in buyers:
        said = a_ticket(**WITH_SUPPORT, buyer_id=buyer, actor_id=buyer)
        await log.say(TICKETS, str(uuid4()), TicketCreated(**said, message=a_message(buyer)))

    async def all_sent() -> bool:
        return bool(await database.deliveries.count_documents({"state": "sent"}) == len(buyers))

    await eventually(all_sent)
    assert sorted(recipient for mail in smtp_sink.mails for recipient in mail.recipients) == sorted(f"{b}@people.example" for b in buyers)
