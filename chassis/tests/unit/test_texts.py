"""Texts are found in the reader's language, and those that are missing are found too."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from parley_chassis.formats import amount, moment, span
from parley_chassis.texts import CatalogueBroken, extract, languages, missing, read_catalogue, translations, update

HEADER = 'msgid ""\nmsgstr "Language: de\\nPlural-Forms: nplurals=2; plural=(n != 1);\\nContent-Type: text/plain; charset=utf-8\\n"\n\n'


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Code with three texts, one of them in a template, and a catalogue with one of them."""
    (tmp_path / "code.py").write_text('_("Departure")\n_("Arrival")\n')
    (tmp_path / "page.html").write_text("{% trans %}\n  Delayed\n  by %(minutes)s min\n{% endtrans %}")
    (tmp_path / "de.po").write_text(HEADER + 'msgid "Departure"\nmsgstr "Abfahrt"\n\nmsgid "Gone"\nmsgstr "Weg"\n')
    return tmp_path


METHODS = [("**.py", "python"), ("**.html", "jinja2.ext.babel_extract")]


def test_english_needs_no_catalogue_and_every_catalogue_is_a_language(package: Path) -> None:
    assert languages(package) == ("en", "de")
    assert translations("en", package).gettext("Departure") == "Departure"
    assert translations("de", package).gettext("Departure") == "Abfahrt"


def test_a_missing_an_empty_and_a_guessed_text_are_told(package: Path) -> None:
    source = extract(package, METHODS)
    assert missing(read_catalogue(package / "de.po"), source) == ["Arrival", "Delayed by %(minutes)s min"]

    with (package / "de.po").open("a") as file:
        file.write('\nmsgid "Arrival"\nmsgstr ""\n\n#, fuzzy\nmsgid "Delayed by %(minutes)s min"\nmsgstr "Abfahrt"\n')
    assert len(missing(read_catalogue(package / "de.po"), source)) == 2


def test_an_update_adds_what_is_new_and_drops_what_is_gone(package: Path) -> None:
    update(package / "de.po", extract(package, METHODS))

    text = (package / "de.po").read_text()
    assert text.startswith(HEADER)
    assert 'msgstr "Abfahrt"' in text
    assert 'msgid "Arrival"' in text
    assert "Gone" not in text


@pytest.mark.parametrize("text", ["msgid nonsense", "\x00", 'msgid "a"\nmsgstr[7] "b"\nmsgid "c'])
def test_a_broken_catalogue_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "de.po").write_text(text)

    with pytest.raises(CatalogueBroken, match=r"de\.po cannot be read"):
        read_catalogue(tmp_path / "de.po")


AT = datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "Monday, 2 March 2026, 11:00 CET"), ("de", "Montag, 2. März 2026, 11:00 MEZ"), ("fr", "lundi 2 mars 2026, 11:00 UTC+01:00")],
)
def test_a_time_names_its_zone(language: str, text: str) -> None:
    assert moment(AT, ZoneInfo("Europe/Berlin"), language) == text


@pytest.mark.parametrize(
    ("hours", "text"),
    [
        (48, "2 days"),
        (47.99, "1 day 23 hours"),
        (24.4, "1 day"),
        (1.5, "1 hour 30 minutes"),
        (0.5, "30 minutes"),
        (0.002, "7 seconds"),
        (0, "0 seconds"),
        (-5, "0 seconds"),
    ],
)
def test_a_span_never_promises_more_than_there_is(hours: float, text: str) -> None:
    assert span(timedelta(hours=hours), "en") == text


def test_amounts_know_their_currency() -> None:
    assert amount(123456, "EUR", "de") == "1.234,56\xa0€"
    assert amount(500, "JPY", "en") == "JP¥500"
