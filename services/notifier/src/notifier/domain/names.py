"""Display names as mails show them: one short line that can neither hide nor reach anything."""

import re
import unicodedata

LONGEST = 40
_LONGEST_LINE = 80
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_REACHES_OUT = re.compile(r"@|://|www\.", re.IGNORECASE)
_MARKUP = str.maketrans("", "", '<>"\\')
_MOST_ACCENTS = 3


def line(text: str) -> str:
    """Text that somebody chose (a number, for one) as one short line without anything that cannot be seen."""
    spaced = "".join(" " if letter.isspace() else letter for letter in text)
    shown = "".join(letter for letter in unicodedata.normalize("NFC", spaced) if unicodedata.category(letter) not in _UNSEEN)
    return " ".join(_few_accents(shown).split())[:_LONGEST_LINE]


def cleaned(name: str | None) -> str | None:
    """The name without control, direction and zero-width characters, at most 40 long; None where nothing decent is left.

    A name that is an address or a link is none: it would show one side's address to the other.
    """
    shown = line((name or "").translate(_MARKUP))
    if _REACHES_OUT.search(unicodedata.normalize("NFKC", shown)) or not any(letter.isalnum() for letter in shown):
        return None
    return shown if len(shown) <= LONGEST else shown[: LONGEST - 1].rstrip() + "…"


def _few_accents(text: str) -> str:
    """Accents that are heaped on one letter cover the lines around it."""
    kept, heap = [], 0
    for letter in text:
        heap = heap + 1 if unicodedata.combining(letter) else 0
        if heap <= _MOST_ACCENTS:
            kept.append(letter)
    return "".join(kept)
