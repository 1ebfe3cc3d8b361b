"""How a mail server may misbehave, and where: rules of a test, or lines of a script that may change while it is followed."""

import asyncio
import json
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any


class Stage(StrEnum):
    """Where in a conversation the server may misbehave."""

    GREETING = "GREETING"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    TEXT = "TEXT"
    """After 354, in the middle of the text: the final dot is never seen."""
    DOT = "DOT"
    """After the final dot."""


@dataclass(slots=True, kw_only=True)
class Rule:
    """What to do instead of accepting: wait ``delay`` seconds and ``until`` somebody says so, then hang up (``drop``) or say ``reply``.

    ``to`` is an address, or a domain written as `@example.org`; ``times`` None: always; ``share`` is how often, from 0 to 1.
    ``accept`` with ``drop`` at the final dot: the mail is taken over, but the sender never learns it.
    """

    stage: Stage
    to: str | None = None
    times: int | None = None
    share: float = 1.0
    reply: str | None = None
    delay: float = 0.0
    until: asyncio.Event | None = None
    drop: bool = False
    accept: bool = False

    def __post_init__(self) -> None:
        self.stage = Stage(self.stage)

    async def wait(self) -> None:
        await asyncio.sleep(self.delay)
        if self.until is not None:
            await self.until.wait()

    def concerns(self, stage: Stage, recipients: Iterable[str]) -> bool:
        if stage is not self.stage:
            return False
        return self.to is None or any(each == self.to or (self.to[0] == "@" and each.endswith(self.to)) for each in recipients)


@dataclass
class Rules:
    """The rules in their order; the first that holds is followed."""

    chance: random.Random = field(default_factory=lambda: random.Random(0))
    rules: list[Rule] = field(default_factory=list)

    def at(self, stage: Stage, recipients: Iterable[str]) -> Rule | None:
        """The rule to follow here, now once less often."""
        for rule in self.rules:
            if rule.concerns(stage, recipients) and self.chance.random() < rule.share:
                if rule.times is not None:
                    rule.times -= 1
                    if rule.times <= 0:
                        self.rules.remove(rule)
                return rule
        return None


@dataclass
class Script(Rules):
    """Rules from a file of JSON lines, one rule a line, read again whenever the file was replaced."""

    path: Path = field(kw_only=True)
    _read: tuple[int, int] | None = None

    def at(self, stage: Stage, recipients: Iterable[str]) -> Rule | None:
        status = self.path.stat()
        if self._read != (status.st_mtime_ns, status.st_ino):
            self._read = (status.st_mtime_ns, status.st_ino)
            self.rules = [_rule(line) for line in self.path.read_text("utf-8").splitlines() if line.strip()]
        return super().at(stage, recipients)


def _rule(line: str) -> Rule:
    fields: dict[str, Any] = json.loads(line)
    return Rule(**fields)
