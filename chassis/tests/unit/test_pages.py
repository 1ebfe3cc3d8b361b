"""What all pages share: every word in every declared language, colours that can be read, and a market file that a page can show."""

import hashlib
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parley_chassis import languages
from parley_chassis.markets import MarketFaults, read_markets
from parley_chassis.pages import PageMarket, assets
from parley_chassis.pages.site import LANGUAGES, METHODS, PACKAGE
from parley_chassis.testing.english import english_in
from parley_chassis.texts import extract, faults, read_catalogue
from parley_contracts.problems import CATALOGUE

PICO_2_1_1 = "fbc9a63fc9fc9f72d12fd7fc9806e11fa9f77ae4f9cad146b27003a1119ba3db"


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_text_of_the_pages_is_there_in_each_language(language: str) -> None:
    catalogue = read_catalogue(PACKAGE / "locales" / f"{language}.po")

    assert faults(catalogue, extract(PACKAGE, METHODS)) == [], (
        "run python -m parley_chassis.pages.extracting parley_chassis, then translate"
    )
    assert english_in(" ".join(str(message.string) for message in catalogue if message.id)) == set()


def test_the_pages_and_the_problems_speak_every_language() -> None:
    assert set(LANGUAGES) == set(languages.LANGUAGES) == set(CATALOGUE["not-found"].titles)


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
