"""Every word of the pages that only ticketing has is there in every declared language."""

import pytest
from parley_chassis.pages.site import LANGUAGES, METHODS
from parley_chassis.testing.english import english_in
from parley_chassis.texts import extract, faults, read_catalogue, translations
from ticketing.domain.orders import OrderState
from ticketing.domain.problems import CATEGORY, ProblemType
from ticketing.pages import PACKAGE, words

LOCALES = PACKAGE / "locales"


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_text_of_the_pages_is_there_in_each_language(language: str) -> None:
    catalogue = read_catalogue(LOCALES / f"{language}.po")

    assert faults(catalogue, extract(PACKAGE, METHODS)) == [], "run python -m parley_chassis.pages.extracting ticketing, then translate"
    assert english_in(" ".join(str(message.string) for message in catalogue if message.id)) == set()


def test_every_type_of_problem_stands_once_under_its_category() -> None:
    offered = [value for _, types in words.problem_types(str, set(CATEGORY.values())) for value, called in types if called]

    assert sorted(offered) == sorted(each.value for each in ProblemType)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_of_an_order_has_a_name(language: str) -> None:
    assert all(words.order_state(translations(language, LOCALES).gettext, state) for state in OrderState)
