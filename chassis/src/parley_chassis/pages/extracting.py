"""For developers: `python -m parley_chassis.pages.extracting PACKAGE` gives the catalogues of a package's pages the texts that are new."""

import sys
from importlib.util import find_spec
from pathlib import Path

from parley_chassis.pages.site import METHODS
from parley_chassis.texts import extract, update

if __name__ == "__main__":
    found = find_spec(sys.argv[1])
    if found is None or found.origin is None:
        sys.exit(f"{sys.argv[1]} is no package; name one with pages, such as parley_conversation")
    package = Path(found.origin).parent
    for path in sorted((package / "locales").glob("*.po")):
        update(path, extract(package, METHODS))
