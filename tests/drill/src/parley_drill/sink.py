"""The mail server of a drill: the tests' own, in moods that are drawn from the seed, with a record on disk."""

import random
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from parley_chassis.testing import Mail, Rule, SmtpSink, Stage
from parley_chassis.testing.smtp import running_smtp_sink
from parley_chassis.testing.smtp.rules import Rules

from parley_drill.journal import Journal

RARELY = 10
DEAD = "dead-"
"""Addresses that begin so are known to nobody."""
SILENCE = 3.0
"""Seconds after which a domain that is down is given up: longer than a sender of the drill waits."""


@dataclass(slots=True)
class Mood:
    """How often which misfortune happens, each from 0 to 1, and how long a slow answer takes."""

    greeting: float = 0.0
    recipient: float = 0.0
    data: float = 0.0
    text: float = 0.0
    """The connection is lost in the middle of the text."""
    refused: float = 0.0
    """4xx after the final dot."""
    forgotten: float = 0.0
    """The connection is lost after the final dot, and the mail with it."""
    silent: float = 0.0
    """The mail is taken over, and the connection is lost before that is said."""
    slow: float = 0.0
    wait: float = 0.0
    down: str = ""
    """The domain of which no mail host answers."""


@dataclass(slots=True)
class Sink:
    """Listens on ``port``. ``mood`` can be set at any time; the chances are drawn from the seed."""

    journal: Journal
    chance: random.Random
    mood: Mood = field(default_factory=Mood)
    port: int = 0
    hits: int = 0
    """How often a misfortune happened."""

    def rule(self, stage: Stage, recipients: Iterable[str]) -> Rule | None:
        """What happens here instead of the usual."""
        match stage:
            case Stage.GREETING if self._hit("greeting"):
                return Rule(stage=stage, reply="421 4.3.2 too busy")
            case Stage.RCPT if any(address.startswith(DEAD) for address in recipients):
                return Rule(stage=stage, reply="550 5.1.1 nobody of that name")
            case Stage.RCPT if self.mood.down and any(address.endswith(f"@{self.mood.down}") for address in recipients):
                self.hits += 1
                return Rule(stage=stage, delay=SILENCE, reply="451 4.4.1 no answer from there")
            case Stage.RCPT if self._hit("recipient"):
                # The first one gives the whole mail host a rest of a minute.
                rest = self.hits % RARELY == 0
                # Real servers say again whom they refuse: whoever keeps their words keeps an address.
                return Rule(stage=stage, reply="451 4.7.1 too much from you" if rest else f"450 4.2.0 <{', '.join(recipients)}> is busy")
            case Stage.DATA if self._hit("data"):
                return Rule(stage=stage, reply="451 4.3.0 try again")
            case Stage.TEXT if self._hit("text"):
                return Rule(stage=stage, drop=True)
            case Stage.DOT:
                return self._at_dot(self.mood.wait if self._hit("slow") else 0.0)
        return None

    def _at_dot(self, delay: float) -> Rule:
        if self._hit("refused"):
            return Rule(stage=Stage.DOT, delay=delay, reply="452 4.2.2 mailbox full")
        if self._hit("forgotten"):
            return Rule(stage=Stage.DOT, delay=delay, drop=True)
        if self._hit("silent"):
            return Rule(stage=Stage.DOT, delay=delay, drop=True, accept=True)
        return Rule(stage=Stage.DOT, delay=delay, reply="250 2.0.0 taken", accept=True)

    def _hit(self, name: str) -> bool:
        happens = bool(self.chance.random() < getattr(self.mood, name))
        self.hits += happens
        return happens

    def keep(self, mail: Mail) -> None:
        """Write down what was taken over, before that is said."""
        message_id = str(mail.message["Message-ID"]).strip("<> ")
        for recipient in mail.recipients:
            self.journal.write(to=recipient, message_id=message_id, answered=mail.answered)


class _Moods(Rules):
    def __init__(self, sink: Sink) -> None:
        super().__init__(sink.chance)
        self._sink = sink

    def at(self, stage: Stage, recipients: Iterable[str]) -> Rule | None:
        return self._sink.rule(stage, recipients)


@asynccontextmanager
async def running(sink: Sink) -> AsyncIterator[Sink]:
    """The sink on a free port."""
    async with running_smtp_sink(SmtpSink(rules=_Moods(sink), keep=sink.keep)) as server:
        sink.port = server.port
        yield sink
