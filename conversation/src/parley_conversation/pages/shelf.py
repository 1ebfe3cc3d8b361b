"""The reply templates as their page shows them, and how the form of one is read."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from parley_chassis import formats
from parley_chassis.languages import LANGUAGES, LONGEST_TAG, TAG
from parley_chassis.pages import PageMarket, Reader
from parley_chassis.texts import Translate
from starlette.datastructures import FormData

from parley_conversation.domain.templates import LONGEST_TITLE, Owner, ReplyTemplate
from parley_conversation.pages import words
from parley_conversation.pages.forms import LONGEST_TEXT, Fault, cleaned, word
from parley_conversation.use_cases.shelf import Shelf


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What stands in the form of a template."""

    title: str = ""
    text: str = ""
    language: str = ""
    owner: str = ""
    faults: Mapping[str, Fault] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """What is the same when the same form is sent twice."""
        return sha256(json.dumps([self.title, self.text, self.language, self.owner]).encode()).hexdigest()

    def owned_by(self, owners: tuple[Owner, ...]) -> Owner:
        """Whose it shall be: who has a choice has made one."""
        return next((each for each in owners if each.key == self.owner), Owner())


def draft_of(template: ReplyTemplate) -> Draft:
    """The form of one that is kept."""
    return Draft(title=template.title, text=template.text, language=template.language or "", owner=template.owner.key)


def read(sent: FormData) -> Draft:
    """Read a form; a title is one line."""
    title, text = " ".join(cleaned(word(sent, "title")).split()), cleaned(word(sent, "text"))
    faults = {
        name: Fault.EMPTY if not value else too_long
        for name, value, most, too_long in (
            ("title", title, LONGEST_TITLE, Fault.TITLE_TOO_LONG),
            ("text", text, LONGEST_TEXT, Fault.TOO_LONG),
        )
        if not 1 <= len(value) <= most
    }
    language = word(sent, "language")
    if len(language) > LONGEST_TAG or not re.fullmatch(TAG, language):
        language = ""
    return Draft(title=title, text=text, language=language, owner=word(sent, "owner")[:300], faults=faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One template in the list."""

    id: str
    title: str
    begins: str
    beside: str
    """In which language it is and whose, where that is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the template of the page fills in."""

    items: tuple[Item, ...]
    languages: tuple[tuple[str, str], ...]
    owners: tuple[tuple[str, str], ...]
    """For whom a new one can be, where that is to be chosen."""


def shown_of(shelf: Shelf, chosen: str, reader: Reader, markets: Mapping[str, PageMarket], _: Translate) -> Shown:
    """The page's content."""
    names = {each.key: _owner(each, shelf, markets, _) for each in shelf.owners} if len(shelf.owners) > 1 else {}
    return Shown(
        items=tuple(_item(each, names, reader) for each in shelf.templates),
        # What was kept over HTTP may be in a language that no page speaks.
        languages=tuple((each, formats.language(each, reader.language)) for each in dict.fromkeys((*LANGUAGES, *filter(None, [chosen])))),
        owners=tuple(names.items()),
    )


def _item(template: ReplyTemplate, names: Mapping[str, str], reader: Reader) -> Item:
    language = formats.language(template.language, reader.language) if template.language else None
    return Item(
        id=template.id,
        title=template.title,
        begins=" ".join(template.text[:300].split()),
        beside=" · ".join(part for part in (language, names.get(template.owner.key)) if part),
    )


def _owner(owner: Owner, shelf: Shelf, markets: Mapping[str, PageMarket], _: Translate) -> str:
    if owner.seller_id:
        return shelf.shops.get(owner.seller_id) or owner.seller_id
    market = owner.market or ""
    return words.support(_, markets[market].name if market in markets else market)
