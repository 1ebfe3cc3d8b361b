"""Texts in the reader's language: English stands in the code, every other language in a gettext catalogue."""

import gettext
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po, write_po

SOURCE = "en"

Translate = Callable[[str], str]
"""Usually called `_`, so that the texts are found."""


class CatalogueBroken(Exception):
    """A catalogue of texts cannot be read."""


def languages(folder: Path) -> tuple[str, ...]:
    """English, and each language that has a catalogue there."""
    return (SOURCE, *sorted(path.stem for path in folder.glob("*.po")))


def translations(language: str, folder: Path) -> gettext.NullTranslations:
    """The texts of one language."""
    if language == SOURCE:
        return gettext.NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, read_catalogue(folder / f"{language}.po"))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def read_catalogue(path: Path) -> Catalog:
    """One language's catalogue; raises CatalogueBroken with what to do."""
    try:
        with path.open("rb") as file:
            return read_po(file, locale=path.stem, abort_invalid=True)
    except (OSError, PoFileError, ValueError) as error:
        raise CatalogueBroken(f"{path.name} cannot be read: {error}; mend the catalogue") from None


def extract(package: Path, methods: Sequence[tuple[str, str]], *, trimmed: bool = True) -> Catalog:
    """Every text that stands in the package's code and templates; ``methods`` are Babel's (pattern, extractor).

    ``trimmed`` is the policy of the templates: whether line ends and blanks around a text count.
    """
    catalogue = Catalog(charset="utf-8")
    options: Mapping[str, dict[str, str]] = {pattern: {"trimmed": str(trimmed).lower()} for pattern, _ in methods}
    for name, _, text, comments, context in extract_from_dir(package, methods, options, strip_comment_tags=True):
        catalogue.add(text, None, [(name, 1)], auto_comments=comments, context=context)
    return catalogue


def missing(catalogue: Catalog, source: Catalog) -> list[str]:
    """The texts that the catalogue does not have, or has only as a guess."""
    lacking = []
    for message in source:
        if message.id:
            found = catalogue.get(message.id, message.context)
            if found is None or found.fuzzy or not all(found.string if isinstance(found.string, tuple | list) else [found.string]):
                lacking.append(str(message.id))
    return lacking


def update(path: Path, source: Catalog) -> None:
    """Give a catalogue the texts that are new, and take from it those that are gone. For developers."""
    catalogue = read_catalogue(path)
    catalogue.update(source, no_fuzzy_matching=True)
    header, body = path.read_bytes().split(b"\n\n", 1)[0], BytesIO()
    write_po(body, catalogue, omit_header=True, no_location=True, ignore_obsolete=True, sort_output=True, width=140)
    path.write_bytes(header + b"\n\n" + body.getvalue().lstrip())
