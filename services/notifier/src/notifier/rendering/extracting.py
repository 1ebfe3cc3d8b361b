"""Which texts there are to translate. For developers: `python -m notifier.rendering.extracting` brings each catalogue up to date."""

from pathlib import Path

from babel.messages.catalog import Catalog
from parley_chassis.texts import extract, update

from notifier.rendering.texts import LOCALES

PACKAGE = Path(__file__).parents[1]
_METHODS = [
    ("rendering/view.py", "python"),
    ("templates/**.mjml", "jinja2.ext.babel_extract"),
    ("templates/**.txt", "jinja2.ext.babel_extract"),
]


def template_catalogue() -> Catalog:
    """Every text of the templates, in English."""
    return extract(PACKAGE, _METHODS, trimmed=False)


if __name__ == "__main__":
    for path in sorted(LOCALES.glob("*.po")):
        update(path, template_catalogue())
