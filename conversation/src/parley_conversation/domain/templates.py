"""Reply templates: texts that a shop, or support in a market, writes often."""

from dataclasses import dataclass

from parley_conversation.domain.people import Person

MOST_OF_AN_OWNER = 200
LONGEST_TITLE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose a template is: a shop's, or support's in a market. One of the two is set."""

    seller_id: str | None = None
    market: str | None = None

    @property
    def key(self) -> str:
        return f"seller:{self.seller_id}" if self.seller_id else f"market:{self.market}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyTemplate:
    """A text with the title by which it is found, and the language in which it is written, if that was said."""

    id: str
    owner: Owner
    title: str
    text: str
    language: str | None = None
    cause: str = ""
    """What made it: the answer that is kept for a repeat shows it, too."""

    def is_in(self, language: str) -> bool:
        """Whether somebody who reads this language reads it: de is read by who reads de-AT."""
        return self.language is not None and _primary(self.language) == _primary(language)


def _primary(tag: str) -> str:
    return tag.partition("-")[0].lower()


def owners_of(person: Person) -> tuple[Owner, ...]:
    """For whom somebody may keep templates."""
    return (
        *(Owner(seller_id=each) for each in sorted(person.seller_ids)),
        *(Owner(market=each) for each in sorted(person.markets)),
    )
