"""Which handlers were cancelled, as the processes' own logs say."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from parley_drill.journal import Line

CANCELLED = ("A handler was cancelled", "timeout graceful shutdown exceeded")
"""What the chassis says of a record's handler, and uvicorn of a request's."""


def cancelled_handlers(logs: Path) -> Iterator[Line]:
    """The process and the time of each."""
    for file in sorted(logs.glob("*.log")):
        with file.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                _, _, told = line.partition(" ")
                # What stands further in is a line said before, which the runner repeats when a process has ended.
                if told.startswith("{") and any(words in told for words in CANCELLED):
                    said = json.loads(told)
                    at = datetime.fromisoformat(said["timestamp"]).timestamp()
                    yield {"process": file.name.partition(".")[0], "at": at, "event": said["event"]}
