"""Lines that a library repeats: while a server is away, its clients say so ten times a second, each of them."""

import logging

EVERY = 10.0
"""Seconds."""


class Repeats(logging.Filter):
    """Lets a line of these libraries through once in ten seconds, with how many like it were left out since the last one.

    Lines are alike if they have the same logger and the same text before its arguments are filled in.
    """

    def __init__(self, *libraries: str) -> None:
        super().__init__()
        self._libraries = libraries
        self._known: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith(self._libraries):
            return True
        alike = (record.name, str(record.msg))
        since, left_out = self._known.get(alike, (record.created - EVERY, 0))
        if record.created - since < EVERY:
            self._known[alike] = since, left_out + 1
            return False
        self._known[alike] = record.created, 0
        if left_out:
            record.left_out = left_out
        return True
