"""For developers: `python -m parley_conversation.pages.extracting` gives each catalogue the texts that are new."""

from parley_chassis.texts import extract, update

from parley_conversation.pages.site import LOCALES, METHODS, PACKAGE

if __name__ == "__main__":
    for path in sorted(LOCALES.glob("*.po")):
        update(path, extract(PACKAGE, METHODS))
