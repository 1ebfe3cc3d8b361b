"""What a seller may not write to a buyer: ways past the marketplace, and advertising. A market says what is flagged and what refused."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from parley_conversation.domain.refusals import ContentRefused
from parley_conversation.domain.words import Verdict, Violation

# Every repetition has an end, so that no text is slow to search.
_MAIL_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_TELEPHONE = re.compile(
    r"""(?<![\w.-])(?:
        (?:\+|00)[1-9](?:[ ()/.-]{0,2}\d){7,12}         # with the country: +49 30 1234567
      | 0\d{1,4}[ )/-]{1,3}\d(?:[ -]?\d){6,9}           # a prefix apart from the rest: 030/123 45 67
      | 0\d(?:[ .-]\d\d){4}                              # in pairs: 06 12 34 56 78
    )(?![\w-])""",
    re.VERBOSE,
)
_HOST = r"((?:[^\s/?#\\<>\"'\u3000-\u303f\uff00-\uff65]|[\u3000-\u303f\uff00-\uff65](?=[A-Za-z0-9])){1,255})"
"""Behind a scheme a browser takes all of this for the host, numbers and any script too, and a wide full stop between names for a dot."""
_ENDINGS = "com|net|org|info|biz|shop|store|online|eu|de|ch|fr|nl|cn"
_WEB_ADDRESSES = (
    re.compile(rf"(?<![\w@])(?:https?://|www\.){_HOST}", re.IGNORECASE),
    # A blank that is missing after a full stop makes no address: the name has three letters, and an ending that is no word.
    re.compile(rf"(?<![\w@./-])((?:[A-Za-z0-9-]{{1,63}}\.){{0,3}}[A-Za-z0-9-]{{3,63}}\.(?:{_ENDINGS}))(?![\w-])"),
)
_WITHOUT_BLANKS = "\u2e80"
"""From this letter on, words stand together without blanks between them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentPolicy:
    """A market's policy. What it does not name is allowed."""

    verdicts: Mapping[Violation, Verdict] = field(default_factory=dict)
    own_hosts: frozenset[str] = frozenset()
    """Where links may lead, to their subdomains too."""
    advertising: tuple[str, ...] = ()
    """Words and phrases that a shop uses only to advertise."""

    def judge(self, text: str) -> tuple[Violation, ...]:
        """What is to be flagged in a text; raises ContentRefused with all that is not taken at all."""
        found = [each for each in Violation if self._verdict(each) is not Verdict.ALLOW and self._has(each, text)]
        if refused := [each for each in found if self._verdict(each) is Verdict.REFUSE]:
            raise ContentRefused(refused)
        return tuple(found)

    def _verdict(self, of: Violation) -> Verdict:
        return self.verdicts.get(of, Verdict.ALLOW)

    def _has(self, violation: Violation, text: str) -> bool:
        match violation:
            case Violation.CONTACT_DETAILS:
                return bool(_MAIL_ADDRESS.search(text) or _TELEPHONE.search(text))
            case Violation.LINKS:
                return any(not self._is_own(found[1]) for pattern in _WEB_ADDRESSES for found in pattern.finditer(text))
            case Violation.ADVERTISING:
                plain = text.casefold()
                return any(_says(plain, word.casefold()) for word in self.advertising)

    def _is_own(self, host: str) -> bool:
        name = host.rpartition("@")[2].partition(":")[0].rstrip(".,;!)]").lower()
        return any(name == own or name.endswith(f".{own}") for own in self.own_hosts)


ANYTHING_GOES = ContentPolicy()


def _says(text: str, word: str) -> bool:
    if any(letter >= _WITHOUT_BLANKS for letter in word):
        return word in text
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None
