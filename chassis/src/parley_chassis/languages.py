"""Which of the offered languages a person reads: `de-AT` is de, every `zh-*` is zh."""

from collections.abc import Sequence

LANGUAGES: tuple[str, ...] = ("en", "de", "it", "fr", "zh")
"""What the whole system speaks once every text is there; a market offers some of them."""

TAG = r"^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*$"
LONGEST_TAG = 35
"""What is taken for the tag of a language, as de or zh-Hans."""


def choose(*wanted: str | None, offered: Sequence[str] = LANGUAGES) -> str:
    """The first wanted language that is offered, else the first offered one."""
    for tag in wanted:
        if tag and (primary := tag.replace("_", "-").split("-", 1)[0].strip().lower()) in offered:
            return primary
    return offered[0] if offered else "en"


def tag(language: str) -> str:
    """What a page or a mail is marked with, so that a browser takes the right letters: zh is in simplified ones here."""
    return {"zh": "zh-Hans"}.get(language, language)


def accepted(header: str | None) -> list[str]:
    """The tags of an `Accept-Language` header, best first; what cannot be read is left out."""
    weighted = []
    for part in (header or "")[:500].split(","):
        tag, _, parameter = part.strip().partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            continue
        if tag and tag != "*" and weight > 0:
            weighted.append((-weight, tag))
    return [tag for _, tag in sorted(weighted, key=lambda pair: pair[0])]
