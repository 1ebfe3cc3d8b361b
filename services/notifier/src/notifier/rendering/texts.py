"""The texts of mails in each language. English is in the templates; every other language is a catalogue in `locales`."""

import gettext
from pathlib import Path

from parley_chassis import texts

LOCALES = Path(__file__).parents[1] / "locales"


def languages() -> tuple[str, ...]:
    """What mails can be written in: the templates' own language first, then each that has a catalogue."""
    return texts.languages(LOCALES)


def translations(language: str) -> gettext.NullTranslations:
    """The texts of one language."""
    return texts.translations(language, LOCALES)
