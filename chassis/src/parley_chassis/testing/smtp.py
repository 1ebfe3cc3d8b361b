"""A real SMTP server for tests: keeps what it accepts and, when told so, answers, waits or hangs up as bad servers do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import StrEnum
from typing import NoReturn, cast

from aiosmtpd.smtp import SMTP, Envelope, Session

_HOST = "127.0.0.1"


class Stage(StrEnum):
    """Where in a conversation the server may misbehave."""

    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    TEXT = "TEXT"
    """After 354, in the middle of the text: the final dot is never seen."""
    DOT = "DOT"
    """After the final dot."""


@dataclass(frozen=True)
class Mail:
    """What the server took over."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage
    answered: bool
    """False: it was taken over, but the sender was never told."""


@dataclass
class Rule:
    """What to do instead of accepting: wait, then hang up or say ``reply``."""

    stage: Stage
    to: str | None
    times: int | None
    reply: str | None
    delay: float
    drop: bool
    accept: bool


@dataclass
class SmtpSink:
    """The server's address, what it accepted, and the rules that it follows."""

    port: int = 0
    host: str = _HOST
    mails: list[Mail] = field(default_factory=list)
    connections: int = 0
    _rules: list[Rule] = field(default_factory=list)

    def next(
        self,
        stage: Stage | str,
        *,
        reply: str | None = None,
        delay: float = 0.0,
        drop: bool = False,
        accept: bool = False,
        to: str | None = None,
        times: int | None = 1,
    ) -> None:
        """At the next ``times`` arrivals at ``stage`` (None: always) wait, then reply or hang up; ``to`` limits it to one recipient.

        ``accept`` with ``drop`` at the final dot: the mail is taken over, but the sender never learns it.
        """
        self._rules.append(Rule(Stage(stage), to, times, reply, delay, drop, accept))

    def behave(self) -> None:
        """Forget all rules."""
        self._rules.clear()

    def to(self, address: str) -> list[Mail]:
        """The accepted mails of one recipient, in order."""
        return [mail for mail in self.mails if address in mail.recipients]

    def _rule(self, stage: Stage, recipients: list[str]) -> Rule | None:
        for rule in self._rules:
            if rule.stage is stage and (rule.to is None or rule.to in recipients):
                if rule.times is not None:
                    rule.times -= 1
                    if rule.times <= 0:
                        self._rules.remove(rule)
                return rule
        return None


class _Handler:
    """aiosmtpd's hooks."""

    def __init__(self, sink: SmtpSink) -> None:
        self._sink = sink

    async def handle_MAIL(self, server: "_Server", session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if answer := await server.misbehave(Stage.MAIL, []):
            return answer
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 sender accepted"

    async def handle_RCPT(self, server: "_Server", session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if answer := await server.misbehave(Stage.RCPT, [address]):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 recipient accepted"

    async def handle_DATA(self, server: "_Server", session: Session, envelope: Envelope) -> str:
        rule = self._sink._rule(Stage.DOT, envelope.rcpt_tos)
        refused = rule is not None and not rule.accept and (rule.drop or rule.reply is not None)
        if rule is not None:
            await asyncio.sleep(rule.delay)
        if not refused:
            content = envelope.original_content
            assert isinstance(content, bytes)
            message = message_from_bytes(content, policy=policy.SMTP)
            self._sink.mails.append(
                Mail(envelope.mail_from or "", tuple(envelope.rcpt_tos), message, answered=rule is None or not rule.drop)
            )
        if rule is not None and rule.drop:
            server.hang_up()
        return (rule and rule.reply) or "250 2.0.0 accepted"


class _Server(SMTP):
    """aiosmtpd with the stages that it has no hook for."""

    def __init__(self, sink: SmtpSink, open_: set["_Server"]) -> None:
        super().__init__(_Handler(sink), enable_SMTPUTF8=True, hostname="sink.test", loop=asyncio.get_running_loop())
        self._sink = sink
        self._open = open_
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._sink.connections += 1
        self._open.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._open.discard(self)
        self.gone.set_result(None)
        super().connection_lost(error)

    async def misbehave(self, stage: Stage, recipients: list[str]) -> str | None:
        rule = self._sink._rule(stage, recipients)
        if rule is None:
            return None
        await asyncio.sleep(rule.delay)
        if rule.drop:
            self.hang_up()
        return rule.reply

    def hang_up(self) -> NoReturn:
        self.abort()
        raise ConnectionResetError("the test told the server to hang up")

    def abort(self) -> None:
        cast(asyncio.Transport, self.transport).abort()

    async def smtp_DATA(self, arg: str) -> None:
        envelope = self.envelope
        recipients = envelope.rcpt_tos if envelope else []
        if answer := await self.misbehave(Stage.DATA, recipients):
            await self.push(answer)
            return
        if rule := self._sink._rule(Stage.TEXT, recipients):
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            await self._reader.readline()
            await asyncio.sleep(rule.delay)
            self.hang_up()
        await super().smtp_DATA(arg)


@asynccontextmanager
async def running_smtp_sink() -> AsyncIterator[SmtpSink]:
    """A sink on a free port of this loop."""
    sink, open_ = SmtpSink(), set[_Server]()
    server = await asyncio.get_running_loop().create_server(lambda: _Server(sink, open_), _HOST, 0)
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        server.close()
        left = list(open_)
        for connection in left:
            connection.abort()
        await asyncio.gather(*(connection.gone for connection in left))
        await server.wait_closed()
