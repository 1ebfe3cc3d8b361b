"""The texts of mails in each language. English is in the templates; every other language is a catalogue in `locales`."""

import gettext
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

LOCALES = Path(__file__).parents[1] / "locales"
SOURCE = "en"


class CatalogueBroken(Exception):
    """A catalogue of texts cannot be read."""


def read_catalogue(path: Path) -> Catalog:
    """One language's catalogue."""
    try:
        with path.open("rb") as file:
            return read_po(file, locale=path.stem, domain="mails", abort_invalid=True)
    except (OSError, PoFileError, ValueError) as error:
        raise CatalogueBroken(f"{path.name} cannot be read: {error}; mend the catalogue") from None


def languages(folder: Path = LOCALES) -> tuple[str, ...]:
    """What mails can be written in: the templates' own language first, then each that has a catalogue."""
    return (SOURCE, *sorted(path.stem for path in folder.glob("*.po")))


def translations(language: str, folder: Path = LOCALES) -> gettext.NullTranslations:
    """The texts of one language."""
    if language == SOURCE:
        return gettext.NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, read_catalogue(folder / f"{language}.po"))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
