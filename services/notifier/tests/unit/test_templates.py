"""Templates and texts: compiled, complete, laid over, and found broken when the service starts."""

import email
import re
from email import policy
from pathlib import Path
from typing import Any

import pytest
from notifier.domain.words import Audience, Notice
from notifier.ports import Job
from notifier.rendering import BrokenTemplate, LinkMaker, Renderer, sample_jobs
from notifier.rendering.compiling import TEMPLATES, compiled
from notifier.rendering.extracting import template_catalogue
from notifier.rendering.texts import LOCALES
from notifier.settings import Market
from parley_chassis.languages import LANGUAGES
from parley_chassis.links import Links
from parley_chassis.testing.english import english_in
from parley_chassis.texts import faults, read_catalogue


def a_market(**changes: Any) -> Market:
    said = {
        "id": "north",
        "name": "Südmarkt",
        "languages": ["en"],
        "time_zone": "Europe/Berlin",
        "addresses": {"sender": "post@north.example", "support": "support@north.example", "oncall": "oncall@north.example"},
        "imprint": "Südmarkt GmbH",
    }
    return Market.model_validate(said | changes)


def a_renderer(market: Market, **options: Any) -> Renderer:
    urls = {"/ticketing": "https://help.test/tickets", "/inquiries": "https://help.test/questions", "/sla-monitor": "https://clock.test"}
    return Renderer({market.id: market}, LinkMaker(Links(["k" * 40]), urls), **options)


MARKET = a_market()


def the(notice: Notice, audience: Audience) -> Job:
    return next(job for job in sample_jobs(MARKET) if (job.delivery.notice, job.delivery.audience) == (notice, audience))


def parsed(job: Job, renderer: Renderer) -> Any:
    return email.message_from_bytes(renderer(job).content, policy=policy.SMTP)


def test_a_template_is_compiled_once_for_all_languages() -> None:
    languages = a_renderer(MARKET)._languages.values()

    assert len(languages) > 1
    for notice in Notice:
        for templates in zip(*(words.parts[notice] for words in languages), strict=True):
            assert len({id(template.root_render_func.__code__) for template in templates}) == 1


@pytest.mark.parametrize("notice", Notice)
def test_the_compiled_html_is_up_to_date(notice: Notice) -> None:
    assert (TEMPLATES / notice / "body.html").read_text("utf-8") == compiled(notice), "run python -m notifier.rendering.compiling"


@pytest.mark.parametrize("path", sorted(LOCALES.glob("*.po")), ids=lambda path: path.stem)
def test_no_text_is_missing_or_left_over_in_a_catalogue(path: Path) -> None:
    catalogue = read_catalogue(path)

    assert faults(catalogue, template_catalogue()) == [], "run python -m notifier.rendering.extracting, then translate"
    assert english_in(" ".join(str(message.string) for message in catalogue if message.id)) == set()


def test_mails_are_written_in_every_language() -> None:
    assert set(a_renderer(MARKET).languages) == set(LANGUAGES)


def test_a_folder_laid_over_the_templates_changes_a_mail(tmp_path: Path) -> None:
    (tmp_path / "message").mkdir()
    (tmp_path / "message" / "subject.txt").write_text("Post from {{ brand }}")

    renderer = a_renderer(MARKET, overlay=tmp_path)

    assert parsed(the(Notice.MESSAGE, Audience.BUYER), renderer)["Subject"] == "Post from Südmarkt"
    assert parsed(the(Notice.CLOSED, Audience.BUYER), renderer)["Subject"].startswith("Ticket")


@pytest.mark.parametrize("broken", ["{{ brand ", "{{ no_such_name }}", "{{ number / 0 }}", "{% include 'nowhere.txt' %}"])
def test_a_broken_template_stops_the_start(tmp_path: Path, broken: str) -> None:
    (tmp_path / "refund").mkdir()
    (tmp_path / "refund" / "body.txt").write_text(broken)

    with pytest.raises(BrokenTemplate, match="mend"):
        a_renderer(MARKET, overlay=tmp_path).check(sample_jobs(MARKET))


@pytest.mark.parametrize(("folder", "told"), [("mesage", "did you mean message"), ("x", "write one of .*receipt")])
def test_a_folder_of_no_mail_laid_over_stops_the_start(tmp_path: Path, folder: str, told: str) -> None:
    (tmp_path / folder).mkdir()

    with pytest.raises(BrokenTemplate, match=told):
        a_renderer(MARKET, overlay=tmp_path)


def test_a_folder_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(BrokenTemplate, match="is not a folder"):
        a_renderer(MARKET, overlay=tmp_path / "nowhere")


def test_a_market_in_an_unknown_time_zone_stops_the_start() -> None:
    with pytest.raises(BrokenTemplate, match="write it as Europe/Berlin"):
        a_renderer(a_market(time_zone="Europe/Atlantis")).check([])


@pytest.mark.parametrize(
    ("files", "says"),
    [
        (["closed/body.mjml"], "closed: MJML is a source that no mail reads; compile it, and lay the body.html beside it"),
        (["layout/head.mjml", "closed/subject.txt"], "layout: MJML is a source"),
        (["closed/subjekt.txt"], "there is no file 'subjekt.txt'; did you mean subject.txt?"),
        (["closed/de/subject.txt"], "there is no file 'de'; write one of body.html, body.mjml, body.txt, subject.txt, words.txt"),
        (["subject.txt"], "there is no mail 'subject.txt'; write one of"),
        (["closed"], "closed is a file; lay a folder of this name over the mail"),
    ],
)
def test_what_is_laid_over_and_read_by_no_mail_stops_the_start(tmp_path: Path, files: list[str], says: str) -> None:
    _lay(tmp_path, *files)

    with pytest.raises(BrokenTemplate, match=re.escape(says)):
        a_renderer(MARKET, overlay=tmp_path)


def test_sources_may_lie_beside_what_was_made_of_them_and_hidden_names_are_nobodys(tmp_path: Path) -> None:
    _lay(tmp_path, "closed/body.mjml", "closed/body.html", "layout/head.mjml", "..data/closed/subject.txt", "closed/.subject.txt.swp")

    a_renderer(MARKET, overlay=tmp_path)


def _lay(overlay: Path, *files: str) -> None:
    for file in files:
        (overlay / file).parent.mkdir(parents=True, exist_ok=True)
        (overlay / file).write_text("")
