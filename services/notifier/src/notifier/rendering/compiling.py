"""Makes every `body.html` from its `body.mjml`. For developers: `python -m notifier.rendering.compiling`; needs mjml-python."""

import re
from pathlib import Path

from notifier.domain.words import Notice

TEMPLATES = Path(__file__).parents[1] / "templates"
_INCLUDE = re.compile(r'[ \t]*<mj-include path="([^"]+)" />\n?')


def compiled(notice: Notice, folder: Path = TEMPLATES) -> str:
    """The HTML template of a notice."""
    import mjml

    source = (folder / notice / "body.mjml").read_text("utf-8")
    while _INCLUDE.search(source):
        source = _INCLUDE.sub(lambda include: (folder / include[1]).read_text("utf-8"), source)
    words = f"{{% import 'layout/labels.txt' as labels with context %}}\n{{% import '{notice}/words.txt' as words with context %}}\n"
    # Without fonts: for a name that it knows MJML would load one from a stranger, who learns of every mail that is read.
    return words + mjml.mjml2html(source, fonts={}) + "\n"


def main() -> None:
    """Write all of them."""
    for notice in Notice:
        (TEMPLATES / notice / "body.html").write_text(compiled(notice), "utf-8")


if __name__ == "__main__":
    main()
