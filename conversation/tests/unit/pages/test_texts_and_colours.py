"""Every word of a page of a conversation is there in every declared language."""

import pytest
from parley_chassis.pages.site import LANGUAGES, METHODS
from parley_chassis.testing.english import english_in
from parley_chassis.texts import extract, faults, read_catalogue, translations
from parley_conversation.domain.access import BY_LINK
from parley_conversation.domain.cells import Command
from parley_conversation.domain.people import Actor
from parley_conversation.domain.words import Category, ClosedBecause, RemovedBecause, Role, State, Visibility, WaivedBecause
from parley_conversation.pages import words
from parley_conversation.pages.forms import FORMS, Fault
from parley_conversation.pages.site import PACKAGE
from parley_conversation.testing.builders import ACTORS, a_conversation

LOCALES = PACKAGE / "locales"


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_text_of_the_pages_is_there_in_each_language(language: str) -> None:
    catalogue = read_catalogue(LOCALES / f"{language}.po")

    assert faults(catalogue, extract(PACKAGE, METHODS)) == [], (
        "run python -m parley_chassis.pages.extracting parley_conversation, then translate"
    )
    assert english_in(" ".join(str(message.string) for message in catalogue if message.id)) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_rules_has_a_name(language: str) -> None:
    _ = translations(language, LOCALES).gettext
    for state in State:
        for role in (Role.BUYER, Role.GUEST, Role.SELLER, Role.SUPPORT):
            assert words.state(_, state, role)
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
