"""Lists in pages: a cursor names the place where a page ended, as one opaque word that fits its own list alone."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter

P = TypeVar("P")
R = TypeVar("R")

LONGEST = 2_000
REFUSED = "is not a cursor of this list; give `next` of a page as it is, or leave it out to begin"
NEXT = "Give it back as `cursor` for the next page; null: this is the last one"

_MARK = 6

Word = Annotated[str | None, Query(alias="cursor", max_length=LONGEST, description="`next` of the page before")]


class Cursors(Generic[P]):
    """The cursors of one list. ``place`` is what its rows are ordered by, something unique at its end: so nothing that
    comes or goes between two pages makes a row appear twice or not at all."""

    def __init__(self, of: str, place: Any) -> None:
        self._of = of
        self._place = place
        self._places: TypeAdapter[P] = TypeAdapter(place)

    def among(self, *chosen: str | None) -> "Cursors[P]":
        """Those of the list of what is chosen: a cursor of another choice is none of it."""
        return Cursors("\x00".join((self._of, *(each or "" for each in chosen))), self._place)

    def after(self, place: P) -> str:
        """The cursor of the page after this place."""
        said = self._places.dump_json(place)
        mark = sha256(self._of.encode() + b"\x00" + said).digest()[:_MARK]
        return urlsafe_b64encode(mark + said).decode().rstrip("=")

    def read(self, word: str) -> P:
        """The place after which the page begins; raises ValueError for what is not, letter for letter, a cursor of this list."""
        try:
            place = self._places.validate_json(urlsafe_b64decode(word + "=" * (-len(word) % 4))[_MARK:])
            if self.after(place) == word:
                return place
        except ValueError:
            pass
        raise ValueError(REFUSED)

    async def asked(self, cursor: Word = None) -> P | None:
        """A route's dependency: where the page that is asked for begins; None: at the beginning."""
        try:
            return None if cursor is None else self.read(cursor)
        except ValueError as error:
            raise RequestValidationError([{"loc": ("query", "cursor"), "msg": str(error), "type": "cursor"}]) from None

    def page(self, rows: Sequence[R], limit: int, place_of: Callable[[R], P]) -> tuple[Sequence[R], str | None]:
        """What is shown of ``limit`` rows and one more, and the cursor of what follows, if anything does."""
        shown = rows[:limit]
        return shown, self.after(place_of(shown[-1])) if len(rows) > limit else None
