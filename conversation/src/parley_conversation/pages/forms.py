"""The forms of a conversation: what each command asks for, and how an answer to it is read."""

import json
import re
import unicodedata
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any

from parley_conversation.domain.cells import Command
from parley_conversation.domain.words import ClosedBecause, Visibility, WaivedBecause
from parley_conversation.use_cases import commands
from parley_conversation.use_cases.entering import Seat

LONGEST_TEXT = 10_000


@dataclass(frozen=True, slots=True)
class Form:
    """One command's form. ``text`` says whether one may, or must, be written."""

    run: Callable[..., Awaitable[Seat]]
    text: bool | None = None
    """True: needed; False: may be left out; None: there is none."""
    reasons: type[StrEnum] | None = None
    reason_needed: bool = False
    closing: bool = False
    fixed: Mapping[str, Any] | None = None


FORMS: Mapping[Command, Form] = {
    Command.REPLY: Form(commands.reply, text=True),
    Command.REPLY_AND_CLOSE: Form(commands.reply_and_close, text=True),
    Command.REOPEN: Form(commands.reopen, text=False),
    Command.CLOSE: Form(commands.close, reasons=ClosedBecause),
    Command.APPEAL: Form(commands.appeal, text=True),
    Command.WAIVE: Form(commands.waive, reasons=WaivedBecause, reason_needed=True, closing=True),
    Command.NOTE: Form(commands.note, text=True, fixed={"visibility": Visibility.BACKSTAGE}),
    Command.TAKE_OVER: Form(commands.take_over),
    Command.ACKNOWLEDGE: Form(commands.acknowledge),
    Command.HAND_BACK: Form(commands.hand_back, text=True),
}
"""What a page can send."""


def slug_of(command: Command) -> str:
    return command.value.replace("_", "-")


BY_SLUG: Mapping[str, Command] = {slug_of(command): command for command in FORMS}


class Fault(StrEnum):
    """What a person must change in a field."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    NO_REASON = "no_reason"


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody sent, as it is shown again if it cannot be taken."""

    command: Command
    text: str
    reason: str
    close: bool
    faults: Mapping[str, Fault] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """What is the same when the same form is sent twice."""
        return sha256(json.dumps([self.command.value, self.text, self.reason, self.close]).encode()).hexdigest()

    def arguments(self) -> dict[str, Any]:
        """What the use case is called with."""
        form = FORMS[self.command]
        found: dict[str, Any] = {}
        if form.text is not None:
            found["text"] = self.text or None
        if form.reasons is not None:
            found["because"] = form.reasons(self.reason) if self.reason else None
        if form.closing:
            found["closing"] = self.close
        return {**found, **(form.fixed or {})}


def read(command: Command, sent: Mapping[str, Any]) -> Draft:
    """Read a form. What a browser adds on its own is mended; what a person must change is a fault."""
    form = FORMS[command]
    text, reason = cleaned(word(sent, "text")), word(sent, "reason")
    faults: dict[str, Fault] = {}
    if form.text and not text:
        faults["text"] = Fault.EMPTY
    if len(text) > LONGEST_TEXT:
        faults["text"] = Fault.TOO_LONG
    if form.reasons is None or reason not in {each.value for each in form.reasons}:
        reason = ""
        if form.reason_needed:
            faults["reason"] = Fault.NO_REASON
    return Draft(command, text, reason, bool(word(sent, "close")), faults)


def cleaned(text: str) -> str:
    """One kind of line end, blanks for tabs, no invisible control characters, nothing empty around it."""
    text = re.sub(r"\r\n?", "\n", text).replace("\t", "    ")
    text = "".join(letter for letter in text if letter == "\n" or unicodedata.category(letter) != "Cc")
    return text.strip()


def word(sent: Mapping[str, Any], name: str) -> str:
    value = sent.get(name)
    return value if isinstance(value, str) else ""
