"""What the merchant API answers: a conversation in the words that sellers' programs know. Times are UTC and say no zone."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.words import Category, Role, Visibility
from parley_conversation.http.shapes import StateWord, words
from parley_conversation.ports import Posted
from parley_conversation.use_cases.reading import View

SENDERS: Mapping[Role, str] = {Role.BUYER: "user", Role.GUEST: "user", Role.SELLER: "merchant", Role.SUPPORT: "wish", Role.SYSTEM: "wish"}

Utc = Annotated[str, Field(description="UTC, without an offset", pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$")]


class Asker(TypedDict):
    """Who asks."""

    id: str
    name: str | None


class ReplyTold(TypedDict):
    """One public message. Nothing is translated; an image is read with the same token."""

    message: str
    translated_message: None
    translated_message_zh: None
    sender: Annotated[str, Field(json_schema_extra={"x-extensible-enum": sorted(set(SENDERS.values()))})]
    image_urls: list[str]
    date: Utc


class Bought(TypedDict):
    """What it is about: a line of the order, or a product."""

    id: str
    product_id: str
    name: str | None
    quantity: int | None


class Replied(TypedDict):
    """A message under the name that programs look for it."""

    Reply: ReplyTold


class TicketTold(TypedDict):
    """A ticket or an inquiry: the category is its label, the problem type the sublabel, the number the subject."""

    id: str
    label: Annotated[str, words(Category)]
    sublabel: str | None
    subject: str
    state: StateWord
    UserInfo: Asker
    items: list[Bought]
    transaction_id: str | None
    open_date: Utc
    last_update_date: Utc
    replies: list[Replied]


class Ticket(TypedDict):
    """A conversation under the name that programs look for it; an inquiry, too."""

    Ticket: TicketTold


class Paging(TypedDict):
    """The address of the next page; null: this is the last one."""

    next: str | None


class Success(TypedDict):
    """It is done."""

    success: int


class Answered(TypedDict):
    """What every good answer says. What is refused is a problem, with its own status."""

    code: int
    message: str


class OneTicket(Answered):
    """One conversation."""

    data: Ticket


class Tickets(Answered):
    """Some of a list. `next` is the cursor of the page after it, which is in the address in `paging`, too."""

    data: list[Ticket]
    paging: Paging
    next: str | None


class Succeeded(Answered):
    """A command was carried out."""

    data: Success


GOOD: Answered = {"code": 0, "message": ""}
SUCCEEDED: Succeeded = {**GOOD, "data": {"success": 1}}


def ticket(view: View, details: Mapping[str, Any], *, images: str) -> Ticket:
    """One conversation, with its images below that address; the details are the items and the transaction, where a service knows them."""
    it = view.conversation
    told: TicketTold = {
        "id": it.id,
        "label": it.category.value,
        "sublabel": it.problem_type,
        "subject": it.number,
        "state": it.state.value,
        "UserInfo": {"id": it.buyer.id, "name": view.names.get(it.buyer.id)},
        "items": details.get("items", _product(it)),
        "transaction_id": details.get("transaction_id"),
        "open_date": _utc(it.opened_at),
        "last_update_date": _utc(it.changed_at),
        "replies": [{"Reply": _reply(each, images)} for each in view.messages if _is_told(each)],
    }
    return {"Ticket": told}


def _product(it: Conversation) -> list[Bought]:
    about = it.about
    return (
        [{"id": about.product_id, "product_id": about.product_id, "name": about.product_title, "quantity": None}]
        if about.product_id
        else []
    )


def _is_told(posted: Posted) -> bool:
    """These programs know no notes, and may show a buyer all that they read."""
    return posted.message.visibility is Visibility.PUBLIC and not posted.message.removed


def _reply(posted: Posted, images: str) -> ReplyTold:
    return {
        "message": posted.message.text,
        "translated_message": None,
        "translated_message_zh": None,
        "sender": SENDERS[posted.message.author.role],
        "image_urls": [f"{images}/{each.id}" for each in posted.message.images],
        "date": _utc(posted.at),
    }


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
