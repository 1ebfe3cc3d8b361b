"""What requests may carry: every field is known, every text has its limits."""

import unicodedata
from typing import Annotated, Any, Literal

from parley_chassis.languages import LONGEST_TAG, TAG
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from parley_conversation.domain.images import MOST_OF_A_MESSAGE
from parley_conversation.domain.words import ClosedBecause, RemovedBecause, Visibility, WaivedBecause

LONGEST_TEXT = 10_000


def _unix_lines(value: Any) -> Any:
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


def _whole(value: Any) -> Any:
    # 3.0 is a whole number in JSON, where there is one kind of numbers.
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _printable(value: str) -> str:
    # Cs: half of a surrogate pair, which JSON can spell and no database can keep.
    if any(unicodedata.category(letter) in ("Cc", "Cs") and letter != "\n" for letter in set(value)):
        raise ValueError("has a control character; only new lines are allowed")
    if not value.strip():
        raise ValueError("has nothing but blanks; write something")
    return value


Text = Annotated[
    str,
    BeforeValidator(_unix_lines),
    StringConstraints(min_length=1, max_length=LONGEST_TEXT),
    AfterValidator(_printable),
]
"""What somebody wrote."""

Id = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""An id of the marketplace's."""

Language = Annotated[str, StringConstraints(max_length=LONGEST_TAG, pattern=TAG)]
"""A tag of a language, as de or zh-Hans."""


Attachments = Annotated[tuple[Id, ...], Field(max_length=MOST_OF_A_MESSAGE)]
"""Images that the author uploaded before, by their ids."""


class Body(BaseModel):
    """A request's body; a field that is not known is a mistake, not to be passed over in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Nothing(Body):
    """The command says all."""


class Written(Body):
    """A message."""

    text: Text
    attachments: Attachments = ()


class Noted(Body):
    """A message that the buyer never reads."""

    text: Text
    attachments: Attachments = ()
    visibility: Literal[Visibility.BACKSTAGE, Visibility.INTERNAL]


class Closing(Body):
    """Why a conversation is closed; a buyer need not say."""

    reason: ClosedBecause | None = None


class Reopening(Body):
    """The message with which it goes on; a buyer need not write one."""

    text: Text | None = None
    attachments: Attachments = ()


class Waiving(Body):
    """Why no response is needed, and whether that closes the conversation."""

    reason: WaivedBecause
    close: bool = False


class Rating(Body):
    """From one star to five."""

    rating: Annotated[int, Field(ge=1, le=5, strict=True), BeforeValidator(_whole)]


class Assigning(Body):
    """Who of your own side has it from now on; null: nobody in particular."""

    assignee_id: Id | None


class Finalising(Body):
    """Why it ends for good."""

    reason: ClosedBecause


class Removing(Body):
    """Which message is taken away, and why."""

    message_id: Id
    reason: RemovedBecause


class Revoking(Body):
    """Whose links; support may name another party than itself."""

    party_id: Id | None = None
