"""Texts in the reader's language: English stands in the code, every other language in a gettext catalogue."""

import gettext
import re
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
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
    # Silent about a template's fault by default: all its texts would seem to be gone, and their translations with them.
    said = {"trimmed": str(trimmed).lower(), "silent": "false"}
    options: Mapping[str, dict[str, str]] = {pattern: said for pattern, _ in methods}
    for name, _, text, comments, context in extract_from_dir(package, methods, options, strip_comment_tags=True):
        catalogue.add(text, None, [(name, 1)], auto_comments=comments, context=context)
    return catalogue


def faults(catalogue: Catalog, source: Catalog) -> list[str]:
    """What is wrong with a catalogue: a text missing, empty, only guessed, left over, or without the same places to fill in."""
    known = [message for message in catalogue if message.id]
    wanted = [message for message in source if message.id]
    found = [f"missing: {each.id}" for each in wanted if catalogue.get(each.id, each.context) is None]
    found += [f"left over: {each.id}" for each in (*known, *catalogue.obsolete.values()) if source.get(each.id, each.context) is None]
    for message in known:
        texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if not all(texts):
            found.append(f"empty: {message.id}")
        elif message.fuzzy:
            found.append(f"guessed: {message.id}")
        elif {tuple(sorted(_places(text or ""))) for text in texts} != {tuple(sorted(_places(_originals(message)[-1])))}:
            found.append(f"other places: {message.id}")
    return found


def _originals(message: Message) -> Sequence[str]:
    return (message.id,) if isinstance(message.id, str) else message.id


def _places(text: str) -> list[str]:
    return re.findall(r"%(?:\(\w+\))?[a-z]", text)


def update(path: Path, source: Catalog) -> None:
    """Give a catalogue the texts that are new, and take from it those that are gone. For developers."""
    catalogue = read_catalogue(path)
    catalogue.update(source, no_fuzzy_matching=True)
    header, body = path.read_bytes().split(b"\n\n", 1)[0], BytesIO()
    write_po(body, catalogue, omit_header=True, no_location=True, ignore_obsolete=True, sort_output=True, width=140)
    path.write_bytes(header + b"\n\n" + body.getvalue().lstrip())
