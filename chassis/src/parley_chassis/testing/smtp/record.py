"""What a server took over, on disk before its sender is told: a kill -9 loses no line."""

import json
import os
import time
from pathlib import Path
from typing import Any

from parley_chassis.testing.smtp.rules import Rule
from parley_chassis.testing.smtp.sink import Mail


class Record:
    """A file of JSON lines that only grows: `accepted` mails (`answered` false: the sender never learned it) and `fault`s."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def accepted(self, mail: Mail) -> None:
        message_id = str(mail.message["Message-ID"] or "").strip("<> ")
        for recipient in mail.recipients:
            self._write(kind="accepted", message_id=message_id, recipient=recipient, answered=mail.answered)

    def fault(self, rule: Rule, recipients: tuple[str, ...]) -> None:
        does = {"reply": rule.reply, "delay": rule.delay, "drop": rule.drop, "accept": rule.accept}
        self._write(kind="fault", stage=rule.stage, recipients=recipients, **does)

    def close(self) -> None:
        os.close(self._file)

    def _write(self, **line: Any) -> None:
        # One write a line: what was written when the process dies is whole, and stays.
        os.write(self._file, json.dumps({"time": time.time(), **line}).encode() + b"\n")
