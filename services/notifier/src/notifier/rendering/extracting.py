"""Which texts there are to translate. For developers: `python -m notifier.rendering.extracting` brings each catalogue up to date."""

from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

from notifier.rendering.texts import LOCALES, read_catalogue

PACKAGE = Path(__file__).parents[1]
_METHODS = [
    ("rendering/view.py", "python"),
    ("templates/**.mjml", "jinja2.ext.babel_extract"),
    ("templates/**.txt", "jinja2.ext.babel_extract"),
]


def template_catalogue() -> Catalog:
    """Every text of the templates, in English."""
    catalogue = Catalog(domain="mails", project="Parley", charset="utf-8")
    options = {pattern: {"trimmed": "false"} for pattern, _ in _METHODS}
    for name, _, text, comments, context in extract_from_dir(PACKAGE, _METHODS, options, strip_comment_tags=True):
        catalogue.add(text, None, [(name, 1)], auto_comments=comments, context=context)
    return catalogue


def main() -> None:
    """Give each catalogue the texts that are new, and take from it those that are gone."""
    for path in sorted(LOCALES.glob("*.po")):
        catalogue = read_catalogue(path)
        catalogue.update(template_catalogue(), no_fuzzy_matching=True)
        body = BytesIO()
        write_po(body, catalogue, omit_header=True, no_location=True, ignore_obsolete=True, sort_output=True, width=140)
        path.write_bytes(_header(path) + body.getvalue().lstrip())


def _header(path: Path) -> bytes:
    """What stands before the first text: the language, its plurals, the encoding."""
    return path.read_bytes().split(b"\n\n", 1)[0] + b"\n\n"


if __name__ == "__main__":
    main()
