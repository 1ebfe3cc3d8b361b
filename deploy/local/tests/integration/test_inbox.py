"""Mails are read from the inbox of the local stack as a person would."""

import asyncio
import sys
from collections.abc import AsyncIterator
from email.message import EmailMessage

import aiosmtplib
import pytest
from parley_chassis.testing import eventually
from parley_local import ports
from parley_local.demo.inbox import Inbox
from parley_local.demo.telling import Missing

PASSWORD = "dev"


@pytest.fixture
async def smtp_and_imap() -> AsyncIterator[tuple[int, int]]:
    smtp, imap, web = ports.free(3)
    options = ["--smtp-port", str(smtp), "--imap-port", str(imap), "--http-port", str(web), "--password", PASSWORD]
    command = [sys.executable, "-m", "mail_devel", "--multi-user", "--host", ports.HOST, *options]
    server = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL)
    try:
        await eventually(lambda: ports.listening(imap))
        yield smtp, imap
    finally:
        server.terminate()
        await server.wait()


async def send(port: int, to: str, subject: str) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "no-reply@shop.example", f"Ada <{to}>", subject
    message.set_content("Open it here:\nhttp://127.0.0.1:8801/l/aB3.x-y_z.sig\nuntil Friday.")
    await aiosmtplib.send(message, hostname=ports.HOST, port=port, start_tls=False)


async def test_a_mail_is_found_by_what_it_is_about_and_given_out_once(smtp_and_imap: tuple[int, int]) -> None:
    smtp, imap = smtp_and_imap
    inbox = Inbox(ports.HOST, imap, PASSWORD)
    await send(smtp, "ada@example.org", "T-0: an old one")
    await inbox.forget("ada@example.org")
    await send(smtp, "ada@example.org", "Grüße wegen T-1")
    await send(smtp, "ada@example.org", "Grüße wegen T-1")
    for _ in range(2):
        mail = await inbox.wait("ada@example.org", "T-1")
        assert mail.subject == "Grüße wegen T-1"
        assert mail.link == "http://127.0.0.1:8801/l/aB3.x-y_z.sig"
    with pytest.raises(Missing, match=r"no mail about T-1 reached ada@example\.org within 0\.2 s; the mailbox is empty"):
        await inbox.wait("ada@example.org", "T-1", within=0.2)


async def test_a_mail_that_does_not_come_says_what_came_instead(smtp_and_imap: tuple[int, int]) -> None:
    smtp, imap = smtp_and_imap
    await send(smtp, "ada@example.org", "Something else")
    with pytest.raises(Missing, match=r"no mail about T-9 .*there are only: \['Something else'\]"):
        await Inbox(ports.HOST, imap, PASSWORD).wait("ada@example.org", "T-9", within=1)
