"""The mail server of the tests: it keeps what it accepts and misbehaves exactly as told."""

from email.message import EmailMessage

import aiosmtplib
import pytest
from parley_chassis.testing import SmtpSink, eventually


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


async def test_a_connection_left_open_does_not_hold_the_server(smtp_sink: SmtpSink) -> None:
    client = aiosmtplib.SMTP(hostname=smtp_sink.host, port=smtp_sink.port, start_tls=False)
    await client.connect()
    assert await eventually(lambda: smtp_sink.connections) == 1
