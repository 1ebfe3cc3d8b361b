"""Finds English that stands in a text of another language. None of these words is one in German, Italian, French or Chinese."""

import re

_WORDS = """
about again already and answer answered answers are been buyer buyers by can cannot closed could do does expected for from get
has have is it its later look need needed needs new nobody of once opened order orders over overdue please read received reply seller
sellers send sent should something still take taken that the their there this time to until waiting we when where which who with
write written wrong you your
"""
_ENGLISH = re.compile(rf"\b(?:{'|'.join(_WORDS.split())})\b", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://\S+|\S+@\S+|%\(\w+\)s")


def english_in(text: str) -> set[str]:
    """The English words of a text, its addresses and places to fill in aside."""
    return {word.lower() for word in _ENGLISH.findall(_ADDRESS.sub(" ", text))}
