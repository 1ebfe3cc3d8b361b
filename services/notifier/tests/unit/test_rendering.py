"""Every mail in every language for every reader: what it must say, and what it must never say."""

import email
import re
from dataclasses import replace
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from functools import cache
from html.parser import HTMLParser
from typing import Any
from unicodedata import east_asian_width

import pytest
from notifier.domain.words import Audience, Notice
from notifier.ports import Job
from notifier.rendering import LinkMaker, Renderer, sample_jobs
from notifier.rendering.texts import languages
from notifier.settings import Market
from parley_chassis.languages import tag
from parley_chassis.links import Links
from parley_chassis.testing.english import english_in

LINKS = Links(["k" * 40], now=lambda: datetime(2026, 11, 24, 9, 31, tzinfo=UTC))
URLS = {"/ticketing": "https://help.test/tickets", "/inquiries": "https://help.test/questions", "/sla-monitor": "https://clock.test"}


def a_market(**changes: Any) -> Market:
    said = {
        "id": "north",
        "name": "Südmarkt",
        "languages": ["de", "en"],
        "time_zone": "Europe/Berlin",
        "addresses": {"sender": "post@north.example", "support": "support@north.example", "oncall": "oncall@north.example"},
        "imprint": "Südmarkt GmbH · Straße 1",
    }
    return Market.model_validate(said | changes)


def a_renderer(market: Market, **options: Any) -> Renderer:
    return Renderer({market.id: market}, LinkMaker(LINKS, URLS), **options)


MARKET = a_market()
RENDERER = a_renderer(MARKET)
JOBS = [replace(job, delivery=replace(job.delivery, language=language)) for job in sample_jobs(MARKET) for language in languages()]


def named(job: Job) -> str:
    delivery = job.delivery
    case = "guest" if job.conversation and job.conversation.parties.guest else "folded" if delivery.folds else "ticket"
    return f"{delivery.notice}-{delivery.audience}-{delivery.story.variant}-{delivery.story.author}-{case}-{delivery.language}"


def the(notice: Notice, audience: Audience, **changes: Any) -> Job:
    job = next(job for job in JOBS if job.delivery.notice is notice and job.delivery.audience is audience and job.delivery.language == "en")
    return replace(job, **changes)


@cache
def parsed(job: Job, renderer: Renderer = RENDERER) -> tuple[EmailMessage, str, str]:
    message = email.message_from_bytes(renderer(job).content, policy=policy.SMTP)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    return message, text.get_content(), html.get_content()


class Page(HTMLParser):
    """The links, the elements and the visible words of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.elements: list[str] = []
        self.words = ""
        self._in_style = False
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self._in_style = tag == "style"
        self.links += [value for name, value in attributes if name == "href" and value]

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False

    def handle_data(self, data: str) -> None:
        if not self._in_style:
            self.words += data


NO_REPLY = {"en": "do not reply", "de": "antworten Sie nicht", "it": "di non rispondere", "fr": "ne pas répondre", "zh": "请勿直接回复"}
CELLS = sorted({(job.delivery.notice, job.delivery.audience) for job in JOBS})
each_cell = pytest.mark.parametrize(
    "jobs",
    [[job for job in JOBS if (job.delivery.notice, job.delivery.audience) == cell] for cell in CELLS],
    ids=["-".join(cell) for cell in CELLS],
)
"""A notice to an audience: for each reason and author, as ticket and as a guest's question, alone and folded, in each language."""


@each_cell
def test_each_mail_says_what_every_mail_must(jobs: list[Job]) -> None:
    for job in jobs:
        message, text, html = parsed(job)
        page = Page(html)

        assert message["To"] == job.address
        assert message["From"] == "Südmarkt <post@north.example>"
        assert message["Reply-To"] == "no-reply@north.example"
        assert message["Message-ID"] == f"<{job.delivery.message_id}>"
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["X-Auto-Response-Suppress"] == "All"
        assert message["Content-Language"] == tag(job.delivery.language)
        assert message["Date"].datetime == job.delivery.story.at
        assert f'lang="{tag(job.delivery.language)}"' in html
        link = re.search(r"https://\S+", text)
        assert link is not None
        assert link[0] in page.links
        assert link[0] in page.words
        for words in (text, page.words):
            assert "Südmarkt GmbH · Straße 1" in words
            assert NO_REPLY[job.delivery.language] in words
            assert job.delivery.story.number[:6] in words


@each_cell
def test_a_mail_reads_back_as_it_was_rendered_in_every_language(jobs: list[Job]) -> None:
    for job in jobs:
        message, text, html = parsed(job)
        content = RENDERER(job).content

        assert message.defects == []
        assert (message["Subject"], text, html) == RENDERER.parts(job)
        assert {part.get_content_charset() for part in message.iter_parts()} == {"utf-8"}
        assert max(len(line) for line in content.split(b"\r\n")) <= 78


@each_cell
def test_a_subject_fits_into_a_list_of_mails(jobs: list[Job]) -> None:
    for job in jobs:
        subject = RENDERER.parts(job)[0]

        assert sum(2 if east_asian_width(letter) in "WF" else 1 for letter in subject) <= 60, subject


@each_cell
def test_no_english_is_left_in_another_language(jobs: list[Job]) -> None:
    for job in jobs:
        if job.delivery.language != "en":
            message, text, html = parsed(job)
            assert english_in(f"{message['Subject']} {text} {Page(html).words}") == set(), named(job)


@each_cell
def test_no_mail_holds_an_address_of_anybody_or_loads_anything(jobs: list[Job]) -> None:
    for job in jobs:
        message, text, html = parsed(job)

        assert not re.search(r"[\w.]@\w", text)
        assert "@people.example" not in html
        assert "src=" not in html
        assert not re.search(r"url\(", html)
        assert message["Subject"].isprintable()


@each_cell
def test_only_people_of_the_conversation_get_a_link_that_opens_it(jobs: list[Job]) -> None:
    for job in jobs:
        _, text, _ = parsed(job)
        is_direct = job.delivery.audience in (Audience.BUYER, Audience.SELLER) and not job.delivery.notice.about_a_seller

        token = re.search(r"/l/(\S+)", text)

        assert (token is not None) is is_direct
        if token is not None:
            claims = LINKS.read(token[1])
            assert claims.conversation_id == job.delivery.conversation_id
            assert claims.party_id == job.delivery.recipient.id
            assert claims.role == job.delivery.audience
            assert claims.issued_at == job.at


@each_cell
def test_the_mails_of_a_conversation_hold_together(jobs: list[Job]) -> None:
    for job in jobs:
        message, _, _ = parsed(job)
        root = f"<{job.conversation.root}>" if job.conversation and not job.delivery.notice.grouped else None

        assert message["In-Reply-To"] == root
        assert message["References"] == root


def test_who_wrote_when_and_until_when_an_answer_is_expected_are_in_both_parts() -> None:
    job = the(Notice.OPENED, Audience.SELLER)
    _, text, html = parsed(job)

    for words in (text, Page(html).words):
        assert "Anna König" in words
        assert "Tuesday, 24 November 2026, 10:30 CET" in words
        assert "Thursday, 26 November 2026, 10:30 CET" in words


def test_a_readers_own_time_zone_is_used_and_an_unknown_one_is_not() -> None:
    assert "17:30 UTC+08:00" in parsed(the(Notice.OPENED, Audience.SELLER, time_zone="Asia/Shanghai"))[1]
    for hostile in ("Mars/Base", "../../etc/passwd", "\x00", "Europe", "x" * 5000):
        assert "10:30 CET" in parsed(the(Notice.OPENED, Audience.SELLER, time_zone=hostile))[1]


@pytest.mark.parametrize(
    "name",
    [
        "anna@people.example",
        "Anna\r\nBcc: x@evil.example",
        "<b>Anna</b>",
        "{{ 7*7 }}",
        "%(who)s",
        "\u202eAnna",
        "\u200b",
        "A" * 500,
        "=?utf-8?q?x?=",
    ],
    ids=ascii,
)
def test_hostile_names_stay_words(name: str) -> None:
    for notice, audience in ((Notice.OPENED, Audience.SELLER), (Notice.RECEIPT, Audience.BUYER), (Notice.MESSAGE, Audience.BUYER)):
        plain = the(notice, audience)
        hostile = replace(plain, buyer_name=name, seller_name=name, recipient_name=name)

        message, text, html = parsed(hostile)

        assert sorted(set(message.keys())) == sorted(set(parsed(plain)[0].keys()))
        assert Page(html).elements == Page(parsed(plain)[2]).elements
        assert "@" not in text
        assert "49" not in text.replace("T-7F3K-92QD", "")
        assert not re.search("[\u200b\u202e]", text)


def test_hostile_numbers_and_ids_stay_in_their_place() -> None:
    plain = the(Notice.MESSAGE, Audience.SUPPORT)
    assert plain.conversation is not None
    nasty = "T-1\r\nBcc: x@evil.example\r\n\r\n<script>"
    story = replace(plain.delivery.story, number=nasty, conversation_id="../\r\n?x=<script>")
    conversation = replace(plain.conversation, number=nasty, order_number=nasty)

    message, _, html = parsed(replace(plain, delivery=replace(plain.delivery, story=story), conversation=conversation))

    assert message["Bcc"] is None
    assert "script" not in Page(html).elements
    assert "\n" not in message["Subject"]


def several(notice: Notice) -> Job:
    """One mail that tells of three."""
    return next(job for job in JOBS if job.delivery.notice is notice and job.delivery.folds == 2 and job.delivery.language == "en")


def test_several_deliveries_are_told_as_one() -> None:
    assert "There are 3 new messages, the latest from" in parsed(several(Notice.MESSAGE))[1]


def test_on_call_reads_each_conversation_how_many_more_there_are_and_no_name() -> None:
    message, text, _ = parsed(job := several(Notice.ONCALL_OVERDUE))

    assert text.count("https://clock.test/responses/") == 4
    assert message["Subject"] == "Südmarkt: 3 overdue answers from support"
    assert not any(name in text for name in ("Anna", "Nordlicht"))
    assert "and 60 more" in parsed(replace(job, delivery=replace(job.delivery, folds=62)))[1]


def test_support_reads_each_conversation_of_a_shop_that_is_gone_and_no_due_time() -> None:
    message, text, html = parsed(several(Notice.SHOPS_GONE))
    assert message["Subject"] == "Südmarkt: 3 conversations have lost their shop"
    assert "Support now has 3 conversations whose shop is no longer on Südmarkt." in text
    assert (text.count("https://help.test/tickets/c/"), (text + html).count("Due:")) == (4, 0)


@pytest.mark.parametrize(("accent", "letters"), [("#0b5cad", "#ffffff"), ("#ffd400", "#000000"), ("#000000", "#ffffff")])
def test_the_button_can_be_read_on_any_colour(accent: str, letters: str) -> None:
    market = a_market(colours={"accent": accent})

    assert f"background:{accent};color:{letters}" in parsed(the(Notice.MESSAGE, Audience.BUYER), a_renderer(market))[2]


def test_a_market_may_ask_for_a_sign_in() -> None:
    renderer = a_renderer(a_market(links={"seller": "login"}))
    _, text, _ = parsed(the(Notice.OPENED, Audience.SELLER), renderer)

    assert "/l/" not in text
    assert "You need to sign in" in text
    assert "/l/" in parsed(the(Notice.RECEIPT, Audience.BUYER), renderer)[1]


def test_a_market_may_have_its_own_page_but_a_guest_cannot_sign_in_there() -> None:
    renderer = a_renderer(a_market(conversation_url="https://shop.test/help/{conversation_id}"))
    guest = next(job for job in JOBS if job.delivery.notice is Notice.RECEIPT and job.conversation and job.conversation.parties.guest)

    assert "https://shop.test/help/0190a5a2-" in parsed(the(Notice.RECEIPT, Audience.BUYER), renderer)[1]
    assert "/l/" in parsed(guest, renderer)[1]
