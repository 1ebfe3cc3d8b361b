"""A person gets the language that they read, if it is offered."""

import pytest
from parley_chassis.languages import LANGUAGES, accepted, choose, tag

MARKET = ("de", "en", "zh")


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        (["de-AT"], "de"),
        (["zh-Hant-TW"], "zh"),
        (["zh_CN"], "zh"),
        (["EN"], "en"),
        (["it", "en"], "en"),
        ([None, "en"], "en"),
        (["pt"], "de"),
        ([], "de"),
        (["deutsch"], "de"),
        (["", "-"], "de"),
    ],
)
def test_the_first_wanted_language_that_is_offered_wins_else_the_markets(wanted: list[str | None], chosen: str) -> None:
    assert choose(*wanted, offered=MARKET) == chosen


def test_what_a_text_is_marked_with_is_read_as_its_language() -> None:
    assert {language: tag(language) for language in LANGUAGES} == {"en": "en", "de": "de", "it": "it", "fr": "fr", "zh": "zh-Hans"}
    assert [choose(tag(language)) for language in LANGUAGES] == list(LANGUAGES)


def test_where_nothing_is_offered_it_is_english() -> None:
    assert choose("de", offered=()) == "en"


@pytest.mark.parametrize(
    ("header", "tags"),
    [
        ("de, en;q=0.8", ["de", "en"]),
        ("en;q=0.2, fr;q=0.9", ["fr", "en"]),
        ("*, en;q=0", []),
        ("en;q=x, de", ["de"]),
        (None, []),
        (";;;,,", []),
    ],
)
def test_the_browsers_wish_is_read_best_first(header: str | None, tags: list[str]) -> None:
    assert accepted(header) == tags


def test_a_hostile_header_costs_nothing() -> None:
    assert len(accepted("a," * 100_000)) <= 500
