"""How the story is told: one line for each thing seen, with its time."""

import sys
import time
from typing import TextIO


class Missing(Exception):
    """Something that belongs to the story did not happen; the message says what."""


class Teller:
    """Prints chapters and what was seen in them. Times count from the beginning of the story."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out = out
        self._began = time.monotonic()

    def chapter(self, title: str) -> None:
        self._print(f"\n{title}")

    def saw(self, what: str, *, after: float | None = None) -> None:
        took = f"  ({after:.2f} s later)" if after is not None else ""
        self._print(f"  {self.seconds():6.2f} s  {what}{took}")

    def detail(self, text: str) -> None:
        self._print(f"            {text}")

    def seconds(self) -> float:
        return time.monotonic() - self._began

    def _print(self, line: str) -> None:
        self._out.write(f"{line}\n")
        self._out.flush()


class Watch:
    """How long ago something was done."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def __float__(self) -> float:
        return time.monotonic() - self._began
