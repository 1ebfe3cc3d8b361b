"""A mailer that does as it is told, for tests of the loop that sends."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from notifier.ports import Accepted, Mail, NotTried, Outcome, Withdrawn


@dataclass
class ScriptedMailer:
    """Answers what is scripted, else 250; holds mails back before or after their text while a gate is shut."""

    script: list[Outcome] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    begun: int = 0
    most_at_once: int = 0
    closed: bool = False
    stuck_host: str = ""
    before: asyncio.Event = field(default_factory=asyncio.Event)
    after: asyncio.Event = field(default_factory=asyncio.Event)
    _at_once: int = 0

    async def send(self, mail: Mail, before_text: Callable[[], Awaitable[bool]]) -> Outcome:
        self.begun += 1
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            outcome = self.script.pop(0) if self.script else Accepted(code=250)
            if isinstance(outcome, NotTried):
                return outcome
            await self.before.wait()
            if self.stuck_host and mail.recipient.endswith(self.stuck_host):
                await asyncio.Event().wait()
            if not await before_text():
                return Withdrawn()
            self.sent.append(mail.recipient)
            await self.after.wait()
            return outcome
        finally:
            self._at_once -= 1

    async def close(self) -> None:
        self.closed = True
