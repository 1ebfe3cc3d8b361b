"""Texts are found in the reader's language, and those that are missing are found too."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from jinja2 import TemplateSyntaxError
from parley_chassis.formats import amount, language, moment, span
from parley_chassis.testing.english import english_in
from parley_chassis.texts import CatalogueBroken, extract, faults, languages, read_catalogue, translations, update

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


def test_every_fault_of_a_catalogue_is_told(package: Path) -> None:
    source = extract(package, METHODS)
    assert faults(read_catalogue(package / "de.po"), source) == [
        "missing: Arrival",
        "missing: Delayed by %(minutes)s min",
        "left over: Gone",
    ]

    with (package / "de.po").open("a") as file:
        file.write('\nmsgid "Arrival"\nmsgstr ""\n\n#, fuzzy\nmsgid "Delayed by %(minutes)s min"\nmsgstr "Abfahrt"\n')
        file.write('\n#~ msgid "Long gone"\n#~ msgstr "Lange weg"\n')
    assert faults(read_catalogue(package / "de.po"), source) == [
        "left over: Gone",
        "left over: Long gone",
        "empty: Arrival",
        "guessed: Delayed by %(minutes)s min",
    ]


@pytest.mark.parametrize("text", ["Verspätet", "%(minute)s Min. verspätet", "%(minutes)s von %(minutes)s Min."])
def test_a_text_has_the_places_of_its_original(package: Path, text: str) -> None:
    (package / "de.po").write_text(
        f'{HEADER}msgid "Departure"\nmsgstr "Abfahrt"\n\nmsgid "Arrival"\nmsgstr "Ankunft"\n\n'
        f'msgid "Delayed by %(minutes)s min"\nmsgstr "{text}"\n'
    )

    assert faults(read_catalogue(package / "de.po"), extract(package, METHODS)) == ["other places: Delayed by %(minutes)s min"]


def test_english_is_found_in_other_languages() -> None:
    assert english_in("Bitte sign in: the Link https://shop.example/the/order ist by %(who)s") == {"the", "by"}
    assert not english_in("Der Ticket-Status war Anna egal")


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
    [
        ("en", "Monday, 2 March 2026, 11:00 CET"),
        ("de", "Montag, 2. März 2026, 11:00 MEZ"),
        ("it", "lunedì 2 marzo 2026, 11:00 CET"),
        ("fr", "lundi 2 mars 2026, 11:00 UTC+01:00"),
        ("zh", "2026年3月2日星期一 11:00 UTC+01:00"),
    ],
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


@pytest.mark.parametrize("language", ["en", "de", "it", "fr", "zh"])
def test_utc_is_called_so_in_every_language(language: str) -> None:
    assert moment(AT, ZoneInfo("UTC"), language).endswith(" UTC")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "1 Tag, 23 Stunden"),
        ("it", "1 giorno 23 ore"),
        ("fr", "1\xa0jour 23\xa0heures"),
        ("zh", "1天23小时"),
    ],
)
def test_a_span_is_said_as_its_language_does(language: str, text: str) -> None:
    assert span(timedelta(hours=47.99), language) == text


def test_a_language_is_called_as_people_of_another_call_it() -> None:
    assert [language("de", each) for each in ("en", "de", "it", "fr", "zh")] == ["German", "Deutsch", "tedesco", "allemand", "德语"]
    assert [language(tag, "en") for tag in ("pt-BR", "de-AT", "xx-YY")] == ["Portuguese", "German", "xx-YY"], "else by its tag"


def test_amounts_know_their_currency() -> None:
    assert amount(123456, "EUR", "de") == "1.234,56\xa0€"
    assert amount(500, "JPY", "en") == "JP¥500"


def test_a_template_that_cannot_be_read_takes_no_text_away(package: Path) -> None:
    (package / "page.html").write_text("{% trans %}Delayed{% endtrans %}{% endif %}")

    with pytest.raises(TemplateSyntaxError, match="endif"):
        extract(package, METHODS)
