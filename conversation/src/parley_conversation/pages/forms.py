"""The forms of a conversation: what each command asks for, and how an answer to it is read."""

import json
import re
import unicodedata
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import sha256
from typing import Any

from starlette.datastructures import FormData, UploadFile

from parley_conversation.domain.cells import Command
from parley_conversation.domain.images import MOST_OF_A_MESSAGE
from parley_conversation.domain.words import ClosedBecause, RemovedBecause, Visibility, WaivedBecause
from parley_conversation.use_cases import commands
from parley_conversation.use_cases.entering import Seat

LONGEST_TEXT = 10_000


@dataclass(frozen=True, slots=True)
class Choice:
    """What is chosen from what the page shows: the field's name, what fits, and what the use case takes of it."""

    name: str
    fits: Callable[[tuple[str, ...]], bool]
    take: Callable[[tuple[str, ...]], Any]


STARS = ("1", "2", "3", "4", "5")
NOTES = (Visibility.BACKSTAGE.value, Visibility.INTERNAL.value)
"""Who can read a note; the buyer never."""


@dataclass(frozen=True, slots=True)
class Form:
    """One command's form. ``text`` says whether one may, or must, be written."""

    run: Callable[..., Awaitable[Seat]]
    text: bool | None = None
    """True: needed; False: may be left out; None: there is none."""
    reasons: type[StrEnum] | None = None
    reason_needed: bool = False
    closing: bool = False
    choice: Choice | None = None


FORMS: Mapping[Command, Form] = {
    Command.REPLY: Form(commands.reply, text=True),
    Command.REPLY_AND_CLOSE: Form(commands.reply_and_close, text=True),
    Command.REOPEN: Form(commands.reopen, text=False),
    Command.CLOSE: Form(commands.close, reasons=ClosedBecause),
    Command.APPEAL: Form(commands.appeal, text=True),
    Command.WAIVE: Form(commands.waive, reasons=WaivedBecause, reason_needed=True, closing=True),
    Command.NOTE: Form(
        commands.note, text=True, choice=Choice("visibility", lambda it: len(it) == 1 and it[0] in NOTES, lambda it: Visibility(it[0]))
    ),
    Command.TAKE_OVER: Form(commands.take_over),
    Command.ACKNOWLEDGE: Form(commands.acknowledge),
    Command.HAND_BACK: Form(commands.hand_back, text=True),
    Command.RATE: Form(
        commands.rate, choice=Choice("stars", lambda it: len(it) == 1 and it[0] in STARS, lambda it: STARS.index(it[0]) + 1)
    ),
    Command.ASSIGN: Form(commands.assign, choice=Choice("assignee_id", lambda it: len(it) == 1, lambda it: it[0] or None)),
    Command.FINALISE: Form(commands.finalise, reasons=ClosedBecause, reason_needed=True),
    Command.REMOVE_MESSAGE: Form(
        commands.remove_message,
        reasons=RemovedBecause,
        reason_needed=True,
        choice=Choice("message_id", lambda it: len(it) == 1 and bool(it[0]), lambda it: it[0]),
    ),
}
"""What the page of every conversation can send; a service may have more."""


def slug_of(command: Command) -> str:
    return command.value.replace("_", "-")


class Fault(StrEnum):
    """What a person must change in a field."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    NO_REASON = "no_reason"
    NOT_CHOSEN = "not_chosen"
    TOO_MANY_IMAGES = "too_many_images"
    NOT_AN_IMAGE = "not_an_image"
    IMAGE_TOO_LARGE = "image_too_large"
    IMAGE_GONE = "image_gone"
    TITLE_TOO_LONG = "title_too_long"
    TOO_MANY_TEMPLATES = "too_many_templates"


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody sent, as it is shown again if it cannot be taken."""

    command: Command
    form: Form
    text: str
    reason: str
    close: bool
    chosen: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    """The images that were uploaded for it."""
    faults: Mapping[str, Fault] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """What is the same when the same form is sent twice."""
        return sha256(
            json.dumps([self.command.value, self.text, self.reason, self.close, *self.chosen, *self.attachments]).encode()
        ).hexdigest()

    def arguments(self) -> dict[str, Any]:
        """What the use case is called with."""
        form = self.form
        found: dict[str, Any] = {}
        if form.text is not None:
            found |= {"text": self.text or None, "attachments": self.attachments}
        if form.reasons is not None:
            found["because"] = form.reasons(self.reason) if self.reason else None
        if form.closing:
            found["closing"] = self.close
        if form.choice:
            found[form.choice.name] = form.choice.take(self.chosen)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What somebody filled in where there is no conversation yet, as it is shown again if it cannot be taken."""

    command: Command
    text: str
    fields: Mapping[str, tuple[str, ...]]
    """All beside the message, by name."""
    attachments: tuple[str, ...] = ()
    faults: Mapping[str, Fault] = field(default_factory=dict)

    @classmethod
    def read(cls, command: Command, sent: FormData, *names: str) -> "Filled":
        """A form with a message and these fields."""
        text, attachments, faults = message_in(sent, needed=True)
        fields = {name: tuple(map(cleaned, values(sent, name))) for name in names}
        return cls(command=command, text=text, fields=fields, attachments=attachments, faults=faults)

    def one(self, name: str) -> str:
        return next(iter(self.fields[name]), "")

    def but(self, **faults: Fault | None) -> "Filled":
        """The same with what else must be changed."""
        return replace(self, faults={**self.faults, **{name: fault for name, fault in faults.items() if fault}})

    @property
    def fingerprint(self) -> str:
        """What is the same when the same form is sent twice."""
        return sha256(json.dumps([self.command.value, self.text, dict(self.fields), self.attachments]).encode()).hexdigest()


def read(command: Command, form: Form, sent: FormData) -> Draft:
    """Read a form. What a browser adds on its own is mended; what a person must change is a fault."""
    (text, attachments, faults), reason = message_in(sent, needed=bool(form.text)), word(sent, "reason")
    if form.reasons is None or reason not in {each.value for each in form.reasons}:
        reason = ""
        if form.reason_needed:
            faults["reason"] = Fault.NO_REASON
    chosen = values(sent, form.choice.name) if form.choice else ()
    if form.choice and not form.choice.fits(chosen):
        faults["choice"] = Fault.NOT_CHOSEN
    return Draft(command, form, text, reason, bool(word(sent, "close")), chosen, attachments, faults)


def message_in(sent: FormData, *, needed: bool) -> tuple[str, tuple[str, ...], dict[str, Fault]]:
    """What is written, the images that were uploaded for it before, and what a person must change in both."""
    text, attachments, faults = cleaned(word(sent, "text")), values(sent, "attachments"), dict[str, Fault]()
    if needed and not text:
        faults["text"] = Fault.EMPTY
    if len(text) > LONGEST_TEXT:
        faults["text"] = Fault.TOO_LONG
    if len(attachments) + len(uploads_in(sent)) > MOST_OF_A_MESSAGE:
        attachments, faults["images"] = attachments[:MOST_OF_A_MESSAGE], Fault.TOO_MANY_IMAGES
    return text, attachments, faults


def uploads_in(sent: FormData) -> list[UploadFile]:
    """The files that were sent; a browser sends an empty one where none was chosen."""
    return [file for file in sent.getlist("images") if isinstance(file, UploadFile) and file.filename]


def cleaned(text: str) -> str:
    """One kind of line end, blanks for tabs, no invisible control characters, nothing empty around it."""
    text = re.sub(r"\r\n?", "\n", text).replace("\t", "    ")
    text = "".join(letter for letter in text if letter == "\n" or unicodedata.category(letter) != "Cc")
    return text.strip()


def values(sent: FormData, name: str) -> tuple[str, ...]:
    """All that was chosen under one name."""
    return tuple(value for value in sent.getlist(name) if isinstance(value, str))


def word(sent: Mapping[str, Any], name: str) -> str:
    value = sent.get(name)
    return value if isinstance(value, str) else ""
