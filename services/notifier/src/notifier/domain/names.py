"""Display names as mails show them: one short line that can neither hide nor reach anything."""

import re
import unicodedata

LONGEST = 40
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_REACHES_OUT = re.compile(r"@|://|www\.", re.IGNORECASE)
_MARKUP = str.maketrans("", "", '<>"\\')
_MOST_ACCENTS = 3


def cleaned(name: str | None) -> str | None:
    """The name without control, direction and zero-width characters, at most 40 long; None where nothing decent is left.

    A name that is an address or a link is none: it would show one side's address to the other.
    """
    visible = "".join(" " if letter.isspace() else letter for letter in unicodedata.normalize("NFC", name or ""))
    visible = "".join(letter for letter in visible if unicodedata.category(letter) not in _UNSEEN)
    line = " ".join(_few_accents(visible).translate(_MARKUP).split())
    if _REACHES_OUT.search(unicodedata.normalize("NFKC", line)) or not any(letter.isalnum() for letter in line):
        return None
    return line if len(line) <= LONGEST else line[: LONGEST - 1].rstrip() + "…"


def _few_accents(text: str) -> str:
    """Accents that are heaped on one letter cover the lines around it."""
    kept, heap = [], 0
    for letter in text:
        heap = heap + 1 if unicodedata.combining(letter) else 0
        if heap <= _MOST_ACCENTS:
            kept.append(letter)
    return "".join(kept)
