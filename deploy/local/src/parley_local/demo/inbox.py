"""Reads people's mail as they would: by IMAP, from the inbox of the local stack."""

import asyncio
import imaplib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

from parley_local.demo.telling import Missing

_POLL = 0.1
_LINK = re.compile(r"https?://\S+?/l/[\w.~=-]+")


@dataclass(frozen=True)
class Mail:
    """One mail of one person."""

    to: str
    message: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        body = self.message.get_body(("plain",))
        return str(body.get_content()) if body else ""

    @property
    def link(self) -> str:
        """The direct link, as it stands in the text part."""
        found = _LINK.search(self.text)
        if found is None:
            raise Missing(f"the mail {self.subject!r} to {self.to} has no direct link:\n{self.text}")
        return found.group()


class Inbox:
    """All mailboxes; a mail is given out once, so that the next wait is for the next mail."""

    def __init__(self, host: str, port: int, password: str) -> None:
        self._host, self._port, self._password = host, port, password
        self._given: set[tuple[str, bytes]] = set()

    async def forget(self, *addresses: str) -> None:
        """Take all mails that are there as read: an earlier story's mails are not this one's."""
        for address in addresses:
            self._given.update((address, number) for number, _ in await asyncio.to_thread(self._unread, address))

    async def wait(self, to: str, about: str, *, where: Callable[[Mail], bool] = lambda _: True, within: float = 15.0) -> Mail:
        """The next mail to somebody with ``about`` in its subject or text."""
        end, seen = time.monotonic() + within, list[str]()
        while time.monotonic() < end:
            for number, mail in await asyncio.to_thread(self._unread, to):
                if (about in mail.subject or about in mail.text) and where(mail):
                    self._given.add((to, number))
                    return mail
                seen.append(mail.subject)
            await asyncio.sleep(_POLL)
        others = f"; there are only: {sorted(set(seen))}" if seen else "; the mailbox is empty"
        raise Missing(f"no mail about {about} reached {to} within {within:g} s{others}")

    async def mails(self, to: str, about: str) -> list[Mail]:
        """Everything about something that was not given out yet."""
        return [mail for _, mail in await asyncio.to_thread(self._unread, to) if about in mail.subject or about in mail.text]

    def _unread(self, address: str) -> list[tuple[bytes, Mail]]:
        with imaplib.IMAP4(self._host, self._port, timeout=5) as server:
            server.login(address, self._password)
            server.select("INBOX", readonly=True)
            _, found = server.search(None, "ALL")
            numbers = [number for number in found[0].split() if (address, number) not in self._given]
            return [(number, Mail(address, _fetched(server, number))) for number in numbers]


def _fetched(server: imaplib.IMAP4, number: bytes) -> EmailMessage:
    _, parts = server.fetch(number.decode(), "(RFC822)")
    raw = next(part[1] for part in parts if isinstance(part, tuple))
    return message_from_bytes(raw, policy=policy.default)
