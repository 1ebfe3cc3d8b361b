"""Turns a job into a mail. Every template is read and compiled once, when the service starts."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import CodeType

from jinja2 import BytecodeCache, ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, Template, TemplateError, select_autoescape
from jinja2.bccache import Bucket
from parley_chassis.formats import zone
from parley_chassis.languages import tag
from parley_chassis.tracing import Trace

from notifier.domain.delivery import Delivery
from notifier.domain.words import Notice
from notifier.ports import CannotWrite, Job, Mail
from notifier.rendering import texts
from notifier.rendering.links import LinkMaker
from notifier.rendering.message import UnsafeHeader, date, filled, header, named, skeleton
from notifier.rendering.view import View, view_of
from notifier.settings import Market

TEMPLATES = Path(__file__).parents[1] / "templates"
_LONGEST_SUBJECT = 150


class BrokenTemplate(CannotWrite):
    """A mail cannot be written: its template or its texts are broken."""


class _Compiled(BytecodeCache):
    """What one language compiled serves all others: words are looked up when a mail is written."""

    def __init__(self) -> None:
        self._code: dict[str, CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._code.get(bucket.key)

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self._code[bucket.key] = bucket.code


class _Language:
    """All notices in one language."""

    def __init__(self, language: str, loader: ChoiceLoader, compiled: _Compiled) -> None:
        found = texts.translations(language)
        environment = Environment(
            loader=loader,
            bytecode_cache=compiled,
            autoescape=select_autoescape(("html",)),
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
        )
        environment.install_gettext_callables(found.gettext, found.ngettext, newstyle=True)  # type: ignore[attr-defined]
        self.gettext = found.gettext
        try:
            self.parts: Mapping[Notice, tuple[Template, Template, Template]] = {
                notice: (
                    environment.get_template(f"{notice}/subject.txt"),
                    environment.get_template(f"{notice}/body.txt"),
                    environment.get_template(f"{notice}/body.html"),
                )
                for notice in Notice
            }
        except TemplateError as error:
            raise BrokenTemplate(f"a template cannot be used: {error!r}; mend it") from error


class Renderer:
    """Writes mails for all markets in all languages that there are texts for."""

    def __init__(self, markets: Mapping[str, Market], links: LinkMaker, *, overlay: Path | None = None) -> None:
        if overlay:
            _check_overlay(overlay)
        folders = [folder for folder in (overlay, TEMPLATES) if folder]
        loader = ChoiceLoader([FileSystemLoader(folder) for folder in folders])
        self.languages = texts.languages()
        compiled = _Compiled()
        self._languages = {language: _Language(language, loader, compiled) for language in self.languages}
        self._markets = markets
        self._links = links
        self._frames = {(id, language): _frame(market, language) for id, market in markets.items() for language in self.languages}

    def __call__(self, job: Job) -> Mail:
        """The mail of this job; raises BrokenTemplate."""
        subject, text, html = self.parts(job)
        delivery, market = job.delivery, self._markets[job.delivery.market]
        try:
            headers = [
                ("To", job.address),
                ("Subject", header(subject)),
                ("Date", date(delivery.story.at)),
                ("Message-ID", f"<{delivery.message_id}>"),
                *_thread(job),
                *_trace(delivery),
            ]
            content = filled(self._frames[market.id, delivery.language], headers, text, html)
        except UnsafeHeader as error:
            raise BrokenTemplate(f"{delivery.notice} in {delivery.language}: {error}") from error
        return Mail(sender=market.addresses.sender, recipient=job.address, content=content)

    def parts(self, job: Job) -> tuple[str, str, str]:
        """Subject, text and HTML."""
        delivery = job.delivery
        words = self._languages[delivery.language]
        try:
            view = view_of(job, self._markets[delivery.market], self._links, words.gettext)
            names = {name: getattr(view, name) for name in View.__slots__}
            subject, text, html = (template.render(names) for template in words.parts[delivery.notice])
        except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise BrokenTemplate(f"{delivery.notice} in {delivery.language} cannot be written: {error!r}; mend its template") from error
        return " ".join(subject.split())[:_LONGEST_SUBJECT], text.strip() + "\n", html

    def check(self, jobs: Iterable[Job]) -> None:
        """Write every mail in every language, so that a broken template stops the service and not a mail."""
        for job in jobs:
            for language in self.languages:
                self(replace(job, delivery=replace(job.delivery, language=language)))
        for market in self._markets.values():
            if zone(market.time_zone).key != market.time_zone:
                raise BrokenTemplate(f"market {market.id}: there is no time zone {market.time_zone!r}; write it as Europe/Berlin")


def _check_overlay(overlay: Path) -> None:
    """A folder that is not there, or a file that no mail reads, would change nothing and say nothing."""
    if not overlay.is_dir():
        raise BrokenTemplate(f"{overlay} is not a folder; name the one that is laid over the templates")
    _check_names("mail", overlay, TEMPLATES)
    for folder in _laid(overlay):
        if not folder.is_dir():
            raise BrokenTemplate(f"{folder} is a file; lay a folder of this name over the mail, with the files that you change")
        _check_names("file", folder, TEMPLATES / folder.name)
        made_of_it = overlay.glob("*/body.html") if folder.name == "layout" else folder.glob("body.html")
        if [*folder.glob("*.mjml")] and not [*made_of_it]:
            raise BrokenTemplate(f"{folder}: MJML is a source that no mail reads; compile it, and lay the body.html beside it")


def _check_names(what: str, laid: Path, over: Path) -> None:
    known = sorted(each.name for each in _laid(over))
    for each in _laid(laid):
        if each.name not in known:
            near = difflib.get_close_matches(each.name, known, 1)
            meant = f"did you mean {near[0]}?" if near else f"write one of {', '.join(known)}"
            raise BrokenTemplate(f"{laid}: there is no {what} {each.name!r}; {meant}")


def _laid(folder: Path) -> list[Path]:
    """Hidden names are the system's own, such as those of a mounted volume."""
    return sorted(each for each in folder.iterdir() if not each.name.startswith("."))


def _thread(job: Job) -> list[tuple[str, str]]:
    """The headers by which a mail client puts all mails of a conversation together."""
    if job.delivery.notice.grouped or job.conversation is None or not job.conversation.root:
        return []
    root = f"<{job.conversation.root}>"
    return [("In-Reply-To", root), ("References", root)]


def _trace(delivery: Delivery) -> list[tuple[str, str]]:
    """What leads whoever is on call from a mail to all that it follows from."""
    return [("X-Trace-Id", Trace(*delivery.trace).id)] if delivery.trace else []


def _frame(market: Market, language: str) -> bytes:
    no_reply = f"no-reply@{market.rules().domain}"
    return skeleton(
        [
            ("From", named(market.name, market.addresses.sender)),
            ("Reply-To", no_reply),
            ("Content-Language", tag(language)),
            ("Auto-Submitted", "auto-generated"),
            ("X-Auto-Response-Suppress", "All"),
        ]
    )
