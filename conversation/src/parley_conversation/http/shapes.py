"""What the answers hold. The enumerations are open: a word that a client does not know may come."""

from enum import StrEnum
from typing import Annotated, Any, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from parley_conversation.domain.cells import Command
from parley_conversation.domain.words import (
    Category,
    CloseReason,
    EscalationReason,
    Kind,
    RemovedBecause,
    Role,
    Side,
    State,
    Violation,
    Visibility,
)


def words(of: type[StrEnum]) -> Any:
    """Documents the words of a text."""
    return Field(json_schema_extra={"x-extensible-enum": [each.value for each in of]})


Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
StateWord = Annotated[str, words(State)]
RoleWord = Annotated[str, words(Role)]
SideWord = Annotated[str, words(Side)]


class BuyerShown(TypedDict):
    """Who asked. The name is null where it is not known, and in the answer to a command."""

    id: str
    role: RoleWord
    name: str | None


class SellerShown(TypedDict):
    """Whom they asked."""

    id: str
    name: str | None


class AboutShown(TypedDict):
    """What it is about: lines of an order, or a product, or neither for a question about a store."""

    order_id: str | None
    order_number: str | None
    line_ids: list[str]
    product_id: str | None
    product_title: str | None
    product_url: str | None


class AnswerOwed(TypedDict):
    """Who owes the answer and until when; negative seconds are how long it is overdue, null that it is not known yet."""

    owed_by: SideWord
    due: Time | None
    time_left_seconds: int | None


class Summary(TypedDict):
    """A conversation as it stands in a list. `version` is what its ETag says, too."""

    id: str
    number: str
    kind: Annotated[str, words(Kind)]
    category: Annotated[str, words(Category)]
    problem_type: str | None
    market: str
    state: StateWord
    handler: SideWord
    since: Time
    opened_at: Time
    changed_at: Time
    close_reason: Annotated[str, words(CloseReason)] | None
    version: int
    rating: int | None
    buyer: BuyerShown
    seller: SellerShown
    about: AboutShown
    language: str
    answer: AnswerOwed | None


class Listed(TypedDict):
    """A page. `next` is the cursor of the page after it."""

    items: list[Summary]
    next: str | None
    counts: dict[StateWord, int]


class AuthorShown(TypedDict):
    """Who wrote: the shop, whoever of it wrote, and support without a name."""

    role: RoleWord
    name: str | None


class ImageShown(TypedDict):
    """An image of a message: WebP, with its width and height in pixels and its size in bytes."""

    id: str
    width: int
    height: int
    size: int


class MessageShown(TypedDict):
    """One message; the text of a removed one is gone. A note on an order has a topic."""

    id: str
    sequence: int
    at: Time
    author: AuthorShown
    visibility: Annotated[str, words(Visibility)]
    topic: str | None
    language: str | None
    text: str | None
    images: list[ImageShown]
    removed: Annotated[str, words(RemovedBecause)] | None


class Handling(TypedDict):
    """What the sides know about the handling; which person of a side has it, only that side."""

    escalation: NotRequired[Annotated[str, words(EscalationReason)] | None]
    agent_id: NotRequired[str | None]
    assignee_id: NotRequired[str | None]


class Done(Summary):
    """A conversation after a command."""

    you_are: RoleWord


class Whole(Summary, Handling):
    """A conversation with the messages that you may read, and the commands that are open to you."""

    you_are: RoleWord
    may: list[Annotated[str, words(Command)]]
    messages: list[MessageShown]


class ByWhom(TypedDict):
    """A person, by the marketplace's id."""

    id: str
    role: RoleWord


class MessageRead(TypedDict):
    """One message for whoever judges it; the text of a removed one is gone."""

    id: str
    sequence: int
    at: Time
    author: ByWhom
    visibility: Annotated[str, words(Visibility)]
    language: str | None
    text: str | None
    images: list[ImageShown]
    flagged: list[Annotated[str, words(Violation)]]
    removed: Annotated[str, words(RemovedBecause)] | None


class EntryShown(TypedDict):
    """What somebody did; those on call see ids and times alone."""

    id: str
    at: Time
    by: NotRequired[ByWhom]
    what: NotRequired[str]
    sequence: NotRequired[int | None]
    visibility: NotRequired[Annotated[str, words(Visibility)] | None]


class History(TypedDict):
    """Who did what, the latest first. `next` is the cursor of the page after it."""

    items: list[EntryShown]
    next: str | None
