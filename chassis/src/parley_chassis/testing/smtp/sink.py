"""The server itself: keeps what it accepts and, when told so, answers, waits or hangs up as bad servers do."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import NoReturn, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from parley_chassis.testing.smtp.rules import Rule, Rules, Stage

_HOST = "127.0.0.1"


@dataclass(frozen=True)
class Mail:
    """What the server took over."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage
    answered: bool
    """False: it was taken over, but the sender was never told."""


@dataclass(frozen=True)
class Login:
    """Who may send."""

    name: str
    password: str


@dataclass
class SmtpSink:
    """The server's address, what it accepted, and the rules that it follows."""

    port: int = 0
    host: str = _HOST
    mails: list[Mail] = field(default_factory=list)
    connections: int = 0
    rules: Rules = field(default_factory=Rules)
    keep: Callable[[Mail], None] | None = None
    """Takes each mail before its sender is told; None: ``mails`` does."""
    misbehaved: Callable[[Rule, tuple[str, ...]], None] = lambda rule, recipients: None
    """Told of each rule that was followed."""

    def next(
        self,
        stage: Stage | str,
        *,
        reply: str | None = None,
        delay: float = 0.0,
        until: asyncio.Event | None = None,
        drop: bool = False,
        accept: bool = False,
        to: str | None = None,
        times: int | None = 1,
    ) -> None:
        """At the next ``times`` arrivals at ``stage`` (None: always) do what a Rule with these fields says."""
        self.rules.rules.append(
            Rule(stage=Stage(stage), to=to, times=times, reply=reply, delay=delay, until=until, drop=drop, accept=accept)
        )

    def behave(self) -> None:
        """Forget all rules."""
        self.rules.rules.clear()

    def to(self, address: str) -> list[Mail]:
        """The accepted mails of one recipient, in order."""
        return [mail for mail in self.mails if address in mail.recipients]

    def take(self, mail: Mail) -> None:
        (self.keep or self.mails.append)(mail)

    def rule(self, stage: Stage, recipients: list[str]) -> Rule | None:
        """What to do here instead of accepting; None: accept."""
        if rule := self.rules.at(stage, recipients):
            self.misbehaved(rule, tuple(recipients))
        return rule


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
        rule = self._sink.rule(Stage.DOT, envelope.rcpt_tos)
        refused = rule is not None and not rule.accept and (rule.drop or rule.reply is not None)
        if rule is not None:
            await rule.wait()
        if not refused:
            content = envelope.original_content
            assert isinstance(content, bytes)
            message = message_from_bytes(content, policy=policy.SMTP)
            answered = rule is None or not rule.drop
            self._sink.take(Mail(envelope.mail_from or "", tuple(envelope.rcpt_tos), message, answered=answered))
        if rule is not None and rule.drop:
            server.hang_up()
        return (rule and rule.reply) or "250 2.0.0 accepted"


class _Server(SMTP):
    """aiosmtpd with the stages that it has no hook for."""

    def __init__(self, sink: SmtpSink, open_: set["_Server"], tls: ssl.SSLContext | None, login: Login | None) -> None:
        def may_send(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
            given = (data.login.decode(), data.password.decode()) if isinstance(data, LoginPassword) else None
            return AuthResult(success=login is not None and given == (login.name, login.password), handled=False)

        super().__init__(
            _Handler(sink),
            enable_SMTPUTF8=True,
            hostname="sink.test",
            loop=asyncio.get_running_loop(),
            tls_context=tls,
            require_starttls=tls is not None,
            authenticator=may_send if login else None,
            auth_required=login is not None,
        )
        self._sink = sink
        self._open = open_
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A connection that turns to TLS is made twice.
        self._sink.connections += self not in self._open
        self._open.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._open.discard(self)
        if not self.gone.done():
            self.gone.set_result(None)
        super().connection_lost(error)

    async def misbehave(self, stage: Stage, recipients: list[str]) -> str | None:
        rule = self._sink.rule(stage, recipients)
        if rule is None:
            return None
        await rule.wait()
        if rule.drop:
            self.hang_up()
        return rule.reply

    def hang_up(self) -> NoReturn:
        self.abort()
        raise ConnectionResetError("the test told the server to hang up")

    def abort(self) -> None:
        cast(asyncio.Transport, self.transport).abort()
        # A connection whose handshake never ended is lost without a word to its server.
        if self._tls_protocol is not None and self.session and self.session.ssl is None and not self.gone.done():
            self.gone.set_result(None)

    async def _handle_client(self) -> None:
        try:
            answer = await self.misbehave(Stage.GREETING, [])
        except ConnectionResetError:
            return
        if answer is None:
            await super()._handle_client()
            return
        await self.push(answer)
        cast(asyncio.Transport, self.transport).close()

    async def smtp_DATA(self, arg: str) -> None:
        envelope = self.envelope
        recipients = envelope.rcpt_tos if envelope else []
        if answer := await self.misbehave(Stage.DATA, recipients):
            await self.push(answer)
            return
        if rule := self._sink.rule(Stage.TEXT, recipients):
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            await self._reader.readline()
            await rule.wait()
            self.hang_up()
        await super().smtp_DATA(arg)


@asynccontextmanager
async def running_smtp_sink(
    sink: SmtpSink | None = None, *, tls: ssl.SSLContext | None = None, login: Login | None = None
) -> AsyncIterator[SmtpSink]:
    """A sink on its port (0: a free one) of this loop; with ``tls`` it insists on STARTTLS, with ``login`` on a sign-in."""
    sink, open_ = sink or SmtpSink(), set[_Server]()
    server = await asyncio.get_running_loop().create_server(lambda: _Server(sink, open_, tls, login), sink.host, sink.port)
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
