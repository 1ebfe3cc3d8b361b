"""The mailer against a real SMTP server that misbehaves at every phase."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from notifier.ports import Accepted, Delayed, Mail, NotTried, Outcome, Refused, Unanswered, Withdrawn
from notifier.settings import SmtpSettings
from notifier.smtp import MAILS_A_CONNECTION, SmtpMailer
from parley_chassis.testing import SmtpSink, eventually
from parley_chassis.testing.smtp import Login, running_smtp_sink

CONTENT = (
    b"From: <shop@sender.example>\r\nTo: anna@people.example\r\nMessage-ID: <one@sender.example>\r\nSubject: Hello\r\n\r\n"
    b"A line\r\n.\r\n..two\r\nend\r\n"
)


def a_mail(recipient: str = "anna@people.example") -> Mail:
    return Mail(sender="shop@sender.example", recipient=recipient, content=CONTENT)


class Dot:
    """Says whether the text may leave, and remembers that it was asked."""

    def __init__(self, answer: bool = True) -> None:
        self.answer = answer
        self.asked = 0

    async def __call__(self) -> bool:
        self.asked += 1
        return self.answer


def settings_of(sink: SmtpSink, **more: object) -> SmtpSettings:
    values = {"host": sink.host, "port": sink.port, "tls": "none", "timeout": timedelta(seconds=1), "reply_timeout": timedelta(seconds=1)}
    return SmtpSettings.model_validate({**values, **more})


@pytest.fixture
async def mailer(smtp_sink: SmtpSink) -> AsyncIterator[SmtpMailer]:
    mailer = SmtpMailer(settings_of(smtp_sink))
    yield mailer
    await mailer.close()


@pytest.fixture
def dot() -> Dot:
    return Dot()


async def test_a_mail_arrives_as_it_was_written_dots_and_all(smtp_sink: SmtpSink, mailer: SmtpMailer, dot: Dot) -> None:
    assert await mailer.send(a_mail(), dot) == Accepted(code=250)

    (mail,) = smtp_sink.mails
    assert mail.sender == "shop@sender.example"
    assert mail.recipients == ("anna@people.example",)
    assert mail.message.get_content().splitlines() == ["A line", ".", "..two", "end"]
    assert dot.asked == 1


async def test_mails_share_one_connection(smtp_sink: SmtpSink, mailer: SmtpMailer, dot: Dot) -> None:
    for _ in range(5):
        await mailer.send(a_mail(), dot)

    assert len(smtp_sink.mails) == 5
    assert smtp_sink.connections == 1


async def test_a_connection_takes_no_more_than_a_hundred_mails(smtp_sink: SmtpSink, mailer: SmtpMailer, dot: Dot) -> None:
    for _ in range(MAILS_A_CONNECTION + 1):
        await mailer.send(a_mail(), dot)

    assert smtp_sink.connections == 2


async def test_a_connection_is_not_used_for_more_than_a_minute(smtp_sink: SmtpSink, dot: Dot) -> None:
    clock = [0.0]
    mailer = SmtpMailer(settings_of(smtp_sink), clock=lambda: clock[0])
    await mailer.send(a_mail(), dot)
    clock[0] = 61.0
    await mailer.send(a_mail(), dot)
    await mailer.close()

    assert smtp_sink.connections == 2


async def test_mails_at_the_same_moment_have_a_connection_each(smtp_sink: SmtpSink, mailer: SmtpMailer, dot: Dot) -> None:
    smtp_sink.next("DOT", delay=0.1, times=None)

    await asyncio.gather(*(mailer.send(a_mail(f"{n}@people.example"), dot) for n in range(4)))

    assert smtp_sink.connections == 4


@pytest.mark.parametrize(
    ("stage", "reply", "outcome"),
    [
        ("MAIL", "451 4.3.0 later", Delayed(reason="MAIL: 451 4.3.0 later", code=451)),
        ("MAIL", "550 5.7.1 policy", Refused(reason="MAIL: 550 5.7.1 policy", code=550)),
        ("MAIL", "530 5.7.0 sign in first", NotTried(reason="MAIL: 530 5.7.0 sign in first")),
        ("RCPT", "450 4.2.1 greylisted", Delayed(reason="RCPT: 450 4.2.1 greylisted", code=450)),
        ("RCPT", "451 4.7.1 too many", Delayed(reason="RCPT: 451 4.7.1 too many", code=451, host_busy=True)),
        ("RCPT", "550 5.1.1 nobody", Refused(reason="RCPT: 550 5.1.1 nobody", code=550, dead=True)),
        ("RCPT", "550 5.7.1 policy", Refused(reason="RCPT: 550 5.7.1 policy", code=550)),
        ("RCPT", "421 4.3.2 closing", Delayed(reason="RCPT: 421 4.3.2 closing", code=421, host_busy=True)),
        ("DATA", "451 4.3.0 later", Delayed(reason="DATA: 451 4.3.0 later", code=451)),
        ("DATA", "554 5.5.1 no", Refused(reason="DATA: 554 5.5.1 no", code=554)),
        ("DOT", "451 4.3.0 later", Delayed(reason="text: 451 4.3.0 later", code=451)),
        ("DOT", "554 5.7.1 spam", Refused(reason="text: 554 5.7.1 spam", code=554)),
        ("DOT", "550 5.1.1 spam", Refused(reason="text: 550 5.1.1 spam", code=550)),
    ],
    ids=lambda value: str(value)[:12],
)
async def test_each_refusal_is_understood_and_the_next_mail_goes_out(
    smtp_sink: SmtpSink, mailer: SmtpMailer, dot: Dot, stage: str, reply: str, outcome: Outcome
) -> None:
    smtp_sink.next(stage, reply=reply)

    assert await mailer.send(a_mail(), dot) == outcome
    assert dot.asked == (stage == "DOT")
    assert smtp_sink.mails == []
    assert await mailer.send(a_mail(), dot) == Accepted(code=250)


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("how", [{"drop": True}, {"delay": 1.5, "reply": "250 too late"}], ids=["hangs up", "is silent"])
async def test_what_fails_before_the_text_is_known_not_to_be_sent(
    smtp_sink: SmtpSink, mailer: SmtpMailer, dot: Dot, stage: str, how: dict[str, object]
) -> None:
    smtp_sink.next(stage, **how)  # type: ignore[arg-type]

    outcome = await mailer.send(a_mail(), dot)

    assert isinstance(outcome, Delayed)
    assert outcome.code is None
    assert outcome.host_busy is (stage == "RCPT" and "delay" in how)
    assert dot.asked == 0
    assert await mailer.send(a_mail(), dot) == Accepted(code=250)


@pytest.mark.parametrize(
    ("stage", "how"),
    [("TEXT", {"drop": True}), ("DOT", {"drop": True}), ("DOT", {"drop": True, "accept": True}), ("DOT", {"delay": 1.5})],
    ids=["in the text", "after the dot, lost", "after the dot, taken", "silent after the dot"],
)
async def test_what_fails_after_the_text_left_is_open(
    smtp_sink: SmtpSink, mailer: SmtpMailer, dot: Dot, stage: str, how: dict[str, object]
) -> None:
    smtp_sink.next(stage, **how)  # type: ignore[arg-type]

    outcome = await mailer.send(a_mail(), dot)

    assert isinstance(outcome, Unanswered)
    assert outcome.reason.startswith("after the final dot: ")
    assert dot.asked == 1
    assert await mailer.send(a_mail(), dot) == Accepted(code=250)


async def test_a_kept_connection_that_the_server_closed_costs_no_attempt(smtp_sink: SmtpSink, mailer: SmtpMailer, dot: Dot) -> None:
    await mailer.send(a_mail(), dot)
    smtp_sink.next("MAIL", drop=True)

    assert await mailer.send(a_mail(), dot) == Accepted(code=250)
    assert smtp_sink.connections == 2


async def test_a_mail_that_is_no_longer_ours_does_not_leave(smtp_sink: SmtpSink, mailer: SmtpMailer) -> None:
    assert await mailer.send(a_mail(), Dot(answer=False)) == Withdrawn()
    assert await mailer.send(a_mail(), Dot()) == Accepted(code=250)

    assert len(smtp_sink.mails) == 1


async def test_a_send_that_is_cancelled_leaves_no_connection_that_is_out_of_step(smtp_sink: SmtpSink, mailer: SmtpMailer, dot: Dot) -> None:
    smtp_sink.next("RCPT", delay=0.5, reply="450 4.2.1 the reply to somebody else")
    sending = asyncio.create_task(mailer.send(a_mail(), dot))
    await eventually(lambda: smtp_sink.connections == 1 and not smtp_sink.rules.rules)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending

    assert await mailer.send(a_mail(), dot) == Accepted(code=250)
    assert smtp_sink.connections == 2


async def test_a_server_that_is_not_there_is_no_fault_of_the_mail(smtp_sink: SmtpSink, dot: Dot) -> None:
    mailer = SmtpMailer(settings_of(smtp_sink, port=1))

    outcome = await mailer.send(a_mail(), dot)

    assert isinstance(outcome, NotTried)
    assert outcome.reason.startswith("connect: ")


async def test_a_server_without_encryption_gets_no_mail_unless_the_settings_allow_it(smtp_sink: SmtpSink, dot: Dot) -> None:
    mailer = SmtpMailer(settings_of(smtp_sink, tls="starttls"))

    outcome = await mailer.send(a_mail(), dot)

    assert isinstance(outcome, NotTried)
    assert smtp_sink.mails == []


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A certificate for this host, which this process trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sink.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - timedelta(days=1), now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, SHA256())
    )
    own = tmp_path / "own.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    own.write_bytes(secret + made.public_bytes(Encoding.PEM))
    monkeypatch.setenv("SSL_CERT_FILE", str(own))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(own)
    return context


SIGN_IN = {"tls": "starttls", "username": "parley", "password": "a long secret"}


async def test_a_mail_goes_out_encrypted_and_signed_in(authority: ssl.SSLContext, dot: Dot) -> None:
    async with running_smtp_sink(tls=authority, login=Login("parley", "a long secret")) as sink:
        mailer = SmtpMailer(settings_of(sink, timeout=timedelta(seconds=10), **SIGN_IN))
        assert await mailer.send(a_mail(), dot) == Accepted(code=250)
        assert await mailer.send(a_mail(), dot) == Accepted(code=250)
        await mailer.close()

    assert (len(sink.mails), sink.connections) == (2, 1)


async def test_a_wrong_password_is_no_fault_of_the_mail_and_does_not_get_into_our_books(authority: ssl.SSLContext, dot: Dot) -> None:
    async with running_smtp_sink(tls=authority, login=Login("parley", "another secret")) as sink:
        outcome = await SmtpMailer(settings_of(sink, timeout=timedelta(seconds=10), **SIGN_IN)).send(a_mail(), dot)

    assert isinstance(outcome, NotTried)
    assert "535" in outcome.reason
    assert "secret" not in outcome.reason
    assert sink.mails == []


async def test_a_server_that_nobody_vouches_for_gets_neither_mail_nor_password(
    authority: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, dot: Dot
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    async with running_smtp_sink(tls=authority, login=Login("parley", "a long secret")) as sink:
        outcome = await SmtpMailer(settings_of(sink, timeout=timedelta(seconds=10), **SIGN_IN)).send(a_mail(), dot)

    assert isinstance(outcome, NotTried)
    assert "certificate" in outcome.reason
    assert sink.mails == []


async def test_a_server_that_quotes_the_address_back_does_not_get_it_into_our_books(
    smtp_sink: SmtpSink, mailer: SmtpMailer, dot: Dot
) -> None:
    smtp_sink.next("RCPT", reply="550 5.1.1 <anna@people.example>: unknown, ask postmaster@people.example")

    outcome = await mailer.send(a_mail(), dot)

    assert isinstance(outcome, Refused)
    assert "@" not in outcome.reason
