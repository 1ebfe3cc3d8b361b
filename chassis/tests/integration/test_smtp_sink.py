"""The mail server of the tests: it keeps what it accepts and misbehaves exactly as told."""

import contextlib
import random
from email.message import EmailMessage

import aiosmtplib
import pytest
from parley_chassis.testing import Rule, SmtpSink, Stage, eventually


def mail(to: str = "ada@example.org") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "shop@example.org"
    message["To"] = to
    message["Subject"] = "Grüße aus Köln"
    message.set_content("A line.\n.\nAfter a lone dot.\n" * 50)
    return message


async def send(sink: SmtpSink, to: str = "ada@example.org") -> None:
    await aiosmtplib.send(mail(to), hostname=sink.host, port=sink.port, timeout=2, start_tls=False)


async def test_keeps_what_it_accepts(smtp_sink: SmtpSink) -> None:
    await send(smtp_sink)
    (kept,) = smtp_sink.to("ada@example.org")
    assert kept.sender == "shop@example.org"
    assert kept.message["Subject"] == "Grüße aus Köln"
    assert kept.message.get_content().replace("\r\n", "\n") == mail().get_content()
    assert kept.answered


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "DOT"])
@pytest.mark.parametrize("reply", ["451 4.3.0 later", "550 5.1.1 never"])
async def test_refuses_where_it_is_told_to_and_accepts_again(smtp_sink: SmtpSink, stage: str, reply: str) -> None:
    smtp_sink.next(stage, reply=reply)
    with pytest.raises((aiosmtplib.SMTPResponseException, aiosmtplib.SMTPRecipientsRefused)) as refusal:
        await send(smtp_sink)
    assert reply[:3] in str(refusal.value)
    assert smtp_sink.mails == []
    await send(smtp_sink)
    assert len(smtp_sink.mails) == 1


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "TEXT", "DOT"])
async def test_hangs_up_without_keeping_the_mail(smtp_sink: SmtpSink, stage: str) -> None:
    smtp_sink.next(stage, drop=True)
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await send(smtp_sink)
    assert smtp_sink.mails == []


async def test_hangs_up_after_it_has_taken_the_mail_over(smtp_sink: SmtpSink) -> None:
    smtp_sink.next("DOT", drop=True, accept=True)
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await send(smtp_sink)
    (kept,) = smtp_sink.mails
    assert not kept.answered


async def test_refuses_one_recipient_for_ever(smtp_sink: SmtpSink) -> None:
    smtp_sink.next("RCPT", reply="550 5.1.1 no such mailbox", to="gone@example.org", times=None)
    for _ in range(2):
        with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
            await send(smtp_sink, "gone@example.org")
    await send(smtp_sink)
    smtp_sink.behave()
    await send(smtp_sink, "gone@example.org")
    assert [kept.recipients for kept in smtp_sink.mails] == [("ada@example.org",), ("gone@example.org",)]


async def test_lets_the_sender_wait(smtp_sink: SmtpSink) -> None:
    smtp_sink.next("DOT", delay=5)
    with pytest.raises(aiosmtplib.SMTPTimeoutError):
        await aiosmtplib.send(mail(), hostname=smtp_sink.host, port=smtp_sink.port, timeout=0.2, start_tls=False)


async def test_answers_with_its_greeting_alone_where_it_is_too_busy(smtp_sink: SmtpSink) -> None:
    smtp_sink.next("GREETING", reply="421 4.3.2 too busy")
    with pytest.raises(aiosmtplib.SMTPConnectError, match="too busy"):
        await send(smtp_sink)
    smtp_sink.next("GREETING", drop=True)
    with pytest.raises(aiosmtplib.SMTPConnectError, match="EOF"):
        await send(smtp_sink)
    await send(smtp_sink)
    assert len(smtp_sink.mails) == 1


async def test_a_rule_with_a_share_holds_that_often_by_its_seed(smtp_sink: SmtpSink) -> None:
    smtp_sink.rules.chance = random.Random(7)
    smtp_sink.rules.rules.append(Rule(stage=Stage.RCPT, to="@slow.example", share=0.5, reply="451 4.7.1 later"))
    wanted = random.Random(7)
    for number in range(12):
        refused = pytest.raises(aiosmtplib.SMTPRecipientsRefused) if wanted.random() < 0.5 else contextlib.nullcontext()
        with refused:
            await send(smtp_sink, f"{number}@slow.example")
    assert 0 < len(smtp_sink.mails) < 12
    await send(smtp_sink, "ada@fast.example")


async def test_a_connection_left_open_does_not_hold_the_server(smtp_sink: SmtpSink) -> None:
    client = aiosmtplib.SMTP(hostname=smtp_sink.host, port=smtp_sink.port, start_tls=False)
    await client.connect()
    assert await eventually(lambda: smtp_sink.connections) == 1
