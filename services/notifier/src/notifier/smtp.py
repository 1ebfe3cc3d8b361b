"""Hands mails to a server over kept connections, and always knows how far it got: only after the final dot nobody can."""

import asyncio
import ssl
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiosmtplib import SMTP, SMTPConnectError, SMTPException
from aiosmtplib.response import SMTPResponse

from notifier.domain.addresses import without_addresses
from notifier.ports import Accepted, Delayed, Mail, NotTried, Outcome, Refused, Unanswered, Withdrawn
from notifier.settings import SmtpSettings

MAILS_A_CONNECTION = 100
CONNECTION_LIFETIME = 60.0
IDLE_LIFETIME = 10.0
_UNKNOWN_ADDRESS = ("5.1.1", "5.1.2", "5.1.10")
_POLICY = "5.7."
_HOST_BUSY = "4.7."
_SIGN_IN_NEEDED = (530, 534, 535, 538)
_CLOSING = 421


@dataclass(slots=True, eq=False)
class _Connection:
    client: SMTP
    until: float
    left: int = MAILS_A_CONNECTION
    expiry: asyncio.TimerHandle | None = field(default=None, repr=False)

    def may_go_on(self, now: float) -> bool:
        return self.client.is_connected and self.left > 0 and now < self.until


class _NoConnection(Exception):
    """No server took the connection."""


class _Lost(Exception):
    """The connection ended, or no reply came in time; ``slow`` where it is the recipient's host that was waited for."""

    def __init__(self, phase: str, error: Exception) -> None:
        super().__init__(f"{phase}: {_words(error)}")
        self.slow = phase == "RCPT" and isinstance(error, TimeoutError)


class SmtpMailer:
    """One recipient a mail, one mail at a time on each connection; how many at once is the caller's choice."""

    def __init__(self, settings: SmtpSettings, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._idle: deque[_Connection] = deque()
        self._tls = ssl.create_default_context() if settings.tls != "none" else None
        self._wait = settings.timeout.total_seconds()
        self._reply_wait = settings.reply_timeout.total_seconds()

    async def send(self, mail: Mail, before_text: Callable[[], Awaitable[bool]]) -> Outcome:
        """Hand one mail over. ``before_text`` is awaited when only the text is left to send; False calls it off."""
        while True:
            kept = self._kept()
            try:
                connection = kept or await self._connect()
            except _NoConnection as error:
                return NotTried(reason=str(error))
            outcome: Outcome | None = None
            try:
                outcome = await self._hand_over(connection, mail, before_text)
                return outcome
            except _Lost as error:
                # A kept connection may have been closed while it was idle: that says nothing about this mail.
                if kept is None:
                    return Delayed(reason=str(error), host_busy=error.slow)
            finally:
                if outcome is None:
                    connection.client.close()
                self._give_back(connection)

    async def close(self) -> None:
        """Say goodbye on every idle connection."""
        while self._idle:
            await self._quit(self._idle.pop())

    async def _hand_over(self, connection: _Connection, mail: Mail, before_text: Callable[[], Awaitable[bool]]) -> Outcome:
        client = connection.client
        for command in (f"MAIL FROM:<{mail.sender}>", f"RCPT TO:<{mail.recipient}>", "DATA"):
            reply = await self._ask(client, command)
            if reply.code not in (250, 251, 354):
                return await self._refusal(client, command[:4], reply)
        if await before_text():
            return await self._text(client, mail.content, connection)
        # A text that was announced can only be called off by hanging up: without its final dot it is no mail.
        client.close()
        return Withdrawn()

    async def _ask(self, client: SMTP, command: str) -> SMTPResponse:
        try:
            return await client.execute_command(*(part.encode("ascii") for part in command.split(" ")), timeout=self._wait)
        except (SMTPException, OSError) as error:
            raise _Lost(command[:4], error) from error

    async def _text(self, client: SMTP, content: bytes, connection: _Connection) -> Outcome:
        protocol = client.protocol
        if protocol is None:
            return Delayed(reason="TEXT: the connection was lost before the text was sent")
        connection.left -= 1
        try:
            protocol.write(_as_data(content))
        except (SMTPException, OSError) as error:
            client.close()
            return Delayed(reason=f"TEXT: {_words(error)}")
        try:
            reply = await protocol.read_response(timeout=self._reply_wait)
        except (SMTPException, OSError) as error:
            client.close()
            return Unanswered(reason=f"after the final dot: {_words(error)}")
        return Accepted(code=reply.code) if reply.code == 250 else await self._refusal(client, "text", reply)

    async def _refusal(self, client: SMTP, phase: str, reply: SMTPResponse) -> Outcome:
        """What a reply other than "go on" means; the connection is made ready for the next mail."""
        said = f"{phase}: {reply.code} {without_addresses(reply.message)}"
        enhanced = reply.message.split(" ", 1)[0]
        if client.is_connected and phase != "text":
            await self._reset(client)
        if reply.code == _CLOSING:
            client.close()
        if reply.code in _SIGN_IN_NEEDED and phase != "text":
            return NotTried(reason=said)
        if 500 <= reply.code < 600:
            dead = phase == "RCPT" and enhanced in _UNKNOWN_ADDRESS
            doubtful = phase == "RCPT" and not dead and not enhanced.startswith(_POLICY)
            return Refused(reason=said, code=reply.code, dead=dead, doubtful=doubtful)
        if 400 <= reply.code < 500:
            return Delayed(reason=said, code=reply.code, host_busy=reply.code == _CLOSING or enhanced.startswith(_HOST_BUSY))
        return Delayed(reason=f"{said} (not a reply that is allowed here)", code=reply.code)

    async def _reset(self, client: SMTP) -> None:
        try:
            await client.rset(timeout=self._wait)
        except (SMTPException, OSError):
            client.close()

    async def _connect(self) -> _Connection:
        settings = self._settings
        client = SMTP(
            hostname=settings.host,
            port=settings.port,
            username=settings.username,
            password=settings.password.get_secret_value() if settings.password else None,
            timeout=self._wait,
            use_tls=settings.tls == "implicit",
            start_tls=settings.tls == "starttls",
            tls_context=self._tls,
        )
        try:
            async with asyncio.timeout(self._wait):
                await client.connect()
                if client.is_ehlo_or_helo_needed:
                    await client.ehlo()
        except (SMTPException, OSError, ValueError) as error:
            client.close()
            raise _NoConnection(f"{'connect' if isinstance(error, SMTPConnectError) else 'greeting'}: {_words(error)}") from error
        except asyncio.CancelledError:
            client.close()
            raise
        return _Connection(client, until=self._clock() + CONNECTION_LIFETIME)

    def _kept(self) -> _Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.expiry:
                connection.expiry.cancel()
            if connection.may_go_on(self._clock()):
                return connection
            connection.client.close()
        return None

    def _give_back(self, connection: _Connection) -> None:
        if not connection.may_go_on(self._clock()):
            connection.client.close()
            return
        connection.expiry = asyncio.get_running_loop().call_later(IDLE_LIFETIME, self._expire, connection)
        self._idle.append(connection)

    def _expire(self, connection: _Connection) -> None:
        self._idle.remove(connection)
        connection.client.close()

    async def _quit(self, connection: _Connection) -> None:
        if connection.expiry:
            connection.expiry.cancel()
        try:
            await connection.client.quit(timeout=2)
        except (SMTPException, OSError):
            connection.client.close()


def _as_data(content: bytes) -> bytes:
    """The text as DATA wants it: a dot that begins a line is doubled, and one dot ends it."""
    stuffed = content.replace(b"\r\n.", b"\r\n..") if b"\r\n." in content else content
    return stuffed + (b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n")


def _words(error: Exception) -> str:
    return without_addresses(f"{type(error).__name__} {error}")
