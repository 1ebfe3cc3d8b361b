"""Every word of a page is there in every declared language, and every colour can be read."""

import hashlib
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parley_chassis import languages
from parley_chassis.markets import MarketFaults, read_markets
from parley_chassis.testing.english import english_in
from parley_chassis.texts import extract, faults, read_catalogue, translations
from parley_contracts.problems import CATALOGUE
from parley_conversation.domain.access import BY_LINK
from parley_conversation.domain.cells import Command
from parley_conversation.domain.people import Actor
from parley_conversation.domain.words import Category, ClosedBecause, RemovedBecause, Role, State, Visibility, WaivedBecause
from parley_conversation.pages import PageMarket, assets, words
from parley_conversation.pages.forms import FORMS, Fault
from parley_conversation.pages.site import LANGUAGES, LOCALES, METHODS, PACKAGE
from parley_conversation.testing.builders import ACTORS, a_conversation

PICO_2_1_1 = "fbc9a63fc9fc9f72d12fd7fc9806e11fa9f77ae4f9cad146b27003a1119ba3db"


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_text_of_the_pages_is_there_in_each_language(language: str) -> None:
    catalogue = read_catalogue(LOCALES / f"{language}.po")

    assert faults(catalogue, extract(PACKAGE, METHODS)) == [], "run python -m parley_conversation.pages.extracting, then translate"
    assert english_in(" ".join(str(message.string) for message in catalogue if message.id)) == set()


def test_the_pages_and_the_problems_speak_every_language() -> None:
    assert set(LANGUAGES) == set(languages.LANGUAGES) == set(CATALOGUE["not-found"].titles)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_rules_has_a_name(language: str) -> None:
    _ = translations(language, LOCALES).gettext
    for state in State:
        for role in (Role.BUYER, Role.GUEST, Role.SELLER, Role.SUPPORT):
            assert words.state(_, a_conversation(state), ACTORS[role])
    for category in Category:
        assert words.category(_, category)
    for reasons in (ClosedBecause, RemovedBecause, WaivedBecause):
        assert [value for value, name in words.reasons(_, reasons) if name] == [each.value for each in reasons]
    for visibility in Visibility:
        assert (words.visibility(_, visibility) is None) is (visibility is Visibility.PUBLIC)
    for fault in Fault:
        assert words.fault(_, fault)
    for command in FORMS:
        assert words.done(_, command)


def test_a_problem_type_that_is_not_known_here_is_called_by_its_category() -> None:
    assert words.problem_type(str, a_conversation(problem_type="brand_new")) == "Question about an order"


@pytest.mark.parametrize("role", Role)
def test_every_author_has_a_name_even_if_nobody_told_us_one(role: Role) -> None:
    assert words.author(str, Actor("somebody", role), a_conversation(), ACTORS[Role.SUPPORT], {}, "Shop")


def test_whatever_a_link_may_do_has_a_form() -> None:
    allowed: set[Command] = set().union(*BY_LINK.values())

    assert allowed <= FORMS.keys()


@settings(deadline=None)
@given(st.integers(min_value=0, max_value=0xFFFFFF))
def test_any_colour_of_a_market_can_be_read_by_day_and_by_night(number: int) -> None:
    sheet = assets.accent(f"#{number:06x}")
    day, night = (part.partition("--pico-primary:")[2][:7] for part in sheet.split("\n")[:2])

    assert assets._contrast(day, "#ffffff") >= 4.5
    assert assets._contrast(night, "#13171f") >= 4.5
    for part in sheet.split("\n")[:2]:
        background, inverse = part.partition("-background:")[2][:7], part.partition("-inverse:")[2][:7]
        assert assets._contrast(background, inverse) >= 4.5


def test_pico_is_the_released_one_with_its_licence() -> None:
    assert hashlib.sha256((assets.STATIC / "pico.min.css").read_bytes()).hexdigest() == PICO_2_1_1
    assert "MIT License" in (assets.STATIC / "pico.LICENSE.md").read_text()


def test_no_style_sheet_loads_anything() -> None:
    for sheet in assets.STATIC.glob("*.css"):
        text = sheet.read_text()
        assert "@import" not in text
        assert text.count("url(") == text.count('url("data:')


class Bad(StrEnum):
    """Market files that a page cannot use."""

    COLOUR = "colours: {accent: red}"
    BREAKING = 'colours: {accent: "#fff;}body{}"}'
    ZONE = "time_zone: Mars/Olympus"
    SIGN_IN = "urls: {signin: 'javascript:alert(1)'}"
    ORDER = "urls: {order: 'javascript:alert(1)//{order_id}'}"
    LOGO = "logo: logo.png"


@pytest.mark.parametrize("bad", Bad)
def test_a_market_that_a_page_cannot_show_stops_the_start(tmp_path: Any, bad: Bad) -> None:
    (tmp_path / "de.yaml").write_text(f"id: de\nname: M\nlanguages: [de]\n{bad}\n")

    with pytest.raises(MarketFaults, match=bad.partition(":")[0]):
        read_markets(tmp_path, PageMarket)
