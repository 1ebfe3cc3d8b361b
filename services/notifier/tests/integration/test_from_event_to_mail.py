"""A real log, a real database, a real mail server: an event becomes exactly one mail."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from email.message import EmailMessage
from typing import Any
from uuid import uuid4

from parley_chassis.links import Links
from parley_chassis.testing import SmtpSink, eventually
from parley_contracts.conversation import ReplyPosted
from parley_contracts.inquiries import GuestRegistered, InquiryAdded
from parley_contracts.sla import ResponseExpected
from parley_contracts.ticketing import TicketCreated
from parley_contracts.topics import GUESTS, INQUIRIES, RESPONSES, TICKETS
from parley_contracts.words import Kind, Role, State

Running = Callable[..., AbstractAsyncContextManager[None]]
Said = Callable[..., dict[str, Any]]


def parts(message: EmailMessage) -> tuple[str, str]:
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    return text.get_content(), html.get_content()


async def both_parties(log: Any) -> None:
    await log.person("anna", "Anna König", "anna@people.example", language="en")
    await log.person("shop", "Nordlicht", "shop@people.example", kind="seller")


async def test_a_new_ticket_is_mailed_to_the_seller_with_a_link_that_opens_it(
    log: Any, running: Running, smtp_sink: SmtpSink, a_ticket: Said, a_message: Said, a_wait: Said
) -> None:
    await both_parties(log)
    ticket = str(uuid4())
    async with running(ANSWER_HOLD="30s"):
        created = await log.say(TICKETS, ticket, TicketCreated(**a_ticket(), message=a_message()))
        wait = ResponseExpected(**a_wait(created.id))
        await log.say(RESPONSES, ticket, wait)
        (mail,) = await eventually(lambda: smtp_sink.to("shop@people.example"))
        (receipt,) = await eventually(lambda: smtp_sink.to("anna@people.example"))

    for part in parts(mail.message):
        assert "Anna König braucht Ihre Hilfe bei Bestellung 4711." in part
        assert "T-7F3K-92QD" in part
        assert "Bitte antworten bis" in part
        assert "anna@people.example" not in part
    token = parts(mail.message)[0].partition("http://help.test/tickets/l/")[2].split()[0]
    claims = Links(["k" * 40]).read(token)
    assert (claims.conversation_id, claims.party_id, claims.role) == (ticket, "shop", "seller")
    assert receipt.message["Content-Language"] == "en"
    assert receipt.message["References"] == mail.message["References"]
    assert receipt.message["Message-ID"] != mail.message["Message-ID"]


async def test_an_event_that_comes_again_is_mailed_once(
    log: Any, running: Running, smtp_sink: SmtpSink, a_ticket: Said, a_message: Said, database: Any
) -> None:
    await both_parties(log)
    ticket = str(uuid4())
    created = await log.say(TICKETS, ticket, TicketCreated(**a_ticket(), message=a_message()))
    async with running():
        await eventually(lambda: len(smtp_sink.mails) == 2)
        await log.repeat(TICKETS, created)
        reply = ReplyPosted(
            **a_ticket(state=State.AWAITING_BUYER, actor_id="shop", actor_role=Role.SELLER), message=a_message("shop", Role.SELLER)
        )
        await log.say(TICKETS, ticket, reply)
        await eventually(lambda: len(smtp_sink.to("anna@people.example")) == 2)

    assert len(smtp_sink.mails) == 3
    assert [row["state"] async for row in database.deliveries.find()] == ["sent"] * 3


async def test_a_guest_whose_address_comes_after_the_question_gets_the_receipt_at_once(
    log: Any, running: Running, smtp_sink: SmtpSink, a_ticket: Said, a_message: Said, database: Any
) -> None:
    inquiry = str(uuid4())
    guest = {"buyer_id": "guest-1", "buyer_role": Role.GUEST, "actor_id": "guest-1", "actor_role": Role.GUEST, "order_number": None}
    async with running():
        added = InquiryAdded(**a_ticket(kind=Kind.PRODUCT_INQUIRY, **guest), message=a_message("guest-1", Role.GUEST))
        await log.say(INQUIRIES, inquiry, added)
        await eventually(lambda: database.deliveries.find_one({"unknown": True, "recipient": "party:guest-1"}))
        registered = GuestRegistered(
            id="guest-1", inquiry_id=inquiry, name="Gast", email="guest@people.example", language="en", market="north"
        )
        await log.say(GUESTS, "guest-1", registered)
        (mail,) = await eventually(lambda: smtp_sink.to("guest@people.example"))

    assert "/questions/l/" in parts(mail.message)[0]


async def test_every_delivery_that_ends_is_told_to_others(
    log: Any, running: Running, smtp_sink: SmtpSink, a_ticket: Said, a_message: Said, database: Any
) -> None:
    await both_parties(log)
    ticket = str(uuid4())
    smtp_sink.next("RCPT", reply="550 5.1.1 nobody", to="anna@people.example")
    async with running():
        await log.say(TICKETS, ticket, TicketCreated(**a_ticket(), message=a_message()))
        await eventually(lambda: database.outbox.count_documents({"key": ticket}))
        rows = await eventually(lambda: two_rows(database, ticket))

    assert [row["sequence"] for row in rows] == [1, 2]
    assert {row["type"] for row in rows} == {"parley.notification.sent.v1", "parley.notification.failed.v1"}
    assert not any(b"people.example" in row["value"] for row in rows)


async def two_rows(database: Any, ticket: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = await database.outbox.find({"key": ticket}).sort("sequence").to_list(None)
    return rows if len(rows) == 2 else []
